// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/mcp_harness.h"

#include <QTest>

using namespace gatehouse;
using namespace gatehouse::tests;
using namespace Qt::StringLiterals;

namespace {

constexpr auto kCapabilities = "io.modelcontextprotocol/clientCapabilities"_L1;
constexpr auto kVersion = "io.modelcontextprotocol/protocolVersion"_L1;
constexpr auto kSubscription = "io.modelcontextprotocol/subscriptionId"_L1;

using CallPointer = std::shared_ptr<mcp::Call>;

QJsonObject canElicit()
{
    return {{kCapabilities, QJsonObject{{u"elicitation"_s, QJsonObject()}}}};
}

QJsonObject call(const QString &tool, const QJsonObject &arguments = {})
{
    return {{u"name"_s, tool}, {u"arguments"_s, arguments}};
}

mcp::InputRequired askFor(const QString &key, const QJsonObject &state = {})
{
    const QJsonObject schema{
        {u"type"_s, u"object"_s},
        {u"properties"_s, QJsonObject{{u"name"_s, QJsonObject{{u"type"_s, u"string"_s}}}}}};
    return {{{key,
              u"elicitation/create"_s,
              {{u"mode"_s, u"form"_s},
               {u"message"_s, u"What is your name?"_s},
               {u"requestedSchema"_s, schema}}}},
            state};
}

/// Asks for a name, then for a colour, and ends with both.
void twoQuestions(const CallPointer &asked)
{
    const auto answer = [&](const QString &key) {
        return asked->round.inputs.value(key)["content"_L1]["name"_L1].toString();
    };
    const auto name = asked->round.state.value("name"_L1).toString();
    if (name.isEmpty() && answer(u"name"_s).isEmpty())
        return asked->complete(askFor(u"name"_s));
    if (name.isEmpty())
        return asked->complete(askFor(u"colour"_s, {{u"name"_s, answer(u"name"_s)}}));
    asked->finish({name + u" likes "_s + answer(u"colour"_s)});
}

void askToVisit(const CallPointer &asked)
{
    const auto answer = asked->round.inputs.value("visit"_L1)["action"_L1].toString();
    if (!answer.isEmpty())
        return asked->finish({answer});
    asked->complete(mcp::InputRequired{{{u"visit"_s,
                                         u"elicitation/create"_s,
                                         {{u"mode"_s, u"url"_s},
                                          {u"message"_s, u"Please sign in."_s},
                                          {u"url"_s, u"http://localhost:8377/x"_s}}}}});
}

QJsonObject answerTo(const QString &key, const QString &text)
{
    return {
        {key,
         QJsonObject{{u"action"_s, u"accept"_s}, {u"content"_s, QJsonObject{{u"name"_s, text}}}}}};
}

/// The harness with a tool for each thing that this revision does its own way.
struct World : McpHarness {
    World()
    {
        addTool(u"ask"_s, {}, &twoQuestions);
        addTool(u"visit"_s, {}, &askToVisit);
        addTool(u"talk"_s, {}, [this](const CallPointer &talking) {
            talking->log(mcp::LogLevel::Info, u"begun"_s);
            talking->progress(1, 2, u"half"_s);
            calls.push_back(talking);
            QObject::connect(talking.get(), &mcp::Call::abandoned, [this] { ++abandoned; });
        });
        mcp::Tool tool;
        tool.name = u"regional"_s;
        tool.inputSchema = {
            {u"type"_s, u"object"_s},
            {u"properties"_s,
             QJsonObject{
                 {u"region"_s,
                  QJsonObject{{u"type"_s, u"string"_s}, {u"x-mcp-header"_s, u"Region"_s}}},
                 {u"count"_s,
                  QJsonObject{{u"type"_s, u"integer"_s}, {u"x-mcp-header"_s, u"Count"_s}}}}}};
        tool.run = [](const CallPointer &regional) { regional->finish({u"done"_s}); };
        if (!features.tools.add(tool))
            qFatal("a tool cannot be added");
        features.resources.push_back(
            {u"test://note"_s, u"note"_s, {}, {}, u"text/plain"_s, [](const CallPointer &read) {
                 read->complete(mcp::ResourceContents{QJsonArray{
                     QJsonObject{{u"uri"_s, u"test://note"_s}, {u"text"_s, u"hello"_s}}}});
             }});
    }

