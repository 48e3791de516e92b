// SPDX-License-Identifier: GPL-3.0-or-later
#include <base/json.h>
#include <mcp/message_check.h>

#include <QTest>

using namespace gatehouse;
using namespace gatehouse::mcp;
using namespace Qt::StringLiterals;

namespace {

const QStringList kRevisions{u"2024-11-05"_s, u"2025-03-26"_s, u"2025-06-18"_s, u"2025-11-25"_s,
                             u"2026-07-28"_s};
const auto kStateless = u"2026-07-28"_s;

QByteArray answer(const QByteArray &result)
{
    return R"({"jsonrpc":"2.0","id":1,"result":)" + result + '}';
}

QByteArray notification(const QByteArray &method, const QByteArray &params)
{
    return R"({"jsonrpc":"2.0","method":"notifications/)" + method + R"(","params":)" + params
        + '}';
}

/// What every result has since 2026-07-28.
QByteArray withResultType(QByteArray result, const QString &revision)
{
    if (revision == kStateless)
        result.replace(
            0, 1, result == "{}" ? R"({"resultType":"complete")" : R"({"resultType":"complete",)");
    return result;
}

/// What a result that may be kept has since 2026-07-28.
QByteArray cacheable(QByteArray result, const QString &revision)
{
    if (revision == kStateless)
        result.replace(0, 1, R"({"ttlMs":0,"cacheScope":"private",)");
    return withResultType(result, revision);
}

QString complaints(const QByteArray &message, const QString &revision, const QString &method = {})
{
    return messageComplaints(parseJsonObject(message).value(), revision, method).join(u"; "_s);
}

} // namespace

/// The check of messages must find what is wrong in each revision, and nothing else.
class TestMessageCheck : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void passesWhatIsRight_data();
    void passesWhatIsRight();
    void findsFaults_data();
    void findsFaults();
    void knowsEveryRevision_data();
    void knowsEveryRevision();
};

