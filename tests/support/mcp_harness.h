// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "support/manual_clock.h"
#include "support/recorded_reply.h"

#include <http/router.h>
#include <mcp/mcp_server.h>

#include <QJsonArray>
#include <QJsonObject>

#include <memory>
#include <vector>

namespace gatehouse::tests {

using namespace Qt::StringLiterals;

/// Knows the tokens "a", "b" (another grant) and "weak" (no scopes).
class FakeVerifier final : public oauth::TokenVerifier {
public:
    [[nodiscard]] Result<oauth::Access, oauth::BearerFailure>
    verify(const QByteArray &authorization) override
    {
        if (authorization.isEmpty())
            return fail(oauth::BearerFailure::Missing);
        const auto access = [](const QString &grant, const QStringList &scopes) {
            return oauth::Access{GrantId(grant), ClientId(u"client"_s), u"Claude"_s,
                                 AccountId(u"ada"_s), scopes};
        };
        if (authorization == "Bearer a")
            return access(u"grant-a"_s, {u"read:todos"_s});
        if (authorization == "Bearer b")
            return access(u"grant-b"_s, {u"read:todos"_s});
        if (authorization == "Bearer weak")
            return access(u"grant-weak"_s, {});
        return fail(oauth::BearerFailure::Invalid);
    }
};

/// An McpServer with three tools behind a router: `echo` answers at once, `later` when the test
/// finishes it, `admin` needs a scope that nobody has.
class McpHarness {
public:
    explicit McpHarness(mcp::SessionLimits limits = {}, quint16 port = 8377)
        : router(http::SitePolicy{port, {}}),
          server({clock, random, features, verifier, {u"read:todos"_s}, info(), Secret("key")},
                 limits)
    {
        addTool(u"echo"_s, {u"read:todos"_s}, [](const std::shared_ptr<mcp::Call> &call) {
            call->finish({u"heard"_s, call->arguments});
        });
        addTool(u"later"_s, {u"read:todos"_s}, [this](const std::shared_ptr<mcp::Call> &call) {
            calls.push_back(call);
            QObject::connect(call.get(), &mcp::Call::abandoned, [this] { ++abandoned; });
        });
        addTool(u"admin"_s, {u"read:todos"_s, u"admin:todos"_s},
                [this](const std::shared_ptr<mcp::Call> &call) {
                    ++adminRuns;
                    call->finish({u"done"_s});
                });
        server.addRoutes(router);
    }

    std::shared_ptr<RecordedReply> request(const QByteArray &method, const QByteArray &target,
                                           const QByteArray &body = {},
                                           const http::Headers &extra = {},
                                           const QByteArray &token = "a")
    {
        http::HttpRequest request;
        request.method = method;
        request.path = target.split('?').value(0);
        request.query = target.split('?').value(1);
        request.body = body;
        if (!extra.contains("host"))
            request.headers.append("Host", "localhost:8377");
        if (!token.isEmpty())
            request.headers.append("Authorization", "Bearer " + token);
        if (!extra.contains("accept"))
            request.headers.append("Accept", "application/json, text/event-stream");
        if (!extra.contains("content-type"))
            request.headers.append("Content-Type", "application/json");
        for (const auto &[name, value] : extra.fields())
            request.headers.append(name, value);
        auto record = std::make_shared<RecordedReply>();
        router.handle(request, http::Reply(std::make_unique<RecordingChannel>(record)));
        return record;
    }

    std::shared_ptr<RecordedReply> post(const QByteArray &session, const QByteArray &body,
                                        const QByteArray &token = "a")
    {
        http::Headers headers;
        if (!session.isEmpty())
            headers.append("Mcp-Session-Id", session);
        return request("POST", "/mcp", body, headers, token);
    }

    std::shared_ptr<RecordedReply> initialize(const QByteArray &revision = "2025-11-25",
                                              const QByteArray &token = "a")
    {
        return post({}, initializeBody(revision), token);
    }

    /// The id of a new session.
    QByteArray session(const QByteArray &revision = "2025-11-25", const QByteArray &token = "a")
    {
        return initialize(revision, token)->header("Mcp-Session-Id");
    }

    /// Opens /sse; the address for messages is in `streamed`.
    std::shared_ptr<RecordedReply> openSse(const QByteArray &token = "a")
    {
        return request("GET", "/sse", {}, {}, token);
    }

