// SPDX-License-Identifier: GPL-3.0-or-later
#include <apis/api_answer.h>
#include <apis/request_builder.h>

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace gatehouse;
using namespace gatehouse::apis;
using namespace Qt::StringLiterals;

namespace {

QJsonObject json(const QByteArray &text)
{
    return QJsonDocument::fromJson(text).object();
}

Argument argument(const QString &name, ArgumentPlace place, const QByteArray &schema,
                  bool isRequired = false, bool isExploded = true)
{
    return {name, place, json(schema), isRequired, isExploded};
}

Operation operation()
{
    Operation operation;
    operation.name = u"update_todo"_s;
    operation.method = "PUT";
    operation.path = u"/todos/{id}/done"_s;
    operation.arguments = {
        argument(u"id"_s, ArgumentPlace::Path, R"({"type":"string"})", true),
        argument(u"limit"_s, ArgumentPlace::Query, R"({"type":"integer"})"),
        argument(u"flag"_s, ArgumentPlace::Query, R"({"type":"boolean"})"),
        argument(u"q"_s, ArgumentPlace::Query, R"({"type":"string"})"),
        argument(u"sort"_s, ArgumentPlace::Query, R"({"type":"string","enum":["up","down"]})"),
        argument(u"tag"_s, ArgumentPlace::Query, R"({"type":"array"})"),
        argument(u"ids"_s, ArgumentPlace::Query, R"({"type":"array"})", false, false),
        argument(u"title"_s, ArgumentPlace::Body, R"({"type":"string"})", true),
        argument(u"note"_s, ArgumentPlace::Body, R"({"type":["string","null"]})"),
        argument(u"count"_s, ArgumentPlace::Body, R"({"type":"number"})"),
    };
    return operation;
}

const QUrl kBase(u"https://api.example.com/v1"_s);

} // namespace

class TestApiRequest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void buildsUrls_data();
    void buildsUrls();
    void refuses_data();
    void refuses();
    void refusesDotSegmentsOfTwoArguments();
    void buildsBodies_data();
    void buildsBodies();
    void baseUrlSlash();
    void wholeBody();
    void answers_data();
    void answers();
    void structuredAnswers_data();
    void structuredAnswers();
};

