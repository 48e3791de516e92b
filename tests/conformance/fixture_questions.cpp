// SPDX-License-Identifier: GPL-3.0-or-later
#include <conformance/fixture_questions.h>

#include <conformance/fixture_content.h>

#include <algorithm>

namespace gatehouse::conformance {

using namespace Qt::StringLiterals;

mcp::InputRequest askForm(const QString &key, const QString &message, const QJsonObject &schema)
{
    return {key,
            u"elicitation/create"_s,
            {{u"mode"_s, u"form"_s}, {u"message"_s, message}, {u"requestedSchema"_s, schema}}};
}

mcp::InputRequest askModel(const QString &key, const QString &prompt, int maxTokens)
{
    const QJsonObject message{{u"role"_s, u"user"_s}, {u"content"_s, textBlock(prompt)}};
    return {key,
            u"sampling/createMessage"_s,
            {{u"messages"_s, QJsonArray{message}}, {u"maxTokens"_s, maxTokens}}};
}

mcp::InputRequest askRoots(const QString &key)
{
    return {key, u"roots/list"_s, {}};
}

bool hasAnswers(const mcp::Call &call, const QStringList &keys)
{
    return std::all_of(keys.begin(), keys.end(),
                       [&](const QString &key) { return call.round.inputs.contains(key); });
}

QString filledIn(const mcp::Call &call, const QString &key, const QString &field)
{
    return call.round.inputs.value(key)["content"_L1][field].toString(u"unknown"_s);
}

QString modelAnswer(const mcp::Call &call, const QString &key)
{
    return call.round.inputs.value(key)["content"_L1]["text"_L1].toString(u"no response"_s);
}

qsizetype rootCount(const mcp::Call &call, const QString &key)
{
    return call.round.inputs.value(key)["roots"_L1].toArray().size();
}

} // namespace gatehouse::conformance
