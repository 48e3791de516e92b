// SPDX-License-Identifier: GPL-3.0-or-later
#include <oauth/request_gate.h>

#include <base/logging.h>
#include <store/client_store.h>

namespace gatehouse::oauth {

std::optional<std::chrono::seconds> RequestGate::check(const http::HttpRequest &request,
                                                       const ClientId &client)
{
    const auto known = client.isEmpty() ? std::optional<store::Client>()
                                        : m_clients.find(client).value_or(std::nullopt);
    const bool isStranger =
        !known || (known->kind != store::ClientKind::PreRegistered && !known->lastUsedAt);
    QByteArray caller;
    if (known)
        caller = "client " + known->id.value.toUtf8();
    else
        caller = request.headers.contains("origin") ? "web pages" : "programs";
    const auto wait = m_limiter.admit(caller, isStranger);
    if (wait)
        qCInfo(lcOauth) << "too many requests on" << request.path << "by" << caller.left(40);
    return wait;
}

} // namespace gatehouse::oauth