    std::shared_ptr<RecordedReply> ask(const QJsonObject &more = {},
                                       const QJsonObject &arguments = {},
                                       const QByteArray &token = "a")
    {
        auto params = call(u"ask"_s, arguments);
        for (auto it = more.begin(); it != more.end(); ++it)
            params.insert(it.key(), it.value());
        return stateless(u"tools/call"_s, params, canElicit(), {}, token);
    }
    std::shared_ptr<RecordedReply> listen(const QJsonObject &filter, const QByteArray &token = "a")
    {
        return stateless(u"subscriptions/listen"_s, {{u"notifications"_s, filter}}, {}, {}, token);
    }
};

QJsonObject errorOf(const RecordedReply &reply)
{
    return reply.json().object().value("error"_L1).toObject();
}

} // namespace

/// MCP 2026-07-28: requests that stand for themselves.
class TestStatelessHttp : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void choosesTheEra_data();
    void choosesTheEra();
    void discovers();
    void everyResultSaysWhoAnswers();
    void refusals_data();
    void refusals();
    void paramHeaders_data();
    void paramHeaders();
    void removedMethods_data();
    void removedMethods();
    void messagesThatAreNoRequest_data();
    void messagesThatAreNoRequest();
    void missingScopeIsChallenged();
    void asksInRounds();
    void asksAgainForWhatIsMissing();
    void statesAreBound_data();
    void statesAreBound();
    void statesExpire();
    void malformedInputs();
    void asksOnlyWhatClientsCan();
    void asksForAVisit();
    void talksBeforeTheAnswer();
    void silentWithoutWish();
    void leavingCancels_data();
    void leavingCancels();
    void revokingEndsCalls();
    void pausing();
    void listens();
    void listeningTakesStreams();
    void listeningIsFiltered();
    void listeningTellsUpdates();
    void listeningEndsWithAResult();
    void listeningIsBounded();
    void heartbeats();
};

