// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/mcp_harness.h"

#include <mcp/page.h>
#include <mcp/param_header.h>

#include <QTest>

using namespace gatehouse;
using namespace gatehouse::tests;
using namespace Qt::StringLiterals;

namespace {

using CallPointer = std::shared_ptr<mcp::Call>;

void readBack(const CallPointer &call)
{
    const auto text =
        QString::fromUtf8(QJsonDocument(call->arguments).toJson(QJsonDocument::Compact));
    call->complete(mcp::ResourceContents{
        QJsonArray{QJsonObject{{u"uri"_s, call->arguments["uri"_L1]}, {u"text"_s, text}}}});
}

/// A harness with one of everything.
struct World : McpHarness {
    World()
    {
        mcp::Tool strict;
        strict.name = u"strict"_s;
        strict.inputSchema = {
            {u"type"_s, u"object"_s},
            {u"properties"_s,
             QJsonObject{{u"title"_s, QJsonObject{{u"type"_s, u"string"_s}}},
                         {u"tags"_s,
                          QJsonObject{{u"type"_s, u"array"_s},
                                      {u"items"_s, QJsonObject{{u"type"_s, u"string"_s}}}}}}},
            {u"required"_s, QJsonArray{u"title"_s}},
            {u"additionalProperties"_s, false}};
        strict.outputSchema = QJsonObject{
            {u"type"_s, u"object"_s},
            {u"properties"_s, QJsonObject{{u"n"_s, QJsonObject{{u"type"_s, u"integer"_s}}}}},
            {u"required"_s, QJsonArray{u"n"_s}}};
        strict.run = [this](const CallPointer &call) {
            ++runs;
            if (call->arguments["title"_L1].toString() == u"wrong"_s)
                return call->finish({u"{}"_s, QJsonObject()});
            call->finish({u"{\"n\":1}"_s, QJsonObject{{u"n"_s, 1}}});
        };
        if (!features.tools.add(strict))
            qFatal("a tool cannot be added");
        features.resources.push_back(
            {u"test://note"_s, u"note"_s, u"Note"_s, u"A note."_s, u"text/plain"_s, &readBack});
        features.templates.push_back(
            {u"test://todo/{id}/part/{n}"_s,
             u"part"_s,
             {},
             {},
             u"text/plain"_s,
             &readBack,
             {{u"id"_s, [](const oauth::Access &, const QString &, const QJsonObject &) {
                   return QStringList{u"alpha"_s, u"beta"_s, u"alps"_s};
               }}}});
        features.prompts.push_back(
            {u"greet"_s,
             u"Greet"_s,
             u"Greets."_s,
             {{u"name"_s, u"Whom."_s, true,
               [](const oauth::Access &, const QString &, const QJsonObject &others) {
                   QStringList names;
                   for (int i = 0; i < 150; ++i)
                       names.append(others["prefix"_L1].toString() + QString::number(i));
                   return names;
               }},
              {u"prefix"_s, u"Before it."_s}},
             [](const CallPointer &call) {
                 call->complete(mcp::PromptMessages{
                     u"A greeting"_s,
                     QJsonArray{QJsonObject{
                         {u"role"_s, u"user"_s},
                         {u"content"_s,
                          QJsonObject{{u"type"_s, u"text"_s},
                                      {u"text"_s,
                                       u"Hello "_s + call->arguments["name"_L1].toString()}}}}}});
             }});
        current = session();
    }

    std::shared_ptr<RecordedReply> ask(const QString &method, const QJsonObject &params = {})
    {
        const QJsonObject body{
            {u"jsonrpc"_s, u"2.0"_s}, {u"id"_s, 1}, {u"method"_s, method}, {u"params"_s, params}};
        return post(current, QJsonDocument(body).toJson(QJsonDocument::Compact));
    }
    std::shared_ptr<RecordedReply> strict(const QJsonObject &arguments)
    {
        return ask(u"tools/call"_s, {{u"name"_s, u"strict"_s}, {u"arguments"_s, arguments}});
    }

    QByteArray current;
    int runs = 0;
};

} // namespace

