// SPDX-License-Identifier: GPL-3.0-or-later
#include <service/own_features.h>

#include <apis/whoami.h>
#include <base/json.h>

#include <QFile>

#include <algorithm>

namespace gatehouse {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kAccountUri = "gatehouse://account"_L1;
constexpr auto kActivityUri = "gatehouse://activity"_L1;
constexpr auto kSomeActivityUri = "gatehouse://activity/{count}"_L1;
constexpr auto kJson = "application/json"_L1;
constexpr int kUsualCount = 20;
constexpr int kMostCount = 200;

using CallPointer = std::shared_ptr<mcp::Call>;

mcp::ResourceContents jsonContents(const QString &uri, const QByteArray &json)
{
    return {QJsonArray{QJsonObject{
        {u"uri"_s, uri}, {u"mimeType"_s, kJson}, {u"text"_s, QString::fromUtf8(json)}}}};
}

mcp::RpcError cannotRead()
{
    return {mcp::rpc_code::kInternalError,
            u"Gatehouse could not look this up. Try again in a moment."_s};
}

QJsonObject toJson(const store::Activity &activity)
{
    return {{u"at"_s, toRfc3339(activity.at)},
            {u"kind"_s, activity.kind},
            {u"what"_s, activity.what},
            {u"outcome"_s, activity.outcome},
            {u"durationMs"_s, qint64(activity.duration.count())}};
}

/// Nothing for what is no whole number from 1 to kMostCount.
std::optional<int> parseCount(const QString &text)
{
    const bool hasOnlyDigits =
        std::all_of(text.begin(), text.end(), [](QChar c) { return c >= u'0' && c <= u'9'; });
    const int count = text.toInt();
    return hasOnlyDigits && count >= 1 && count <= kMostCount ? std::optional(count) : std::nullopt;
}

QStringList usualCounts(const oauth::Access &, const QString &, const QJsonObject &)
{
    return {u"10"_s, u"20"_s, u"50"_s, u"100"_s, u"200"_s};
}

mcp::Tool whoami(const OwnFeatures::Sources &sources)
{
    return apis::makeWhoami([describe = sources.describe](const oauth::Access &access) {
        const auto found = describe(access);
        if (!found)
            return mcp::ToolResult::error(cannotRead().message);
        return mcp::ToolResult{QString::fromUtf8(toCompactJson(*found)), *found};
    });
}

mcp::Resource account(const OwnFeatures::Sources &sources)
{
    return {kAccountUri,
            u"account"_s,
            u"Account"_s,
            u"The account that you act for, with which permissions and until when."_s,
            kJson,
            [describe = sources.describe](const CallPointer &call) {
                const auto found = describe(call->access);
                if (!found)
                    return call->complete(cannotRead());
                call->complete(jsonContents(kAccountUri, toCompactJson(*found)));
            }};
}

void readActivity(const OwnFeatures::Sources &sources, const CallPointer &call, int count)
{
    const auto found = sources.activity(call->access.grant, count);
    if (!found)
        return call->complete(cannotRead());
    QJsonArray list;
    for (const auto &activity : *found)
        list.append(toJson(activity));
    call->complete(jsonContents(call->arguments.value("uri"_L1).toString(), toCompactJson(list)));
}

mcp::Resource activity(const OwnFeatures::Sources &sources)
{
    return {kActivityUri,
            u"activity"_s,
            u"Recent activity"_s,
            u"What you did through Gatehouse, the newest first, without the values of arguments: "
            "the last %1 entries."_s.arg(kUsualCount),
            kJson,
            [sources](const CallPointer &call) { readActivity(sources, call, kUsualCount); }};
}

mcp::ResourceTemplate someActivity(const OwnFeatures::Sources &sources)
{
    return {kSomeActivityUri,
            u"activity-count"_s,
            u"So much of the recent activity"_s,
            u"The same, with as many entries as you want: 1 to %1."_s.arg(kMostCount),
            kJson,
            [sources](const CallPointer &call) {
                const auto count = parseCount(call->arguments.value("count"_L1).toString());
                if (!count) {
                    return call->complete(
                        mcp::RpcError{mcp::rpc_code::kInvalidParams,
                                      u"count must be a number from 1 to %1."_s.arg(kMostCount)});
                }
                readActivity(sources, call, *count);
            },
            {{u"count"_s, &usualCounts}}};
}

QJsonObject userMessage(const QString &text)
{
    return {{u"role"_s, u"user"_s},
            {u"content"_s, QJsonObject{{u"type"_s, u"text"_s}, {u"text"_s, text}}}};
}

mcp::Prompt reviewActivity(const OwnFeatures::Sources &sources)
{
    return {
        u"review-activity"_s,
        u"Review what was done for me"_s,
        u"Goes through what this client did in your name and points out what is unusual."_s,
        {{u"count"_s, u"How many entries (1 to %1; %2 without)."_s.arg(kMostCount).arg(kUsualCount),
          false, &usualCounts}},
        [sources](const CallPointer &call) {
            const auto given = call->arguments.value("count"_L1).toString();
            const auto count = given.isEmpty() ? std::optional(kUsualCount) : parseCount(given);
            if (!count) {
                return call->complete(
                    mcp::RpcError{mcp::rpc_code::kInvalidParams,
                                  u"count must be a number from 1 to %1."_s.arg(kMostCount)});
            }
            const auto found = sources.activity(call->access.grant, *count);
            if (!found)
                return call->complete(cannotRead());
            QJsonArray list;
            for (const auto &each : *found)
                list.append(toJson(each));
            call->complete(mcp::PromptMessages{
                u"What this client did, and a request to review it."_s,
                QJsonArray{userMessage(
                    u"This is what you did in my name through Gatehouse, the newest first:\n%1\n"
                    "Sum it up in a few sentences. Name everything that changed or deleted "
                    "something, everything that failed, and whatever I may not have asked for."_s
                        .arg(QString::fromUtf8(toCompactJson(list))))}});
        }};
}

mcp::Prompt useTool(const mcp::Features &features)
{
    return {u"use-tool"_s,
            u"Do it with one tool"_s,
            u"Has a request done with one tool, and has it said first what will change."_s,
            {{u"tool"_s, u"The name of the tool."_s, true,
              [&features](const oauth::Access &access, const QString &, const QJsonObject &) {
                  return features.tools.namesFor(access);
              }},
             {u"request"_s, u"What you want, in your own words."_s, true}},
            [](const CallPointer &call) {
                call->complete(mcp::PromptMessages{
                    {},
                    QJsonArray{userMessage(
                        u"Use the tool \"%1\" of Gatehouse for this: %2\nBefore you call it, say "
                        "in one sentence what it will read or change. If a call is refused, tell "
                        "me what the refusal says."_s.arg(
                            call->arguments.value("tool"_L1).toString(),
                            call->arguments.value("request"_L1).toString()))}});
            }};
}

QString icon()
{
    QFile file(u":/gatehouse/service/gatehouse-small.svg"_s);
    if (!file.open(QIODevice::ReadOnly))
        return {};
    return u"data:image/svg+xml;base64,"_s + QString::fromLatin1(file.readAll().toBase64());
}

} // namespace