void TestApiRequest::buildsUrls_data()
{
    QTest::addColumn<QByteArray>("arguments");
    QTest::addColumn<QByteArray>("url"); ///< after the base
    const auto row = [](const char *name, const QByteArray &arguments, const QByteArray &url) {
        QTest::newRow(name) << arguments << url;
    };
    row("plain", R"({"id":"7"})", "/todos/7/done");
    row("spaces", R"({"id":"a b"})", "/todos/a%20b/done");
    row("question mark cannot begin a query", R"({"id":"a?admin=1"})", "/todos/a%3Fadmin%3D1/done");
    row("hash cannot begin a fragment", R"({"id":"a#b"})", "/todos/a%23b/done");
    row("an escape is text", R"({"id":"%2e%2e"})", "/todos/%252e%252e/done");
    row("an escaped slash is text", R"({"id":"a%2Fb"})", "/todos/a%252Fb/done");
    row("three dots are a name", R"({"id":"..."})", "/todos/.../done");
    row("braces are text", R"({"id":"{limit}"})", "/todos/%7Blimit%7D/done");
    row("not ASCII", R"({"id":"ü"})", "/todos/%C3%BC/done");
    row("number", R"({"id":"7","limit":20})", "/todos/7/done?limit=20");
    row("large number", R"({"id":"7","limit":9007199254740993})",
        "/todos/7/done?limit=9007199254740993");
    row("flag", R"({"id":"7","flag":false})", "/todos/7/done?flag=false");
    row("ampersand and equals sign stay in their value", R"({"id":"7","q":"a&admin=1"})",
        "/todos/7/done?q=a%26admin%3D1");
    row("plus is no space", R"({"id":"7","q":"a+b"})", "/todos/7/done?q=a%2Bb");
    row("line breaks are escaped", R"({"id":"7","q":"a\r\nX: y"})",
        "/todos/7/done?q=a%0D%0AX%3A%20y");
    row("list, repeated", R"({"id":"7","tag":["a","b,c"]})", "/todos/7/done?tag=a&tag=b%2Cc");
    row("list, joined", R"({"id":"7","ids":[1,2]})", "/todos/7/done?ids=1,2");
    row("empty list", R"({"id":"7","tag":[]})", "/todos/7/done");
    row("null means left out", R"({"id":"7","limit":null})", "/todos/7/done");
}

void TestApiRequest::buildsUrls()
{
    QFETCH(QByteArray, arguments);
    QFETCH(QByteArray, url);
    const auto request = buildRequest(operation(), kBase, json(arguments));
    QVERIFY2(request.has_value(), qPrintable(request ? QString() : request.error()));
    QCOMPARE(request->url.toEncoded(QUrl::FullyEncoded), "https://api.example.com/v1" + url);
    QCOMPARE(request->method, QByteArray("PUT"));
}

void TestApiRequest::refuses_data()
{
    QTest::addColumn<QByteArray>("arguments");
    QTest::addColumn<QString>("says");
    const auto row = [](const char *name, const QByteArray &arguments, const QString &says) {
        QTest::newRow(name) << arguments << says;
    };
    row("missing", "{}", u"\"id\" is missing"_s);
    row("null where required", R"({"id":null})", u"\"id\" must be of type string"_s);
    row("empty segment", R"({"id":""})", u"\"id\" must not be empty"_s);
    row("dot segment", R"({"id":"."})", u"\"id\""_s);
    row("dot dot segment", R"({"id":".."})", u"\"id\""_s);
    row("slash", R"({"id":"../admin"})", u"\"id\""_s);
    row("backslash", R"({"id":"..\\admin"})", u"\"id\""_s);
    row("NUL", R"({"id":"a\u0000b"})", u"\"id\""_s);
    row("line break in the path", R"({"id":"a\r\nHost: evil"})", u"\"id\""_s);
    row("number as text", R"({"id":"7","limit":"20"})", u"\"limit\" must be of type integer"_s);
    row("fraction", R"({"id":"7","limit":1.5})", u"\"limit\" must be of type integer"_s);
    row("text as flag", R"({"id":"7","flag":"true"})", u"\"flag\" must be of type boolean"_s);
    row("object in the path", R"({"id":{"a":1}})", u"\"id\" must be of type string"_s);
    row("list of objects in the query", R"({"id":"7","tag":[{"a":1}]})", u"\"tag\" must be"_s);
    row("not in the enum", R"({"id":"7","sort":"left"})",
        u"\"sort\" must be one of \"up\", \"down\""_s);
    row("unknown", R"({"id":"7","force":true})", u"\"force\" is not an argument"_s);
    row("unknown says what there is", R"({"id":"7","force":true})", u"it takes: id, limit"_s);
    row("a body needs its required part", R"({"id":"7","note":"x"})", u"\"title\" is missing"_s);
    row("type in the body", R"({"id":"7","title":3})", u"\"title\" must be of type string"_s);
    row("all at once", R"({"limit":"x","force":1})", u"\"force\" is not an argument"_s);
}

void TestApiRequest::refuses()
{
    QFETCH(QByteArray, arguments);
    QFETCH(QString, says);
    const auto request = buildRequest(operation(), kBase, json(arguments));
    QVERIFY(!request.has_value());
    QVERIFY2(request.error().contains(says), qPrintable(request.error()));
}

void TestApiRequest::refusesDotSegmentsOfTwoArguments()
{
    Operation two;
    two.path = u"/files/{name}{extension}"_s;
    two.arguments = {argument(u"name"_s, ArgumentPlace::Path, R"({"type":"string"})", true),
                     argument(u"extension"_s, ArgumentPlace::Path, R"({"type":"string"})", true)};
    QVERIFY(!buildRequest(two, kBase, json(R"({"name":".","extension":"."})")).has_value());
    const auto fine = buildRequest(two, kBase, json(R"({"name":"a","extension":".txt"})"));
    QVERIFY(fine.has_value());
    QCOMPARE(fine->url.path(), u"/v1/files/a.txt"_s);
}

void TestApiRequest::buildsBodies_data()
{
    QTest::addColumn<bool>("needsBody");
    QTest::addColumn<QByteArray>("arguments");
    QTest::addColumn<QByteArray>("body"); ///< empty: none
    QTest::newRow("left out") << false << QByteArray(R"({"id":"7"})") << QByteArray();
    QTest::newRow("brought") << false << QByteArray(R"({"id":"7","title":"a \"b\"","count":2})")
                             << QByteArray(R"({"count":2,"title":"a \"b\""})");
    QTest::newRow("null that the schema allows")
        << false << QByteArray(R"({"id":"7","title":"a","note":null})")
        << QByteArray(R"({"note":null,"title":"a"})");
    QTest::newRow("null that it does not allow is left out")
        << false << QByteArray(R"({"id":"7","title":"a","count":null})")
        << QByteArray(R"({"title":"a"})");
    QTest::newRow("required") << true << QByteArray(R"({"id":"7","title":"a"})")
                              << QByteArray(R"({"title":"a"})");
}