/// MCP server features: tools, resources, prompts, completion, pagination.
class TestMcpFeatures : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void wrongArgumentsAreToldToTheModel_data();
    void wrongArgumentsAreToldToTheModel();
    void resultsFitTheirSchema();
    void outputSchemaSince2025_06_18();
    void toolsThatCannotBe_data();
    void toolsThatCannotBe();
    void toolsWithHeaders();
    void unlistedToolsCanBeCalled();
    void answersAreWellFormed_data();
    void answersAreWellFormed();
    void listsResources();
    void readsResources_data();
    void readsResources();
    void listsAndGetsPrompts();
    void wrongPromptArguments_data();
    void wrongPromptArguments();
    void completes_data();
    void completes();
    void completesAtMostAHundred();
    void completionsAreLimitedPerMinute();
    void pages();
    void pagesOfOtherLists();
    void contentByRevision();
};

void TestMcpFeatures::wrongArgumentsAreToldToTheModel_data()
{
    QTest::addColumn<QJsonObject>("arguments");
    QTest::addColumn<QString>("path");
    QTest::newRow("missing") << QJsonObject() << u"title"_s;
    QTest::newRow("wrong type") << QJsonObject{{u"title"_s, 7}} << u"/title"_s;
    QTest::newRow("deep") << QJsonObject{{u"title"_s, u"x"_s}, {u"tags"_s, QJsonArray{u"a"_s, 7}}}
                          << u"/tags/1"_s;
    QTest::newRow("unknown") << QJsonObject{{u"title"_s, u"x"_s}, {u"colour"_s, u"red"_s}}
                             << u"colour"_s;
}

void TestMcpFeatures::wrongArgumentsAreToldToTheModel()
{
    QFETCH(QJsonObject, arguments);
    QFETCH(QString, path);
    World world;
    const auto reply = world.strict(arguments);
    QCOMPARE(errorCode(*reply), 0); // SEP-1303: a result, so that the model can correct itself
    QVERIFY(resultOf(*reply)["isError"_L1].toBool());
    QVERIFY2(textOf(resultOf(*reply)).contains(path), qPrintable(textOf(resultOf(*reply))));
    QCOMPARE(world.runs, 0);
}

void TestMcpFeatures::resultsFitTheirSchema()
{
    World world;
    const auto right = resultOf(*world.strict({{u"title"_s, u"x"_s}}));
    QCOMPARE(right["structuredContent"_L1]["n"_L1].toInt(), 1);
    const auto wrong = resultOf(*world.strict({{u"title"_s, u"wrong"_s}}));
    QVERIFY(wrong["isError"_L1].toBool());
    QVERIFY(!wrong.contains("structuredContent"_L1));
    QVERIFY(textOf(wrong).contains(u"was carried out"_s));
}

void TestMcpFeatures::outputSchemaSince2025_06_18()
{
    World world;
    const auto hasOne = [&](const QByteArray &revision) {
        world.current = world.session(revision);
        const auto tools = resultOf(*world.ask(u"tools/list"_s))["tools"_L1].toArray();
        return tools.last().toObject().contains("outputSchema"_L1);
    };
    QVERIFY(!hasOne("2025-03-26"));
    QVERIFY(hasOne("2025-06-18"));
    QVERIFY(hasOne("2025-11-25"));
}

