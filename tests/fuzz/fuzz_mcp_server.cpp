// SPDX-License-Identifier: GPL-3.0-or-later
// Bodies that reach the whole MCP server, in sessions of every revision, over HTTP+SSE and without
// sessions. Everything offered says what it was told, in every way there is, and each message that
// goes out is held against the official schema of its revision.
#include "fuzz_target.h"

#include "support/mcp_harness.h"

#include <base/json.h>

#include <QCoreApplication>

#include <array>

using namespace Qt::StringLiterals;
using namespace gatehouse;
using namespace gatehouse::tests;

namespace {

using CallPointer = std::shared_ptr<mcp::Call>;

QString textOf(const CallPointer &call)
{
    return QString::fromUtf8(toCompactJson(call->arguments));
}

void read(const CallPointer &call)
{
    call->complete(mcp::ResourceContents{QJsonArray{
        QJsonObject{{u"uri"_s, call->arguments.value("uri"_L1)}, {u"text"_s, textOf(call)}}}});
}

QStringList complete(const oauth::Access &, const QString &typed, const QJsonObject &)
{
    return {typed, typed + u'a'};
}

struct World : McpHarness {
    World()
    {
        addTool(u"say"_s, {}, [](const CallPointer &call) {
            call->progress(1, 2, textOf(call));
            call->log(mcp::LogLevel::Emergency, call->arguments);
            call->finish({textOf(call), call->arguments});
        });
        addTool(u"ask"_s, {}, [](const CallPointer &call) {
            if (!call->round.inputs.isEmpty())
                return call->finish({QString::fromUtf8(toCompactJson(call->round.inputs))});
            const QJsonObject form{
                {u"type"_s, u"object"_s},
                {u"properties"_s, QJsonObject{{u"a"_s, QJsonObject{{u"type"_s, u"string"_s}}}}}};
            call->complete(mcp::InputRequired{{{u"a"_s,
                                                u"elicitation/create"_s,
                                                {{u"mode"_s, u"form"_s},
                                                 {u"message"_s, textOf(call)},
                                                 {u"requestedSchema"_s, form}}}},
                                              call->arguments});
        });
        features.resources.push_back({u"test://note"_s, u"note"_s, {}, {}, u"text/plain"_s, &read});
        features.templates.push_back({u"test://{id}/data"_s,
                                      u"data"_s,
                                      {},
                                      {},
                                      u"text/plain"_s,
                                      &read,
                                      {{u"id"_s, &complete}}});
        features.prompts.push_back(
            {u"greet"_s,
             u"Greet"_s,
             {},
             {{u"name"_s, {}, false, &complete}},
             [](const CallPointer &call) {
                 const QJsonObject content{{u"type"_s, u"text"_s}, {u"text"_s, textOf(call)}};
                 call->complete(mcp::PromptMessages{
                     textOf(call),
                     QJsonArray{QJsonObject{{u"role"_s, u"user"_s}, {u"content"_s, content}}}});
             }});
    }

    void tellWhoListens()
    {
        Q_EMIT features.resourceUpdated(u"test://note"_s, {});
        Q_EMIT features.listChanged(mcp::ListKind::Tools);
        clock.advance(1s); // updates are told together
    }
    /// Ends every session, stream and call; nothing of an input stays.
    void end()
    {
        server.endGrant(GrantId(u"grant-a"_s));
        calls.clear();
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    }
};

void checkAnswered(const RecordedReply &reply)
{
    fuzz::require(reply.response.has_value(), "every request is answered");
    fuzz::require(reply.header("Content-Type") != "application/json" || !reply.json().isNull(),
                  "JSON is JSON");
}

void trySessions(World &world, const QByteArray &input)
{
    for (const auto *const revision : {"2025-03-26", "2025-06-18", "2025-11-25"}) {
        const auto begun = world.post(
            {},
            McpHarness::initializeBody(revision).replace(
                R"("capabilities":{})", R"("capabilities":{"elicitation":{"form":{}}})"));
        const auto session = begun->header("Mcp-Session-Id");
        const auto stream =
            world.request("GET", "/mcp", {}, headers({{"Mcp-Session-Id", session}}));
        const auto reply = world.post(session, input);
        world.tellWhoListens();
        world.end();
        checkAnswered(*reply);
    }
}

void trySse(World &world, const QByteArray &input)
{
    const auto sse = world.openSse();
    const auto endpoint = McpHarness::endpointOf(*sse);
    world.request("POST", endpoint, McpHarness::initializeBody("2024-11-05"));
    const auto reply = world.request("POST", endpoint, input);
    world.tellWhoListens();
    world.end();
    checkAnswered(*reply);
}

void tryStateless(World &world, const QByteArray &input)
{
    checkAnswered(
        *world.request("POST", "/mcp", input, headers({{"MCP-Protocol-Version", "2026-07-28"}})));
    const auto message = parseJsonObject(input);
    if (!message)
        return;
    const auto params = message->value("params"_L1).toObject();
    auto meta = params.value("_meta"_L1).toObject();
    meta.insert(u"io.modelcontextprotocol/clientCapabilities"_s,
                QJsonObject{{u"elicitation"_s, QJsonObject()}});
    const auto reply = world.stateless(message->value("method"_L1).toString(), params, meta);
    world.tellWhoListens();
    world.end();
    checkAnswered(*reply);
}

} // namespace

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static int argc = 1;
    static std::array<char, 5> name{"fuzz"};
    static std::array<char *, 2> argv{name.data(), nullptr};
    static const QCoreApplication application(argc, argv.data());
    static World world;
    const auto input = fuzz::inputOf(data, size);
    trySessions(world, input);
    trySse(world, input);
    tryStateless(world, input);
    return 0;
}