Result<std::monostate> OwnFeatures::add(mcp::Features &features, Sources sources)
{
    if (!features.tools.add(whoami(sources))) {
        return fail(Error{u"An API names one of its operations \"whoami\", which is taken."_s,
                          u"Give that operation another operationId."_s});
    }
    features.resources.push_back(account(sources));
    features.resources.push_back(activity(sources));
    features.templates.push_back(someActivity(sources));
    features.prompts.push_back(reviewActivity(sources));
    features.prompts.push_back(useTool(features));
    return std::monostate();
}

void OwnFeatures::accountChanged(mcp::Features &features)
{
    Q_EMIT features.resourceUpdated(kAccountUri, {});
}

void OwnFeatures::activityChanged(mcp::Features &features, const GrantId &grant)
{
    Q_EMIT features.resourceUpdated(kActivityUri, grant);
}

mcp::ServerInfo serverInfo()
{
    return {u"gatehouse"_s,
            u"Gatehouse"_s,
            QStringLiteral(GATEHOUSE_VERSION),
            u"Calls your organisation's APIs as you, as far as you allowed it on this computer."_s,
            {},
            icon(),
            u"These tools call APIs as the person who signed in to Gatehouse on this computer. "
            "When a call is refused or paused, tell the person what the message says."_s};
}

} // namespace gatehouse