void TestMcpFeatures::toolsThatCannotBe_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QJsonObject>("schema");
    QTest::newRow("name taken") << u"echo"_s << QJsonObject{{u"type"_s, u"object"_s}};
    QTest::newRow("no schema") << u"x"_s << QJsonObject{{u"type"_s, 5}};
    const auto properties = [](const QByteArray &json) {
        return QJsonDocument::fromJson(R"({"type":"object","properties":)" + json + '}').object();
    };
    // MCP 2026-07-28 streamable-http §Custom Headers: clients would leave the tool out.
    QTest::newRow("header: no token")
        << u"x"_s << properties(R"({"a":{"type":"string","x-mcp-header":"Bad Name"}})");
    QTest::newRow("header: line break")
        << u"x"_s << properties(R"({"a":{"type":"string","x-mcp-header":"A\n"}})");
    QTest::newRow("header: empty")
        << u"x"_s << properties(R"({"a":{"type":"string","x-mcp-header":""}})");
    QTest::newRow("header: no text")
        << u"x"_s << properties(R"({"a":{"type":"string","x-mcp-header":7}})");
    QTest::newRow("header: of a number")
        << u"x"_s << properties(R"({"a":{"type":"number","x-mcp-header":"A"}})");
    QTest::newRow("header: of an object")
        << u"x"_s << properties(R"({"a":{"type":"object","x-mcp-header":"A"}})");
    QTest::newRow("header: of two properties")
        << u"x"_s
        << properties(
               R"({"a":{"type":"string","x-mcp-header":"A"},"b":{"type":"string","x-mcp-header":"a"}})");
    QTest::newRow("header: in a list")
        << u"x"_s
        << properties(R"({"a":{"type":"array","items":{"type":"string","x-mcp-header":"A"}}})");
    QTest::newRow("header: in an alternative")
        << u"x"_s << properties(R"({"a":{"anyOf":[{"type":"string","x-mcp-header":"A"}]}})");
    QTest::newRow("header: of the root")
        << u"x"_s << QJsonObject{{u"type"_s, u"object"_s}, {u"x-mcp-header"_s, u"A"_s}};
}

/// What only looks like an annotation.
void TestMcpFeatures::toolsWithHeaders()
{
    const auto schema = QJsonDocument::fromJson(R"({"type":"object","properties":{
        "x-mcp-header":{"type":"string"},
        "in":{"type":"object","default":{"x-mcp-header":"A"},
              "properties":{"deep":{"type":"integer","x-mcp-header":"Deep"}}}}})")
                            .object();
    const auto headers = mcp::paramHeadersOf(schema);
    QVERIFY(headers);
    QCOMPARE(headers->size(), 1U);
    QCOMPARE(headers->front().name, "Mcp-Param-Deep");
    QCOMPARE(headers->front().path, (QStringList{u"in"_s, u"deep"_s}));
}

void TestMcpFeatures::toolsThatCannotBe()
{
    QFETCH(QString, name);
    QFETCH(QJsonObject, schema);
    McpHarness harness;
    mcp::Tool tool;
    tool.name = name;
    tool.inputSchema = schema;
    const auto added = harness.features.tools.add(tool);
    QVERIFY(!added);
    QVERIFY(!added.error().isEmpty());
}

void TestMcpFeatures::unlistedToolsCanBeCalled()
{
    World world;
    mcp::Tool hidden;
    hidden.name = u"hidden"_s;
    hidden.inputSchema = {{u"type"_s, u"object"_s}};
    hidden.run = [](const CallPointer &call) { call->finish({u"here"_s}); };
    hidden.isListed = false;
    QVERIFY(world.features.tools.add(hidden));
    const auto list = world.ask(u"tools/list"_s);
    QVERIFY(!list->response->body.contains("hidden"));
    QCOMPARE(textOf(resultOf(*world.ask(u"tools/call"_s, {{u"name"_s, u"hidden"_s}}))), u"here"_s);
}

void TestMcpFeatures::answersAreWellFormed_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QJsonValue>("id");
    QTest::newRow("nothing") << QString() << QJsonValue(1);
    QTest::newRow("quotes") << u"say \"hello\""_s << QJsonValue(u"a\"b"_s);
    QTest::newRow("backslashes") << u"C:\\x\\"_s << QJsonValue(u"\\"_s);
    QTest::newRow("control characters") << u"a\nb\r\tc\u0000d\u0001\u001f"_s << QJsonValue(u"\n"_s);
    QTest::newRow("line separators") << u"a\u2028b\u2029"_s << QJsonValue(-7);
    QTest::newRow("other alphabets") << u"Zürich 日本 😀"_s << QJsonValue(u"é"_s);
}