void TestStatelessHttp::choosesTheEra_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<http::Headers>("fields");
    QTest::addColumn<int>("status");
    QTest::addColumn<int>("code");
    const QByteArray modern =
        R"({"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}})";
    QTest::newRow("_meta names the version")
        << modern << headers({{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", "ping"}})
        << 404 << -32601;
    QTest::newRow("the header alone names it")
        << kPing << headers({{"MCP-Protocol-Version", "2026-07-28"}}) << 400 << -32602;
    QTest::newRow("Mcp-Method is no sign")
        << kPing << headers({{"Mcp-Method", "ping"}}) << 400 << -32600;
    QTest::newRow("a session repeats its version in _meta") << QByteArray(
        R"({"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2025-11-25"}}})")
                                                            << headers({{"Mcp-Session-Id", "x"}})
                                                            << 404 << -32600;
    QTest::newRow("an earlier version")
        << kPing << headers({{"MCP-Protocol-Version", "2025-11-25"}}) << 400 << -32600;
}

void TestStatelessHttp::choosesTheEra()
{
    QFETCH(QByteArray, body);
    QFETCH(http::Headers, fields);
    McpHarness harness;
    const auto reply = harness.request("POST", "/mcp", body, fields);
    QTEST(reply->status(), "status");
    QTEST(errorCode(*reply), "code");
    QVERIFY(reply->header("Mcp-Session-Id").isEmpty());
}

void TestStatelessHttp::discovers()
{
    McpHarness harness;
    const auto reply = harness.stateless(u"server/discover"_s);
    QCOMPARE(reply->status(), 200);
    const auto result = resultOf(*reply);
    QCOMPARE(result["supportedVersions"_L1].toArray(), QJsonArray{u"2026-07-28"_s});
    QCOMPARE(result["resultType"_L1].toString(), u"complete"_s);
    QVERIFY(result["capabilities"_L1]["tools"_L1].isObject());
    QCOMPARE(result["instructions"_L1].toString(), u"Be kind."_s);
    QCOMPARE(result["_meta"_L1]["io.modelcontextprotocol/serverInfo"_L1]["name"_L1].toString(),
             u"gatehouse"_s);
    QCOMPARE(harness.server.sessionCount(), 0);
}

void TestStatelessHttp::everyResultSaysWhoAnswers()
{
    World world;
    for (const auto &reply :
         {world.stateless(u"tools/list"_s), world.stateless(u"tools/call"_s, call(u"echo"_s)),
          world.stateless(u"resources/read"_s, {{u"uri"_s, u"test://note"_s}})}) {
        const auto result = resultOf(*reply);
        QCOMPARE(result["resultType"_L1].toString(), u"complete"_s);
        QVERIFY(result["_meta"_L1]["io.modelcontextprotocol/serverInfo"_L1].isObject());
    }
    const auto list = resultOf(*world.stateless(u"tools/list"_s));
    QVERIFY(list["ttlMs"_L1].toInt() > 0);
    QCOMPARE(list["cacheScope"_L1].toString(), u"private"_s);
}

void TestStatelessHttp::refusals_data()
{
    QTest::addColumn<QString>("method");
    QTest::addColumn<QJsonObject>("meta");
    QTest::addColumn<http::Headers>("fields");
    QTest::addColumn<int>("status");
    QTest::addColumn<int>("code");
    const auto list = u"tools/list"_s;
    const http::Headers none;
    QTest::newRow("_meta without capabilities")
        << list << QJsonObject{{kCapabilities, QJsonValue()}} << none << 400 << -32602;
    QTest::newRow("the version is no string")
        << list << QJsonObject{{kVersion, 2026}}
        << headers({{"MCP-Protocol-Version", "2026-07-28"}}) << 400 << -32602;
    QTest::newRow("unknown version")
        << list << QJsonObject{{kVersion, u"v999.0.0"_s}} << none << 400 << -32022;
    QTest::newRow("a version with sessions")
        << list << QJsonObject{{kVersion, u"2025-11-25"_s}} << none << 400 << -32022;
    QTest::newRow("the header says another version")
        << list << QJsonObject() << headers({{"MCP-Protocol-Version", "2025-11-25"}}) << 400
        << -32020;
    QTest::newRow("Mcp-Method differs")
        << list << QJsonObject() << headers({{"Mcp-Method", "tools/call"}}) << 400 << -32020;
    QTest::newRow("Mcp-Method in another case")
        << list << QJsonObject() << headers({{"Mcp-Method", "Tools/List"}}) << 400 << -32020;
    QTest::newRow("Mcp-Method missing")
        << list << QJsonObject() << headers({{"Mcp-Method", ""}}) << 400 << -32020;
    QTest::newRow("MCP-Protocol-Version missing")
        << list << QJsonObject() << headers({{"MCP-Protocol-Version", ""}}) << 400 << -32020;
    QTest::newRow("MCP-Protocol-Version twice")
        << list << QJsonObject()
        << headers({{"MCP-Protocol-Version", "2026-07-28"}, {"MCP-Protocol-Version", "2025-11-25"}})
        << 400 << -32020;
    QTest::newRow("Mcp-Method twice")
        << list << QJsonObject()
        << headers({{"Mcp-Method", "tools/list"}, {"Mcp-Method", "tools/call"}}) << 400 << -32020;
    QTest::newRow("Mcp-Name twice")
        << u"tools/call"_s << QJsonObject()
        << headers({{"Mcp-Name", "echo"}, {"Mcp-Name", "admin"}}) << 400 << -32020;
    QTest::newRow("Mcp-Name differs")
        << u"tools/call"_s << QJsonObject() << headers({{"Mcp-Name", "other"}}) << 400 << -32020;
    QTest::newRow("Mcp-Name missing")
        << u"tools/call"_s << QJsonObject() << headers({{"Mcp-Name", ""}}) << 400 << -32020;
    QTest::newRow("Mcp-Name in Base64")
        << u"tools/call"_s << QJsonObject() << headers({{"Mcp-Name", "=?base64?ZWNobw==?="}}) << 200
        << 0;
    QTest::newRow("Mcp-Name in Base64 without padding")
        << u"tools/call"_s << QJsonObject() << headers({{"Mcp-Name", "=?base64?ZWNobw?="}}) << 400
        << -32020;
    QTest::newRow("unknown method") << u"tools/run"_s << QJsonObject() << none << 404 << -32601;
}

void TestStatelessHttp::refusals()
{
    QFETCH(QString, method);
    QFETCH(QJsonObject, meta);
    QFETCH(http::Headers, fields);
    QFETCH(int, code);
    McpHarness harness;
    const auto params = method == u"tools/call"_s ? call(u"echo"_s) : QJsonObject();
    const auto reply = harness.stateless(method, params, meta, fields);
    QTEST(reply->status(), "status");
    QCOMPARE(errorCode(*reply), code);
    QCOMPARE(reply->json().object()["id"_L1].toInt(), 7);
    if (code == -32022) {
        QCOMPARE(errorOf(*reply)["data"_L1]["requested"_L1], meta.value(kVersion));
        QCOMPARE(errorOf(*reply)["data"_L1]["supported"_L1].toArray(), QJsonArray{u"2026-07-28"_s});
    }
}

void TestStatelessHttp::paramHeaders_data()
{
    QTest::addColumn<QJsonObject>("arguments");
    QTest::addColumn<http::Headers>("fields");
    QTest::addColumn<int>("status");
    const QJsonObject west{{u"region"_s, u"us-west1"_s}};
    QTest::newRow("equal") << west << headers({{"Mcp-Param-Region", "us-west1"}}) << 200;
    QTest::newRow("names ignore case")
        << west << headers({{"mcp-param-REGION", "us-west1"}}) << 200;
    QTest::newRow("spaces around it")
        << west << headers({{"Mcp-Param-Region", " us-west1 "}}) << 200;
    QTest::newRow("missing") << west << http::Headers() << 400;
    QTest::newRow("another value") << west << headers({{"Mcp-Param-Region", "eu"}}) << 400;
    QTest::newRow("another case") << west << headers({{"Mcp-Param-Region", "US-WEST1"}}) << 400;
    QTest::newRow("a header without an argument")
        << QJsonObject() << headers({{"Mcp-Param-Region", "eu"}}) << 400;
    QTest::newRow("neither") << QJsonObject() << http::Headers() << 200;
    QTest::newRow("encoded") << QJsonObject{{u"region"_s, u"Zürich"_s}}
                             << headers({{"Mcp-Param-Region", "=?base64?WsO8cmljaA==?="}}) << 200;
    QTest::newRow("encoded in another alphabet")
        << QJsonObject{{u"region"_s, u"Zürich"_s}}
        << headers({{"Mcp-Param-Region", "=?base64?WsO8cmljaA__?="}}) << 400;
    QTest::newRow("raw UTF-8") << QJsonObject{{u"region"_s, u"Zürich"_s}}
                               << headers({{"Mcp-Param-Region", "Z\xc3\xbcrich"}}) << 400;
    QTest::newRow("half a sentinel is the value itself")
        << QJsonObject{{u"region"_s, u"=?base64?x"_s}}
        << headers({{"Mcp-Param-Region", "=?base64?x"}}) << 200;
    QTest::newRow("twice") << west
                           << headers(
                                  {{"Mcp-Param-Region", "us-west1"}, {"Mcp-Param-Region", "eu"}})
                           << 400;
    QTest::newRow("twice without an argument")
        << QJsonObject() << headers({{"Mcp-Param-Region", "a"}, {"Mcp-Param-Region", "b"}}) << 400;
    QTest::newRow("numbers by value")
        << QJsonObject{{u"count"_s, 42}} << headers({{"Mcp-Param-Count", "42.0"}}) << 200;
    QTest::newRow("another number")
        << QJsonObject{{u"count"_s, 42}} << headers({{"Mcp-Param-Count", "43"}}) << 400;
}

void TestStatelessHttp::paramHeaders()
{
    QFETCH(QJsonObject, arguments);
    QFETCH(http::Headers, fields);
    QFETCH(int, status);
    World world;
    const auto reply = world.stateless(u"tools/call"_s, call(u"regional"_s, arguments), {}, fields);
    QCOMPARE(reply->status(), status);
    QCOMPARE(errorCode(*reply), status == 400 ? -32020 : 0);
}

void TestStatelessHttp::removedMethods_data()
{
    QTest::addColumn<QString>("method");
    for (const auto *name :
         {"initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"})
        QTest::newRow(name) << QString::fromLatin1(name);
}

void TestStatelessHttp::removedMethods()
{
    QFETCH(QString, method);
    McpHarness harness;
    const auto reply = harness.stateless(method);
    QCOMPARE(reply->status(), 404);
    QCOMPARE(errorCode(*reply), -32601);
}

void TestStatelessHttp::messagesThatAreNoRequest_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("status");
    QTest::newRow("notification") << QByteArray(
        R"({"jsonrpc":"2.0","method":"notifications/cancelled"})")
                                  << 202;
    QTest::newRow("response") << QByteArray(R"({"jsonrpc":"2.0","id":1,"result":{}})") << 400;
    QTest::newRow("batch") << QByteArray(R"([{"jsonrpc":"2.0","id":1,"method":"ping"}])") << 400;
    QTest::newRow("no message") << QByteArray(R"({"jsonrpc":"2.0"})") << 400;
}

void TestStatelessHttp::messagesThatAreNoRequest()
{
    QFETCH(QByteArray, body);
    McpHarness harness;
    const auto reply =
        harness.request("POST", "/mcp", body, headers({{"MCP-Protocol-Version", "2026-07-28"}}));
    QTEST(reply->status(), "status");
}

void TestStatelessHttp::missingScopeIsChallenged()
{
    McpHarness harness;
    const auto reply = harness.stateless(u"tools/call"_s, call(u"echo"_s), {}, {}, "weak");
    QCOMPARE(reply->status(), 403);
    QVERIFY(reply->header("WWW-Authenticate").contains("insufficient_scope"));
}

void TestStatelessHttp::asksInRounds()
{
    World world;
    const auto first = resultOf(*world.ask());
    QCOMPARE(first["resultType"_L1].toString(), u"input_required"_s);
    QCOMPARE(first["inputRequests"_L1]["name"_L1]["method"_L1].toString(), u"elicitation/create"_s);
    QVERIFY(!first.contains("requestState"_L1));

    const auto second =
        resultOf(*world.ask({{u"inputResponses"_s, answerTo(u"name"_s, u"Ada"_s)}}));
    QVERIFY(second["inputRequests"_L1]["colour"_L1].isObject());
    const auto state = second["requestState"_L1].toString();
    QVERIFY(!state.isEmpty());

    const auto third = resultOf(*world.ask(
        {{u"inputResponses"_s, answerTo(u"colour"_s, u"red"_s)}, {u"requestState"_s, state}}));
    QCOMPARE(third["resultType"_L1].toString(), u"complete"_s);
    QCOMPARE(textOf(third), u"Ada likes red"_s);
}

void TestStatelessHttp::asksAgainForWhatIsMissing()
{
    World world;
    const auto reply = resultOf(*world.ask({{u"inputResponses"_s, answerTo(u"other"_s, u"x"_s)}}));
    QCOMPARE(reply["resultType"_L1].toString(), u"input_required"_s);
    QVERIFY(reply["inputRequests"_L1]["name"_L1].isObject());
}

void TestStatelessHttp::statesAreBound_data()
{
    QTest::addColumn<QString>("change");
    for (const auto *name : {"none", "tampered", "cut", "not ours", "another client's",
                             "another request's", "no string"})
        QTest::newRow(name) << QString::fromLatin1(name);
}

void TestStatelessHttp::statesAreBound()
{
    QFETCH(QString, change);
    World world;
    const auto second =
        resultOf(*world.ask({{u"inputResponses"_s, answerTo(u"name"_s, u"Ada"_s)}}));
    QJsonValue state = second["requestState"_L1];
    auto text = state.toString();
    if (change == u"tampered"_s)
        text[3] = text[3] == u'A' ? u'B' : u'A';
    else if (change == u"cut"_s)
        text.chop(1);
    else if (change == u"not ours"_s)
        text = u"e30.AAAA"_s;
    state = text;
    if (change == u"no string"_s)
        state = 7;
    const auto reply = world.ask(
        {{u"inputResponses"_s, answerTo(u"colour"_s, u"red"_s)}, {u"requestState"_s, state}},
        change == u"another request's"_s ? QJsonObject{{u"x"_s, 1}} : QJsonObject(),
        change == u"another client's"_s ? "b" : "a");
    QCOMPARE(errorCode(*reply), change == u"none"_s ? 0 : -32602);
}

void TestStatelessHttp::statesExpire()
{
    World world;
    const auto second =
        resultOf(*world.ask({{u"inputResponses"_s, answerTo(u"name"_s, u"Ada"_s)}}));
    const QJsonObject retry{{u"inputResponses"_s, answerTo(u"colour"_s, u"red"_s)},
                            {u"requestState"_s, second["requestState"_L1]}};
    world.clock.advance(mcp::StateSeal::kLifetime);
    QCOMPARE(errorCode(*world.ask(retry)), 0);
    world.clock.advance(1ms);
    QCOMPARE(errorCode(*world.ask(retry)), -32602);
}

void TestStatelessHttp::malformedInputs()
{
    World world;
    QCOMPARE(errorCode(*world.ask({{u"inputResponses"_s, QJsonArray()}})), -32602);
    QCOMPARE(errorCode(*world.ask({{u"inputResponses"_s, QJsonObject{{u"name"_s, u"Ada"_s}}}})),
             -32602);
    // Left out, as some clients write it.
    QCOMPARE(errorCode(*world.ask(
                 {{u"inputResponses"_s, QJsonValue()}, {u"requestState"_s, QJsonValue()}})),
             0);
}

void TestStatelessHttp::asksOnlyWhatClientsCan()
{
    World world;
    const auto reply = world.stateless(u"tools/call"_s, call(u"ask"_s));
    QCOMPARE(reply->status(), 400);
    QCOMPARE(errorCode(*reply), -32021);
    QVERIFY(errorOf(*reply)["data"_L1]["requiredCapabilities"_L1]["elicitation"_L1].isObject());
}

/// MCP 2026-07-28 elicitation §URL Mode.
void TestStatelessHttp::asksForAVisit()
{
    World world;
    const QJsonObject meta{
        {kCapabilities, QJsonObject{{u"elicitation"_s, QJsonObject{{u"url"_s, QJsonObject()}}}}}};
    auto params = call(u"visit"_s);
    const auto first = resultOf(*world.stateless(u"tools/call"_s, params, meta));
    QCOMPARE(first["resultType"_L1].toString(), u"input_required"_s);
    const auto asked = first["inputRequests"_L1]["visit"_L1]["params"_L1];
    QCOMPARE(asked["mode"_L1].toString(), u"url"_s);
    QCOMPARE(asked["url"_L1].toString(), u"http://localhost:8377/x"_s);
    params.insert(u"inputResponses"_s,
                  QJsonObject{{u"visit"_s, QJsonObject{{u"action"_s, u"accept"_s}}}});
    QCOMPARE(textOf(resultOf(*world.stateless(u"tools/call"_s, params, meta))), u"accept"_s);

    const auto refused = world.stateless(u"tools/call"_s, call(u"visit"_s), canElicit());
    QCOMPARE(refused->status(), 400);
    QCOMPARE(errorCode(*refused), -32021);
    QVERIFY(errorOf(*refused)["data"_L1]["requiredCapabilities"_L1]["elicitation"_L1]["url"_L1]
                .isObject());
}

void TestStatelessHttp::talksBeforeTheAnswer()
{
    World world;
    const auto reply = world.stateless(
        u"tools/call"_s, call(u"talk"_s),
        {{u"progressToken"_s, u"p"_s}, {u"io.modelcontextprotocol/logLevel"_s, u"debug"_s}});
    QCOMPARE(reply->header("Content-Type"), "text/event-stream");
    QVERIFY(!reply->streamed.contains("id:"));
    auto messages = messagesOn(*reply);
    QCOMPARE(messages.size(), 2);
    QCOMPARE(messages.at(0)["method"_L1].toString(), u"notifications/message"_s);
    QCOMPARE(messages.at(1)["params"_L1]["progressToken"_L1].toString(), u"p"_s);
    world.calls.front()->finish({u"done"_s});
    messages = messagesOn(*reply);
    QCOMPARE(messages.at(2)["id"_L1].toInt(), 7);
    QCOMPARE(messages.at(2)["result"_L1]["resultType"_L1].toString(), u"complete"_s);
    QVERIFY(reply->isStreamEnded);
}

void TestStatelessHttp::silentWithoutWish()
{
    World world;
    const auto reply = world.stateless(u"tools/call"_s, call(u"talk"_s));
    world.calls.front()->finish({u"done"_s});
    QCOMPARE(reply->header("Content-Type"), "application/json");
    QCOMPARE(textOf(resultOf(*reply)), u"done"_s);
}

void TestStatelessHttp::leavingCancels_data()
{
    QTest::addColumn<bool>("streamed");
    QTest::newRow("before anything was sent") << false;
    QTest::newRow("from the stream") << true;
}

void TestStatelessHttp::leavingCancels()
{
    QFETCH(bool, streamed);
    World world;
    const auto meta = streamed ? QJsonObject{{u"progressToken"_s, 1}} : QJsonObject();
    const auto reply = world.stateless(u"tools/call"_s, call(u"talk"_s), meta);
    if (streamed)
        static_cast<RecordedStream *>(reply->stream.data())->leave();
    else
        reply->leave();
    QCOMPARE(world.abandoned, 1);
    const auto before = reply->streamed;
    world.calls.front()->finish({u"late"_s});
    QCOMPARE(reply->streamed, before);
}

void TestStatelessHttp::revokingEndsCalls()
{
    World world;
    const auto reply = world.stateless(u"tools/call"_s, call(u"later"_s));
    const auto other = world.stateless(u"tools/call"_s, call(u"later"_s), {}, {}, "b");
    world.server.endGrant(GrantId(u"grant-a"_s));
    QCOMPARE(reply->status(), 401);
    QCOMPARE(world.abandoned, 1);
    QCOMPARE(other->status(), 0);
}

void TestStatelessHttp::pausing()
{
    World world;
    const auto running = world.stateless(u"tools/call"_s, call(u"later"_s));
    world.server.setPaused(true, u"Paused."_s);
    QCOMPARE(textOf(resultOf(*running)), u"Paused."_s);
    QCOMPARE(textOf(resultOf(*world.stateless(u"tools/call"_s, call(u"echo"_s)))), u"Paused."_s);
    const auto read = world.stateless(u"resources/read"_s, {{u"uri"_s, u"test://note"_s}});
    QCOMPARE(read->status(), 200);
    QCOMPARE(errorOf(*read)["message"_L1].toString(), u"Paused."_s);
    world.server.setPaused(false, {});
    QCOMPARE(textOf(resultOf(*world.stateless(u"tools/call"_s, call(u"echo"_s)))), u"heard"_s);
}

void TestStatelessHttp::listens()
{
    World world;
    const auto stream = world.listen(
        {{u"toolsListChanged"_s, true},
         {u"resourceSubscriptions"_s, QJsonArray{u"test://note"_s, u"test://none"_s}}});
    QCOMPARE(stream->header("Content-Type"), "text/event-stream");
    Q_EMIT world.features.listChanged(mcp::ListKind::Tools);
    const auto messages = messagesOn(*stream);
    QCOMPARE(messages.size(), 2);
    const auto agreed = messages.at(0)["params"_L1]["notifications"_L1].toObject();
    QCOMPARE(messages.at(0)["method"_L1].toString(), u"notifications/subscriptions/acknowledged"_s);
    QCOMPARE(agreed["resourceSubscriptions"_L1].toArray(), QJsonArray{u"test://note"_s});
    QVERIFY(agreed["toolsListChanged"_L1].toBool());
    QCOMPARE(messages.at(1)["method"_L1].toString(), u"notifications/tools/list_changed"_s);
    for (const auto &message : messages)
        QCOMPARE(message["params"_L1]["_meta"_L1][kSubscription].toInt(), 7);
    QCOMPARE(world.server.connectedGrants(world.clock.now() + 1h),
             QSet<GrantId>{GrantId(u"grant-a"_s)});
    static_cast<RecordedStream *>(stream->stream.data())->leave();
    QVERIFY(world.server.connectedGrants(world.clock.now() + 1h).isEmpty());
}

void TestStatelessHttp::listeningTakesStreams()
{
    World world;
    const auto reply = world.stateless(u"subscriptions/listen"_s, {}, {},
                                       headers({{"Accept", "application/json"}}));
    QCOMPARE(reply->status(), 406);
    QCOMPARE(reply->json()["id"_L1].toInt(), 7);
    const auto aimless = world.stateless(u"subscriptions/listen"_s);
    QCOMPARE(errorOf(*aimless)["code"_L1].toInt(), -32602);
}

void TestStatelessHttp::listeningIsFiltered()
{
    World world;
    const auto stream = world.listen({{u"promptsListChanged"_s, true}});
    Q_EMIT world.features.listChanged(mcp::ListKind::Tools);
    Q_EMIT world.features.listChanged(mcp::ListKind::Resources);
    QCOMPARE(messagesOn(*stream).size(), 1);
    Q_EMIT world.features.listChanged(mcp::ListKind::Prompts);
    QCOMPARE(messagesOn(*stream).size(), 2);
}

void TestStatelessHttp::listeningTellsUpdates()
{
    World world;
    const QJsonObject filter{{u"resourceSubscriptions"_s, QJsonArray{u"test://note"_s}}};
    const auto mine = world.listen(filter);
    const auto theirs = world.listen(filter, "b");
    for (int i = 0; i < 3; ++i)
        Q_EMIT world.features.resourceUpdated(u"test://note"_s, GrantId(u"grant-a"_s));
    world.clock.advance(1s);
    QCOMPARE(messagesOn(*mine).size(), 2); // three updates in one breath are told once
    QCOMPARE(messagesOn(*theirs).size(), 1);
    Q_EMIT world.features.resourceUpdated(u"test://note"_s, {});
    world.clock.advance(1s);
    QCOMPARE(messagesOn(*mine).size(), 3);
    QCOMPARE(messagesOn(*theirs).size(), 2);
}

void TestStatelessHttp::listeningEndsWithAResult()
{
    World world;
    const auto revoked = world.listen({});
    const auto other = world.listen({}, "b");
    world.server.endGrant(GrantId(u"grant-a"_s));
    const auto last = messagesOn(*revoked).last();
    QCOMPARE(last["id"_L1].toInt(), 7);
    QCOMPARE(last["result"_L1]["_meta"_L1][kSubscription].toInt(), 7);
    QVERIFY(revoked->isStreamEnded);
    QVERIFY(!other->isStreamEnded);
    world.server.endListening();
    QVERIFY(other->isStreamEnded);
    QVERIFY(messagesOn(*other).last().contains("result"_L1));
}

void TestStatelessHttp::listeningIsBounded()
{
    World world;
    const auto first = world.listen({});
    const auto foreign = world.listen({}, "b");
    for (int i = 1; i < mcp::ListenStreams::kMostPerGrant; ++i)
        static_cast<void>(world.listen({}));
    QVERIFY(!first->isStreamEnded);
    static_cast<void>(world.listen({}));
    QVERIFY(first->isStreamEnded);
    QVERIFY(!foreign->isStreamEnded);
}

void TestStatelessHttp::heartbeats()
{
    World world;
    const auto listening = world.listen({});
    const auto calling =
        world.stateless(u"tools/call"_s, call(u"talk"_s), {{u"progressToken"_s, 1}});
    world.clock.advance(mcp::Heartbeat::kInterval);
    QVERIFY(listening->streamed.endsWith(": ping\n\n"));
    QVERIFY(calling->streamed.endsWith(": ping\n\n"));
}

QTEST_GUILESS_MAIN(TestStatelessHttp)
#include "tst_stateless_http.moc"
