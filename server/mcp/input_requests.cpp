// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/input_requests.h>

#include <algorithm>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

std::optional<QList<InputRequest>> allowedRequests(const InputRequired &needed,
                                                   const ClientAbilities &client)
{
    QList<InputRequest> allowed;
    std::copy_if(
        needed.requests.begin(), needed.requests.end(), std::back_inserter(allowed),
        [&](const InputRequest &request) { return client.allow(request.method, request.params); });
    if (allowed.isEmpty() && !needed.requests.isEmpty())
        return std::nullopt;
    return allowed;
}

QString cannotAsk(const InputRequired &needed)
{
    QStringList messages;
    for (const auto &request : needed.requests) {
        const auto message = request.params.value("message"_L1).toString();
        messages.append(message.isEmpty() ? request.method : message);
    }
    return u"This needs an answer that the client cannot get: %1"_s.arg(messages.join(u"; "_s));
}

QJsonObject lackingCapabilities(const InputRequired &needed)
{
    QJsonObject all;
    for (const auto &request : needed.requests) {
        const auto one = capabilitiesFor(request.method, request.params);
        for (auto it = one.begin(); it != one.end(); ++it) {
            auto merged = all.value(it.key()).toObject();
            const auto modes = it.value().toObject();
            for (auto mode = modes.begin(); mode != modes.end(); ++mode)
                merged.insert(mode.key(), mode.value());
            all.insert(it.key(), merged);
        }
    }
    return all;
}

QJsonObject paramsFor(const InputRequest &request, Revision revision, const RpcId &question)
{
    auto params = request.params;
    if (request.method != "elicitation/create"_L1)
        return params;
    if (!knowsElicitationModes(revision)) {
        params.remove("mode"_L1);
    } else if (params.value("mode"_L1).toString() == "url"_L1) {
        // MCP 2025-11-25 elicitation §URL Mode wants an ID; the request's own tells them apart.
        params.insert(u"elicitationId"_s,
                      u"elicitation-"_s + question.toJson().toVariant().toString());
    }
    return params;
}

QJsonObject inputRequestsJson(const QList<InputRequest> &requests)
{
    QJsonObject json;
    for (const auto &request : requests) {
        json.insert(request.key,
                    QJsonObject{{u"method"_s, request.method}, {u"params"_s, request.params}});
    }
    return json;
}

} // namespace gatehouse::mcp