/// Answers to tool calls are put together as text.
void TestMcpFeatures::answersAreWellFormed()
{
    QFETCH(QString, text);
    QFETCH(QJsonValue, id);
    World world;
    mcp::Tool tool;
    tool.name = u"say"_s;
    tool.inputSchema = {{u"type"_s, u"object"_s}};
    tool.run = [text](const CallPointer &call) { call->finish({text}); };
    QVERIFY(world.features.tools.add(tool));
    const QJsonObject call{{u"jsonrpc"_s, u"2.0"_s},
                           {u"id"_s, id},
                           {u"method"_s, u"tools/call"_s},
                           {u"params"_s, QJsonObject{{u"name"_s, u"say"_s}}}};
    const auto reply =
        world.post(world.current, QJsonDocument(call).toJson(QJsonDocument::Compact));
    const auto answer = QJsonDocument::fromJson(reply->response->body).object();
    QCOMPARE(answer["id"_L1], id);
    QCOMPARE(textOf(answer["result"_L1].toObject()), text);
}

void TestMcpFeatures::listsResources()
{
    World world;
    const auto resources = resultOf(*world.ask(u"resources/list"_s))["resources"_L1].toArray();
    QCOMPARE(resources.size(), 1);
    QCOMPARE(resources.first().toObject()["uri"_L1].toString(), u"test://note"_s);
    const auto templates =
        resultOf(*world.ask(u"resources/templates/list"_s))["resourceTemplates"_L1].toArray();
    QCOMPARE(templates.first().toObject()["uriTemplate"_L1].toString(),
             u"test://todo/{id}/part/{n}"_s);
}

void TestMcpFeatures::readsResources_data()
{
    QTest::addColumn<QJsonValue>("uri");
    QTest::addColumn<QString>("text"); ///< empty: refused
    QTest::newRow("listed") << QJsonValue(u"test://note"_s) << uR"({"uri":"test://note"})"_s;
    QTest::newRow("of a template") << QJsonValue(u"test://todo/a%20b/part/2"_s)
                                   << uR"({"id":"a b","n":"2","uri":"test://todo/a%20b/part/2"})"_s;
    QTest::newRow("a variable holds no slash")
        << QJsonValue(u"test://todo/a/b/part/2"_s) << QString();
    QTest::newRow("a variable is not empty") << QJsonValue(u"test://todo//part/2"_s) << QString();
    QTest::newRow("more than the template") << QJsonValue(u"test://todo/a/part/2/x"_s) << QString();
    QTest::newRow("unknown") << QJsonValue(u"test://none"_s) << QString();
    QTest::newRow("no string") << QJsonValue(7) << QString();
    QTest::newRow("no URI") << QJsonValue(u"test://todo/a b/part/2"_s) << QString();
    QTest::newRow("half an escape") << QJsonValue(u"test://todo/%2/part/2"_s) << QString();
    QTest::newRow("relative") << QJsonValue(u"/todo/a/part/2"_s) << QString();
}

void TestMcpFeatures::readsResources()
{
    QFETCH(QJsonValue, uri);
    QFETCH(QString, text);
    World world;
    const auto reply = world.ask(u"resources/read"_s, {{u"uri"_s, uri}});
    const int refusal = uri.isString() ? -32002 : -32602;
    QCOMPARE(errorCode(*reply), text.isEmpty() ? refusal : 0);
    const auto contents = resultOf(*reply)["contents"_L1].toArray();
    QCOMPARE(contents.first().toObject()["text"_L1].toString(), text);
}

void TestMcpFeatures::listsAndGetsPrompts()
{
    World world;
    const auto prompts = resultOf(*world.ask(u"prompts/list"_s))["prompts"_L1].toArray();
    const auto arguments = prompts.first().toObject()["arguments"_L1].toArray();
    QCOMPARE(arguments.size(), 2);
    QVERIFY(arguments.first().toObject()["required"_L1].toBool());
    const auto got = resultOf(*world.ask(
        u"prompts/get"_s,
        {{u"name"_s, u"greet"_s}, {u"arguments"_s, QJsonObject{{u"name"_s, u"Ada"_s}}}}));
    QCOMPARE(got["description"_L1].toString(), u"A greeting"_s);
    QCOMPARE(got["messages"_L1].toArray().first().toObject()["content"_L1]["text"_L1].toString(),
             u"Hello Ada"_s);
}