void TestMessageCheck::passesWhatIsRight_data()
{
    QTest::addColumn<QString>("revision");
    QTest::addColumn<QString>("method");
    QTest::addColumn<QByteArray>("message");
    for (const auto &revision : kRevisions) {
        const auto row = [&](const char *name, const QString &method, const QByteArray &message) {
            QTest::addRow("%s %s", qPrintable(revision), name) << revision << method << message;
        };
        row("tools/list", u"tools/list"_s,
            answer(cacheable(R"({"tools":[{"name":"a","description":"A","inputSchema":
                {"type":"object","properties":{"b":{"type":"string","enum":["c"]}},
                "additionalProperties":false}}],"nextCursor":"x"})",
                             revision)));
        row("tools/call", u"tools/call"_s,
            answer(withResultType(R"({"content":[{"type":"text","text":"a"}],"isError":true,
                "_meta":{"example.com/a":1}})",
                                  revision)));
        row("image and embedded text", u"tools/call"_s,
            answer(withResultType(R"({"content":[{"type":"image","data":"","mimeType":"image/png"},
                {"type":"resource","resource":{"uri":"a:b","text":"c"}}]})",
                                  revision)));
        row("resources/list", u"resources/list"_s,
            answer(cacheable(R"({"resources":[{"uri":"a:b","name":"c"}]})", revision)));
        row("resources/templates/list", u"resources/templates/list"_s,
            answer(cacheable(R"({"resourceTemplates":[{"uriTemplate":"a:{b}","name":"c"}]})",
                             revision)));
        row("resources/read", u"resources/read"_s,
            answer(cacheable(R"({"contents":[{"uri":"a:b","blob":""}]})", revision)));
        row("prompts/list", u"prompts/list"_s,
            answer(
                cacheable(R"({"prompts":[{"name":"a","arguments":[{"name":"b"}]}]})", revision)));
        row("prompts/get", u"prompts/get"_s,
            answer(withResultType(R"({"messages":[{"role":"user","content":
                {"type":"text","text":"a"}}]})",
                                  revision)));
        row("completion/complete", u"completion/complete"_s,
            answer(withResultType(R"({"completion":{"values":["a"],"hasMore":false}})", revision)));
        row("error", u"tools/call"_s,
            R"({"jsonrpc":"2.0","id":"x","error":{"code":-32602,"message":"a","data":{"b":1}}})");
        row("JSON-RPC §5: the id could not be read", {},
            R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"a"}})");
        row("progress", {},
            notification("progress", R"({"progressToken":"a","progress":1,"total":2})"));
        row("cancelled", {}, notification("cancelled", R"({"requestId":1,"reason":"a"})"));
        row("log", {},
            notification("message", R"({"level":"info","logger":"a","data":{"b":1.5}})"));
        row("tools changed", {},
            R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})");
        row("resource updated", {}, notification("resources/updated", R"({"uri":"a:b"})"));
        if (revision == kStateless)
            continue;
        row("initialize", u"initialize"_s,
            answer(R"({"protocolVersion":"2025-06-18","capabilities":{"tools":{"listChanged":true},
                "logging":{},"experimental":{"a":{"b":1}}},
                "serverInfo":{"name":"a","version":"1"}})"));
        row("ping", u"ping"_s, answer("{}"));
        row("logging/setLevel", u"logging/setLevel"_s, answer("{}"));
        row("resources/subscribe", u"resources/subscribe"_s, answer("{}"));
        row("our ping", {}, R"({"jsonrpc":"2.0","id":1,"method":"ping"})");
        row("our roots/list", {}, R"({"jsonrpc":"2.0","id":1,"method":"roots/list"})");
        row("our sampling/createMessage", {},
            R"({"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":
            {"messages":[{"role":"user","content":{"type":"text","text":"a"}}],"maxTokens":5}})");
    }
    const auto row = [](const char *name, const QString &revision, const QString &method,
                        const QByteArray &message) {
        QTest::newRow(name) << revision << method << message;
    };
    const QByteArray ask = R"({"jsonrpc":"2.0","id":1,"method":"elicitation/create","params":
        {"message":"a","requestedSchema":{"type":"object","properties":{"b":{"type":"boolean"}}}}})";
    row("2025-06-18 elicitation/create", u"2025-06-18"_s, {}, ask);
    row("2025-11-25 elicitation/create", u"2025-11-25"_s, {}, ask);
    row("2025-06-18 titles and structured content", u"2025-06-18"_s, u"tools/call"_s,
        answer(R"({"content":[],"structuredContent":{"a":null}})"));
    row("2025-11-25 the status of a task", u"2025-11-25"_s, {},
        notification("tasks/status", R"({"taskId":"a","status":"working","createdAt":"b",
            "lastUpdatedAt":"c","ttl":null,"_meta":{}})"));
    row("2026-07-28 server/discover", kStateless, u"server/discover"_s,
        answer(R"({"resultType":"complete","ttlMs":0,"cacheScope":"public","supportedVersions":
            ["2026-07-28"],"capabilities":{"extensions":{"example.com/a":{"b":null,"c":1.5}}},
            "_meta":{"io.modelcontextprotocol/serverInfo":{"name":"a","version":"1"},"b":1}})"));
    row("2026-07-28 subscriptions/listen", kStateless, u"subscriptions/listen"_s,
        answer(R"({"resultType":"complete","_meta":
            {"io.modelcontextprotocol/subscriptionId":"a","b":1}})"));
    row("2026-07-28 a result that asks", kStateless, u"tools/call"_s,
        answer(R"({"resultType":"input_required","requestState":"s","inputRequests":{"a":
            {"method":"elicitation/create","params":{"message":"b","requestedSchema":
            {"type":"object","properties":{}}}}}})"));
    row("2026-07-28 structured content of any type", kStateless, u"tools/call"_s,
        answer(R"({"resultType":"complete","content":[],"structuredContent":[1]})"));
    row("2026-07-28 an error with its data", kStateless, u"tools/list"_s,
        R"({"jsonrpc":"2.0","id":1,"error":{"code":-32022,"message":"a","data":
        {"requested":"b","supported":["c"]}}})");
}

void TestMessageCheck::passesWhatIsRight()
{
    QFETCH(QString, revision);
    QFETCH(QString, method);
    QFETCH(QByteArray, message);
    QCOMPARE(complaints(message, revision, method), QString());
}