void TestApiRequest::buildsBodies()
{
    QFETCH(bool, needsBody);
    QFETCH(QByteArray, arguments);
    QFETCH(QByteArray, body);
    auto put = operation();
    put.needsBody = needsBody;
    const auto request = buildRequest(put, kBase, json(arguments));
    QVERIFY2(request.has_value(), qPrintable(request ? QString() : request.error()));
    QCOMPARE(request->body.has_value(), !body.isEmpty());
    QCOMPARE(request->body.value_or(QByteArray()), body);
}

void TestApiRequest::baseUrlSlash()
{
    for (const auto &base : {u"https://api.example.com"_s, u"https://api.example.com/"_s}) {
        const auto request = buildRequest(operation(), QUrl(base), json(R"({"id":"7"})"));
        QVERIFY(request.has_value());
        QCOMPARE(request->url.toString(), u"https://api.example.com/todos/7/done"_s);
    }
}

void TestApiRequest::wholeBody()
{
    Operation post;
    post.path = u"/x"_s;
    post.arguments = {argument(u"body"_s, ArgumentPlace::WholeBody, R"({"type":"array"})", true)};
    const auto request = buildRequest(post, kBase, json(R"({"body":[1,{"a":2}]})"));
    QVERIFY(request.has_value());
    QCOMPARE(*request->body, QByteArray(R"([1,{"a":2}])"));
    QVERIFY(!buildRequest(post, kBase, json(R"({"body":{}})")).has_value());
}

void TestApiRequest::answers_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<bool>("isError");
    QTest::addColumn<QString>("says");
    const QByteArray json = "application/json; charset=utf-8";
    const auto row = [](const char *name, int status, const QByteArray &type,
                        const QByteArray &body, bool isError, const QString &says) {
        QTest::newRow(name) << status << type << body << isError << says;
    };
    row("200 JSON as it came", 200, json, R"({"b":1, "a":2})", false, uR"({"b":1, "a":2})"_s);
    row("201", 201, json, "{}", false, u"{}"_s);
    row("204", 204, {}, {}, false, u"Done. Todos API answered 204 without content."_s);
    row("200 plain text", 200, "text/plain", "hello", false, u"hello"_s);
    row("200 picture", 200, "image/png", QByteArray(12, '\x01'), false, u"12 bytes of image/png"_s);
    row("302", 302, {}, {}, true, u"Todos API answered 302, a redirect."_s);
    row("400 with detail", 400, json, R"({"detail":"title is too long"})", true,
        u"Todos API answered 400: title is too long"_s);
    row("401", 401, json, {}, true, u"not even with a new token (401)"_s);
    row("403", 403, json, R"({"message":"read:billing is missing"})", true,
        u"lacks the permission for this: read:billing is missing."_s);
    row("403 in words", 403, "text/plain", "Unauthorized", true, u"Todos API refused (403)"_s);
    row("404", 404, json, R"({"error":"no such todo"})", true,
        u"Todos API answered 404: no such todo"_s);
    row("500 as page shows nothing of it", 500, "text/html", "<html><b>Oops</b></html>", true,
        u"Todos API answered 500."_s);
    row("503", 503, "text/plain", "back\r\nsoon\x1b[2J", true,
        u"Todos API answered 503: back  soon\uFFFD[2J"_s);
    row("503 long", 503, "text/plain", QByteArray(100'000, 'x'), true, u"x\u2026"_s);
}

void TestApiRequest::answers()
{
    QFETCH(int, status);
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, body);
    QFETCH(QString, says);
    const auto result = toToolResult(u"Todos API"_s, {status, type, body});
    QTEST(result.isError, "isError");
    QVERIFY2(result.text.contains(says), qPrintable(result.text));
    if (result.isError) {
        QVERIFY(result.text.size() < 600);
        QVERIFY(!result.structured);
    }
}

void TestApiRequest::structuredAnswers_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("structured"); ///< empty: none
    QTest::newRow("object") << QByteArray(R"({"a":1})") << QByteArray(R"({"a":1})");
    QTest::newRow("list") << QByteArray("[1,2]") << QByteArray(R"({"result":[1,2]})");
    QTest::newRow("text") << QByteArray("\"x\"") << QByteArray(R"({"result":"x"})");
    QTest::newRow("null") << QByteArray("null") << QByteArray(R"({"result":null})");
    QTest::newRow("no JSON") << QByteArray("hello") << QByteArray();
    QTest::newRow("two values are no JSON") << QByteArray("1,2") << QByteArray();
}

void TestApiRequest::structuredAnswers()
{
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, structured);
    const auto result = toToolResult(u"X"_s, {200, "application/json", body});
    QCOMPARE(result.text, QString::fromUtf8(body));
    QCOMPARE(result.structured.has_value(), !structured.isEmpty());
    QCOMPARE(result.structured.value_or(QJsonObject()), json(structured));
}

QTEST_GUILESS_MAIN(TestApiRequest)
#include "tst_api_request.moc"