void TestMcpFeatures::wrongPromptArguments_data()
{
    QTest::addColumn<QJsonObject>("params");
    QTest::newRow("no name") << QJsonObject();
    QTest::newRow("unknown") << QJsonObject{{u"name"_s, u"none"_s}};
    QTest::newRow("argument missing") << QJsonObject{{u"name"_s, u"greet"_s}};
    QTest::newRow("arguments no object")
        << QJsonObject{{u"name"_s, u"greet"_s}, {u"arguments"_s, 7}};
    QTest::newRow("argument no string")
        << QJsonObject{{u"name"_s, u"greet"_s}, {u"arguments"_s, QJsonObject{{u"name"_s, 7}}}};
}

void TestMcpFeatures::wrongPromptArguments()
{
    QFETCH(QJsonObject, params);
    World world;
    QCOMPARE(errorCode(*world.ask(u"prompts/get"_s, params)), -32602);
}

void TestMcpFeatures::completes_data()
{
    QTest::addColumn<QJsonObject>("reference");
    QTest::addColumn<QString>("argument");
    QTest::addColumn<QString>("typed");
    QTest::addColumn<QStringList>("values");
    QTest::addColumn<int>("code");
    const QJsonObject part{{u"type"_s, u"ref/resource"_s},
                           {u"uri"_s, u"test://todo/{id}/part/{n}"_s}};
    const QJsonObject greet{{u"type"_s, u"ref/prompt"_s}, {u"name"_s, u"greet"_s}};
    QTest::newRow("template") << part << u"id"_s << u"al"_s << QStringList{u"alpha"_s, u"alps"_s}
                              << 0;
    QTest::newRow("nothing to propose") << part << u"n"_s << u""_s << QStringList() << 0;
    QTest::newRow("prompt without proposals")
        << greet << u"prefix"_s << u"x"_s << QStringList() << 0;
    QTest::newRow("unknown argument") << greet << u"none"_s << u""_s << QStringList() << -32602;
    QTest::newRow("unknown prompt")
        << QJsonObject{{u"type"_s, u"ref/prompt"_s}, {u"name"_s, u"none"_s}} << u"name"_s << u""_s
        << QStringList() << -32602;
    QTest::newRow("unknown resource")
        << QJsonObject{{u"type"_s, u"ref/resource"_s}, {u"uri"_s, u"x://y"_s}} << u"id"_s << u""_s
        << QStringList() << -32602;
    QTest::newRow("unknown kind") << QJsonObject{{u"type"_s, u"ref/x"_s}} << u"id"_s << u""_s
                                  << QStringList() << -32602;
}

void TestMcpFeatures::completes()
{
    QFETCH(QJsonObject, reference);
    QFETCH(QString, argument);
    QFETCH(QString, typed);
    QFETCH(QStringList, values);
    World world;
    const auto reply =
        world.ask(u"completion/complete"_s,
                  {{u"ref"_s, reference},
                   {u"argument"_s, QJsonObject{{u"name"_s, argument}, {u"value"_s, typed}}}});
    QTEST(errorCode(*reply), "code");
    QCOMPARE(resultOf(*reply)["completion"_L1]["values"_L1].toArray(),
             QJsonArray::fromStringList(values));
}

void TestMcpFeatures::completesAtMostAHundred()
{
    World world;
    const auto reply = world.ask(
        u"completion/complete"_s,
        {{u"ref"_s, QJsonObject{{u"type"_s, u"ref/prompt"_s}, {u"name"_s, u"greet"_s}}},
         {u"argument"_s, QJsonObject{{u"name"_s, u"name"_s}, {u"value"_s, u"n"_s}}},
         {u"context"_s, QJsonObject{{u"arguments"_s, QJsonObject{{u"prefix"_s, u"n"_s}}}}}});
    const auto completion = resultOf(*reply)["completion"_L1].toObject();
    QCOMPARE(completion["values"_L1].toArray().size(), 100);
    QCOMPARE(completion["total"_L1].toInt(), 150);
    QVERIFY(completion["hasMore"_L1].toBool());
}