void TestMessageCheck::findsFaults_data()
{
    QTest::addColumn<QString>("revision");
    QTest::addColumn<QString>("method");
    QTest::addColumn<QByteArray>("message");
    QTest::addColumn<QString>("says");
    const auto row = [](const char *name, const QString &revision, const QString &method,
                        const QByteArray &message, const QString &says) {
        QTest::addRow("%s %s", qPrintable(revision), name) << revision << method << message << says;
    };
    const auto tool = [](const QByteArray &more) {
        return answer(R"({"tools":[{"name":"a","inputSchema":{"type":"object"})" + more + "}]}");
    };
    const auto list = u"tools/list"_s;
    const auto call = u"tools/call"_s;
    for (const auto &revision : kRevisions) {
        row("no version", revision, u"prompts/list"_s, R"({"id":1,"result":{}})",
            u"/jsonrpc is missing"_s);
        row("another version", revision, {}, R"({"jsonrpc":"1.0","method":"notifications/a"})",
            u"/jsonrpc must be \"2.0\""_s);
        row("an id that is none", revision, list, R"({"jsonrpc":"2.0","id":1.5,"result":{}})",
            u"/id must be"_s);
        row("an answer without id", revision, list, R"({"jsonrpc":"2.0","result":{}})",
            u"/id is missing"_s);
        row("neither result nor error", revision, list, R"({"jsonrpc":"2.0","id":1})",
            u"/result is missing"_s);
        row("both", revision, list,
            R"({"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}})",
            u"/result is not known here"_s);
        row("a fractional code", revision, list,
            R"({"jsonrpc":"2.0","id":1,"error":{"code":1.5,"message":""}})",
            u"/error/code must be a whole number"_s);
        row("an error without text", revision, list,
            R"({"jsonrpc":"2.0","id":1,"error":{"code":1}})", u"/error/message is missing"_s);
        row("an error with more", revision, list,
            R"({"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"","hint":1}})",
            u"/error/hint is not known here"_s);
        row("the envelope's own member", revision, list,
            R"({"jsonrpc":"2.0","id":1,"more":1,"result":{}})", u"/more is not known here"_s);
        row("a result of nothing", revision, {}, answer("{}"),
            u"no request of this revision has the method "_s);
        row("an unknown method", revision, u"tools/run"_s, answer("{}"),
            u"no request of this revision has the method tools/run"_s);
        row("nextCursor null", revision, list,
            answer(cacheable(R"({"tools":[],"nextCursor":null})", revision)),
            u"/result/nextCursor must be a string"_s);
        row("no tools", revision, list, answer("{}"), u"/result/tools is missing"_s);
        row("a tool without schema", revision, list, answer(R"({"tools":[{"name":"a"}]})"),
            u"/result/tools/0/inputSchema is missing"_s);
        row("a schema that is no object's", revision, list,
            answer(R"({"tools":[{"name":"a","inputSchema":{"type":"string"}}]})"),
            u"/result/tools/0/inputSchema/type must be \"object\""_s);
        row("unknown content", revision, call, answer(R"({"content":[{"type":"poem","text":""}]})"),
            u"/result/content/0/type must be"_s);
        row("content with more", revision, call,
            answer(
                withResultType(R"({"content":[{"type":"text","text":"","colour":1}]})", revision)),
            u"/result/content/0/colour is not known here"_s);
        row("no content", revision, call, answer("{}"), u"/result/content is missing"_s);
        row("an unknown role", revision, u"prompts/get"_s,
            answer(R"({"messages":[{"role":"system","content":{"type":"text","text":""}}]})"),
            u"/result/messages/0/role must be one of"_s);
        row("a client's notification", revision, {},
            R"({"jsonrpc":"2.0","method":"notifications/initialized"})",
            u"/method is not among what a server may send: notifications/initialized"_s);
        row("a client's request", revision, {}, R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})",
            u"/method is not among what a server may send: tools/list"_s);
        row("progress without token", revision, {}, notification("progress", R"({"progress":1})"),
            u"/params/progressToken is missing"_s);
        row("an unknown level", revision, {},
            notification("message", R"({"level":"loud","data":1})"),
            u"/params/level must be one of"_s);
    }
    row("title", u"2024-11-05"_s, list, tool(R"(,"title":"A")"),
        u"/result/tools/0/title is not known here; known are: description, inputSchema, name"_s);
    row("title", u"2025-03-26"_s, list, tool(R"(,"title":"A")"), u"title is not known here"_s);
    row("annotations", u"2024-11-05"_s, list, tool(R"(,"annotations":{})"),
        u"/result/tools/0/annotations is not known here"_s);
    row("outputSchema", u"2025-03-26"_s, list, tool(R"(,"outputSchema":{"type":"object"})"),
        u"/result/tools/0/outputSchema is not known here"_s);
    row("icons", u"2025-06-18"_s, list, tool(R"(,"icons":[])"),
        u"/result/tools/0/icons is not known here"_s);
    row("an icon without source", u"2025-11-25"_s, list, tool(R"(,"icons":[{}])"),
        u"/result/tools/0/icons/0/src is missing"_s);
    row("an output schema of a list", u"2025-11-25"_s, list,
        tool(R"(,"outputSchema":{"type":"array"})"), u"outputSchema/type must be \"object\""_s);
    row("structured content", u"2025-03-26"_s, call,
        answer(R"({"content":[],"structuredContent":{}})"),
        u"/result/structuredContent is not known here"_s);
    row("a structured list", u"2025-11-25"_s, call,
        answer(R"({"content":[],"structuredContent":[]})"),
        u"/result/structuredContent must be an object"_s);
    row("audio", u"2024-11-05"_s, call,
        answer(R"({"content":[{"type":"audio","data":"","mimeType":"audio/wav"}]})"),
        u"/result/content/0"_s);
    row("a title of the server", u"2025-03-26"_s, u"initialize"_s,
        answer(R"({"protocolVersion":"a","capabilities":{},"serverInfo":
            {"name":"a","version":"1","title":"A"}})"),
        u"/result/serverInfo/title is not known here"_s);
    row("completions", u"2024-11-05"_s, u"initialize"_s,
        answer(R"({"protocolVersion":"a","capabilities":{"completions":{}},"serverInfo":
            {"name":"a","version":"1"}})"),
        u"/result/capabilities/completions is not known here"_s);
    row("a message of progress", u"2024-11-05"_s, {},
        notification("progress", R"({"progressToken":1,"progress":1,"message":"a"})"),
        u"/params/message is not known here"_s);
    row("an elicitation", u"2025-03-26"_s, {},
        R"({"jsonrpc":"2.0","id":1,"method":"elicitation/create","params":{}})",
        u"/method is not among what a server may send: elicitation/create"_s);
    row("an elicitation that asks for an object", u"2025-06-18"_s, {},
        R"({"jsonrpc":"2.0","id":1,"method":"elicitation/create","params":{"message":"a",
        "requestedSchema":{"type":"object","properties":{"b":{"type":"object"}}}}})",
        u"/params/requestedSchema/properties/b"_s);
    row("discovery", u"2025-11-25"_s, u"server/discover"_s, answer("{}"),
        u"no request of this revision has the method server/discover"_s);
    row("no resultType", kStateless, list,
        answer(R"({"tools":[],"ttlMs":0,"cacheScope":"private"})"),
        u"/result/resultType is missing"_s);
    row("no time to live", kStateless, list, answer(R"({"tools":[],"resultType":"complete"})"),
        u"/result/ttlMs is missing"_s);
    row("a negative time to live", kStateless, list,
        answer(R"({"tools":[],"resultType":"complete","ttlMs":-1,"cacheScope":"private"})"),
        u"/result/ttlMs must be at least 0"_s);
    row("a method of handshakes", kStateless, u"initialize"_s,
        answer(R"({"resultType":"complete"})"),
        u"no request of this revision has the method initialize"_s);
    row("a request of ours", kStateless, {}, R"({"jsonrpc":"2.0","id":1,"method":"ping"})",
        u"/method is not among what a server may send: ping"_s);
    row("a list that asks", kStateless, list, answer(R"({"resultType":"input_required"})"),
        u"/result/resultType must not be \"input_required\" after tools/list"_s);
    row("a result that asks for nothing known", kStateless, call,
        answer(R"({"resultType":"input_required","inputRequests":{"a":{"method":"ping"}}})"),
        u"/result/inputRequests/a"_s);
    row("a result that asks and answers", kStateless, call,
        answer(R"({"resultType":"input_required","content":[]})"),
        u"/result/content is not known here"_s);
    row("a subscription without its id", kStateless, u"subscriptions/listen"_s,
        answer(R"({"resultType":"complete","_meta":{}})"),
        u"/result/_meta/io.modelcontextprotocol~1subscriptionId is missing"_s);
    row("an error without its data", kStateless, list,
        R"({"jsonrpc":"2.0","id":1,"error":{"code":-32022,"message":"a"}})",
        u"/error/data is missing"_s);
}

void TestMessageCheck::findsFaults()
{
    QFETCH(QString, revision);
    QFETCH(QString, method);
    QFETCH(QByteArray, message);
    QFETCH(QString, says);
    const auto found = complaints(message, revision, method);
    QVERIFY2(found.contains(says), qPrintable(found));
}

void TestMessageCheck::knowsEveryRevision_data()
{
    QTest::addColumn<QString>("revision");
    QTest::addColumn<QString>("says");
    QTest::newRow("none") << QString() << u"there is no schema of the revision "_s;
    QTest::newRow("one that was not published")
        << u"2024-10-07"_s << u"there is no schema of the revision 2024-10-07"_s;
    QTest::newRow("a way out") << u"../2025-11-25"_s
                               << u"there is no schema of the revision ../2025-11-25"_s;
}

void TestMessageCheck::knowsEveryRevision()
{
    QFETCH(QString, revision);
    QTEST(complaints(answer("{}"), revision, u"ping"_s), "says");
}

QTEST_GUILESS_MAIN(TestMessageCheck)
#include "tst_message_check.moc"