    static QByteArray initializeBody(const QByteArray &revision)
    {
        return R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":")"
            + revision
            + R"(","capabilities":{},"clientInfo":{"name":"claude-ai","version":"1.0"}}})";
    }
    static QByteArray callBody(const QByteArray &tool, const QByteArray &id = "1")
    {
        return R"({"jsonrpc":"2.0","id":)" + id + R"(,"method":"tools/call","params":{"name":")"
            + tool + R"(","arguments":{"x":1}}})";
    }
    static QByteArray endpointOf(const RecordedReply &sse)
    {
        return sse.streamed.split('\n').value(1).mid(6);
    }

    ManualClock clock;
    SystemRandom random;
    mcp::Features features;
    FakeVerifier verifier;
    http::Router router;
    std::vector<std::shared_ptr<mcp::Call>> calls; ///< of `later`
    int abandoned = 0;
    int adminRuns = 0;
    mcp::McpServer server;

    /// A request of 2026-07-28: `params` without their _meta, `meta` added to what it must hold. A
    /// header that is empty in `extra` is left out.
    std::shared_ptr<RecordedReply> stateless(const QString &method, QJsonObject params = {},
                                             const QJsonObject &meta = {},
                                             const http::Headers &extra = {},
                                             const QByteArray &token = "a")
    {
        QJsonObject all{{u"io.modelcontextprotocol/protocolVersion"_s, u"2026-07-28"_s},
                        {u"io.modelcontextprotocol/clientCapabilities"_s, QJsonObject()}};
        for (auto it = meta.begin(); it != meta.end(); ++it)
            all.insert(it.key(), it.value());
        params.insert(u"_meta"_s, all);
        http::Headers fields;
        for (const auto &[name, value] : extra.fields()) {
            if (!value.isEmpty())
                fields.append(name, value);
        }
        const auto add = [&](const QByteArray &name, const QString &value) {
            if (!value.isEmpty() && !extra.contains(name.toLower()))
                fields.append(name, value.toUtf8());
        };
        add("MCP-Protocol-Version",
            all.value(u"io.modelcontextprotocol/protocolVersion"_s).toString());
        add("Mcp-Method", method);
        add("Mcp-Name", params.value(u"name"_s).toString() + params.value(u"uri"_s).toString());
        const QJsonObject body{
            {u"jsonrpc"_s, u"2.0"_s}, {u"id"_s, 7}, {u"method"_s, method}, {u"params"_s, params}};
        return request("POST", "/mcp", QJsonDocument(body).toJson(QJsonDocument::Compact), fields,
                       token);
    }

    static mcp::ServerInfo info()
    {
        return {u"gatehouse"_s, u"Gatehouse"_s, u"1"_s, u"For tests."_s, {}, {}, u"Be kind."_s};
    }

    void addTool(const QString &name, const QStringList &scopes,
                 std::function<void(std::shared_ptr<mcp::Call>)> run)
    {
        mcp::Tool tool;
        tool.name = name;
        tool.title = u"The %1 tool"_s.arg(name);
        tool.description = u"For tests."_s;
        tool.inputSchema = {{u"type"_s, u"object"_s}};
        tool.annotations = {{u"readOnlyHint"_s, true}};
        tool.scopes = scopes;
        tool.run = std::move(run);
        if (!features.tools.add(std::move(tool)))
            qFatal("a tool cannot be added");
    }
};

/// Shorthand for reading and writing messages.
/// @{
/// The JSON of every `message` event so far.
inline QList<QJsonObject> messagesOn(const RecordedReply &stream)
{
    QList<QJsonObject> messages;
    const auto lines = stream.streamed.split('\n');
    for (qsizetype i = 0; i + 1 < lines.size(); ++i) {
        if (lines.at(i) == "event: message" && lines.at(i + 1).startsWith("data: "))
            messages.append(QJsonDocument::fromJson(lines.at(i + 1).mid(6)).object());
    }
    return messages;
}

inline const QByteArray kPing = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";

inline http::Headers headers(std::initializer_list<std::pair<QByteArray, QByteArray>> fields)
{
    http::Headers headers;
    for (const auto &[name, value] : fields)
        headers.append(name, value);
    return headers;
}

inline int errorCode(const RecordedReply &reply)
{
    return reply.json().object().value("error"_L1).toObject().value("code"_L1).toInt();
}

inline QJsonObject resultOf(const RecordedReply &reply)
{
    return reply.json().object().value("result"_L1).toObject();
}

inline QString textOf(const QJsonObject &result)
{
    return result.value("content"_L1).toArray().first().toObject().value("text"_L1).toString();
}

inline QByteArray cancelBody(const QByteArray &id)
{
    return R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":)" + id
        + "}}";
}
/// @}

} // namespace gatehouse::tests