void TestMcpFeatures::completionsAreLimitedPerMinute()
{
    World world;
    const QJsonObject params{
        {u"ref"_s, QJsonObject{{u"type"_s, u"ref/prompt"_s}, {u"name"_s, u"greet"_s}}},
        {u"argument"_s, QJsonObject{{u"name"_s, u"name"_s}, {u"value"_s, u"n"_s}}}};
    const auto ask = [&] { return errorCode(*world.ask(u"completion/complete"_s, params)); };
    for (int i = 0; i < mcp::Dispatcher::kMostCompletionsPerMinute; ++i)
        QCOMPARE(ask(), 0);
    QCOMPARE(ask(), mcp::rpc_code::kInternalError);
    world.clock.advance(1s);
    QCOMPARE(ask(), 0);
}

void TestMcpFeatures::pages()
{
    QList<qsizetype> ends;
    QJsonObject params;
    for (int i = 0; i < 5; ++i) {
        const auto page = mcp::pageOf(params, u"tools"_s, 10, 4);
        QVERIFY(page.has_value());
        ends.append(page->end);
        if (page->nextCursor.isEmpty())
            break;
        params = {{u"cursor"_s, page->nextCursor}};
    }
    QCOMPARE(ends, (QList<qsizetype>{4, 8, 10}));
    const auto empty = mcp::pageOf({}, u"tools"_s, 0, 4);
    QVERIFY(empty && empty->begin == 0 && empty->end == 0 && empty->nextCursor.isEmpty());
}

void TestMcpFeatures::pagesOfOtherLists()
{
    const auto cursor = mcp::pageOf({}, u"tools"_s, 10, 4)->nextCursor;
    QVERIFY(!mcp::pageOf({{u"cursor"_s, cursor}}, u"prompts"_s, 10, 4));
    QVERIFY(!mcp::pageOf({{u"cursor"_s, cursor}}, u"tools"_s, 3, 4)); // the list became shorter
    for (const auto &bad : {u""_s, u"x"_s, u"dG9vbHMgLTE"_s /* tools -1 */, u"dG9vbHM"_s})
        QVERIFY(!mcp::pageOf({{u"cursor"_s, bad}}, u"tools"_s, 10, 4));
    QVERIFY(!mcp::pageOf({{u"cursor"_s, 7}}, u"tools"_s, 10, 4));
    // As some clients write what they leave out.
    QCOMPARE(mcp::pageOf({{u"cursor"_s, QJsonValue()}}, u"tools"_s, 10, 4)->begin, 0);
}

void TestMcpFeatures::contentByRevision()
{
    World world;
    mcp::Tool tool;
    tool.name = u"sound"_s;
    tool.inputSchema = {{u"type"_s, u"object"_s}};
    tool.run = [](const CallPointer &call) {
        call->finish(mcp::ToolResult{{},
                                     {},
                                     false,
                                     QJsonArray{QJsonObject{{u"type"_s, u"audio"_s},
                                                            {u"data"_s, u"AA=="_s},
                                                            {u"mimeType"_s, u"audio/wav"_s}},
                                                QJsonObject{{u"type"_s, u"resource_link"_s},
                                                            {u"uri"_s, u"test://note"_s},
                                                            {u"name"_s, u"note"_s}}}});
    };
    QVERIFY(world.features.tools.add(tool));
    const auto types = [&](const QByteArray &revision) {
        world.current = world.session(revision);
        const auto content =
            resultOf(*world.ask(u"tools/call"_s, {{u"name"_s, u"sound"_s}}))["content"_L1]
                .toArray();
        QStringList found;
        for (const auto &block : content)
            found.append(block.toObject()["type"_L1].toString());
        return found;
    };
    QCOMPARE(types("2025-03-26"), (QStringList{u"audio"_s, u"text"_s}));
    QCOMPARE(types("2025-11-25"), (QStringList{u"audio"_s, u"resource_link"_s}));
}

QTEST_GUILESS_MAIN(TestMcpFeatures)
#include "tst_mcp_features.moc"
