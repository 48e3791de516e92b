// SPDX-License-Identifier: GPL-3.0-or-later
#include <apis/openapi_importer.h>
#include <apis/operation_tool.h>
#include <apis/output_shape.h>

#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

using namespace gatehouse;
using namespace gatehouse::apis;
using namespace Qt::StringLiterals;

namespace {

ApiConfig config(const QByteArray &baseUrl = "https://api.example.com/v1")
{
    return {u"todos"_s, u"todos.json"_s, QUrl(QString::fromLatin1(baseUrl)), {}, {}};
}

const QByteArray kComponents = R"(
  "components":{
    "securitySchemes":{
      "tenant":{"type":"oauth2","flows":{"authorizationCode":{
        "authorizationUrl":"https://t/a","tokenUrl":"https://t/t",
        "scopes":{"read:todos":"Read your todos","write:todos":"Change your todos"}}}},
      "key":{"type":"apiKey","in":"header","name":"X"}},
    "parameters":{"Id":{"name":"id","in":"path","required":true,"schema":{"type":"string"}}},
    "schemas":{
      "Todo":{"type":"object","required":["title"],"properties":{
        "title":{"type":"string","minLength":1},
        "id":{"type":"string","readOnly":true},
        "note":{"type":"string","nullable":true}}},
      "Tree":{"type":"object","properties":{
        "children":{"type":"array","items":{"$ref":"#/components/schemas/Tree"}}}},
      "Again":{"$ref":"#/components/schemas/Again2"},
      "Again2":{"$ref":"#/components/schemas/Again"}}})";

/// A document with this paths object.
QByteArray document(const QByteArray &paths, const QByteArray &extra = {},
                    const QByteArray &version = "3.0.3")
{
    return R"({"openapi":")" + version + R"(","info":{"title":"Todos API","version":"1"},"paths":)"
        + paths + ',' + extra + kComponents + '}';
}

/// A document with one operation on /todos/{id}.
QByteArray oneOperation(const QByteArray &operation, const QByteArray &method = "get")
{
    return document(R"({"/todos/{id}":{"parameters":[{"$ref":"#/components/parameters/Id"}],")"
                    + method + "\":" + operation + "}}");
}

QJsonObject json(const QByteArray &text)
{
    return QJsonDocument::fromJson(text).object();
}

} // namespace

class TestOpenApiImporter : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void outputs_data();
    void outputs();
    void shapes_data();
    void shapes();
    void badSchemasAreToldWithTheOperation();
    void readsOperations();
    void readsVersions_data();
    void readsVersions();
    void scopes_data();
    void scopes();
    void leavesOut_data();
    void leavesOut();
    void mergesBody();
    void otherBodiesStayWhole();
    void operationParametersReplaceThePaths();
    void convertsSchemas_data();
    void convertsSchemas();
    void recursiveSchemaStaysOpen();
    void refuses_data();
    void refuses();
    void namesEveryFault();
    void bounds_data();
    void bounds();
    void baseUrls_data();
    void baseUrls();
    void toolOfAnOperation_data();
    void toolOfAnOperation();
    void readsTheFileOfTheConfiguration();
};

void TestOpenApiImporter::readsOperations()
{
    const auto api = OpenApiImporter::import(
        config(), oneOperation(R"({"operationId":"get_todo","summary":"Get one",
            "description":"One todo.","parameters":[{"name":"fields","in":"query",
            "description":"Which","schema":{"type":"array","items":{"type":"string"}},
            "explode":false}],"security":[{"tenant":["read:todos"]}]})"));
    QVERIFY2(api.has_value(), qPrintable(api ? QString() : api.error().message));
    QCOMPARE(api->title, u"Todos API"_s);
    QCOMPARE(api->operations.size(), 1);
    const auto &operation = api->operations.first();
    QCOMPARE(operation.name, u"get_todo"_s);
    QCOMPARE(operation.title, u"Get one"_s);
    QCOMPARE(operation.description, u"One todo."_s);
    QCOMPARE(operation.method, QByteArray("GET"));
    QCOMPARE(operation.path, u"/todos/{id}"_s);
    QCOMPARE(operation.scopes, QStringList{u"read:todos"_s});
    QCOMPARE(operation.arguments.size(), 2);
    QCOMPARE(operation.arguments.at(0).name, u"id"_s);
    QVERIFY(operation.arguments.at(0).place == ArgumentPlace::Path);
    QVERIFY(operation.arguments.at(0).isRequired);
    QVERIFY(operation.arguments.at(1).place == ArgumentPlace::Query);
    QVERIFY(!operation.arguments.at(1).isRequired);
    QVERIFY(!operation.arguments.at(1).isExploded);
    QCOMPARE(operation.arguments.at(1).schema.value("description"_L1), QJsonValue(u"Which"_s));
    QCOMPARE(api->scopeDescriptions.value(u"read:todos"_s), u"Read your todos"_s);
}

void TestOpenApiImporter::readsVersions_data()
{
    QTest::addColumn<QByteArray>("version");
    QTest::addColumn<bool>("fine");
    QTest::newRow("3.0.0") << QByteArray("3.0.0") << true;
    QTest::newRow("3.1.1") << QByteArray("3.1.1") << true;
    QTest::newRow("2.0") << QByteArray("2.0") << false;
    QTest::newRow("4.0.0") << QByteArray("4.0.0") << false;
    QTest::newRow("none") << QByteArray() << false;
}

void TestOpenApiImporter::readsVersions()
{
    QFETCH(QByteArray, version);
    QTEST(OpenApiImporter::import(config(), document("{}", {}, version)).has_value(), "fine");
}

void TestOpenApiImporter::scopes_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("security"); ///< of the operation; empty: the document's counts
    QTest::addColumn<QStringList>("scopes");
    const auto row = [](const char *name, const QByteArray &method, const QByteArray &security,
                        const QStringList &scopes) {
        QTest::newRow(name) << method << security << scopes;
    };
    row("the operation's own", "get", R"([{"tenant":["write:todos"]}])", {u"write:todos"_s});
    row("the document's", "get", {}, {u"read:todos"_s});
    row("several", "get", R"([{"tenant":["read:todos","write:todos","read:todos"]}])",
        {u"read:todos"_s, u"write:todos"_s});
    row("the first alternative with OAuth", "get",
        R"([{"key":[]},{"tenant":["write:todos"]},{"tenant":["read:todos"]}])", {u"write:todos"_s});
    row("none: reading", "get", "[]", {u"api:todos:read"_s});
    row("none: HEAD reads", "head", "[]", {u"api:todos:read"_s});
    row("none: writing", "post", "[]", {u"api:todos:write"_s});
    row("none: deleting", "delete", R"([{"tenant":[]}])", {u"api:todos:write"_s});
    row("only a key", "get", R"([{"key":[]}])", {u"api:todos:read"_s});
}

void TestOpenApiImporter::scopes()
{
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, security);
    const QByteArray own = security.isEmpty() ? QByteArray() : ",\"security\":" + security;
    const auto api = OpenApiImporter::import(
        config(),
        document("{\"/todos\":{\"" + method + R"(":{"operationId":"x")" + own + "}}}",
                 R"("security":[{"tenant":["read:todos"]}],)"));
    QVERIFY2(api.has_value(), qPrintable(api ? QString() : api.error().message));
    QTEST(api->operations.first().scopes, "scopes");
}

void TestOpenApiImporter::leavesOut_data()
{
    QTest::addColumn<QByteArray>("paths");
    QTest::addColumn<int>("count");
    QTest::newRow("x-mcp disabled")
        << QByteArray(R"({"/a":{"get":{"operationId":"a","x-mcp":{"enabled":false}}}})") << 0;
    QTest::newRow("x-mcp disabled, otherwise unusable")
        << QByteArray(R"({"/a":{"post":{"x-mcp":{"enabled":false},"requestBody":{"content":{}}}}})")
        << 0;
    QTest::newRow("x-mcp enabled")
        << QByteArray(R"({"/a":{"get":{"operationId":"a","x-mcp":{"enabled":true}}}})") << 1;
    QTest::newRow("x-mcp without enabled")
        << QByteArray(R"({"/a":{"get":{"operationId":"a","x-mcp":{}}}})") << 1;
    QTest::newRow("options and trace are no tools")
        << QByteArray(R"({"/a":{"options":{},"trace":{},"get":{"operationId":"a"}}})") << 1;
    QTest::newRow("extensions beside the paths") << QByteArray(R"({"x-note":{"get":{}}})") << 0;
}

void TestOpenApiImporter::leavesOut()
{
    QFETCH(QByteArray, paths);
    const auto api = OpenApiImporter::import(config(), document(paths));
    QVERIFY2(api.has_value(), qPrintable(api ? QString() : api.error().message));
    QTEST(int(api->operations.size()), "count");
}

void TestOpenApiImporter::mergesBody()
{
    const auto api = OpenApiImporter::import(
        config(),
        oneOperation(R"({"operationId":"put_todo","requestBody":{"required":true,
            "content":{"application/json":{"schema":{"$ref":"#/components/schemas/Todo"}}}}})",
                     "put"));
    QVERIFY2(api.has_value(), qPrintable(api ? QString() : api.error().message));
    QCOMPARE(inputSchemaOf(api->operations.first()), json(R"({
        "type":"object","additionalProperties":false,"required":["id","title"],
        "properties":{"id":{"type":"string"},"title":{"type":"string","minLength":1},
                      "note":{"type":["string","null"]}}})"));
    QVERIFY(api->operations.first().needsBody);
}

void TestOpenApiImporter::otherBodiesStayWhole()
{
    const auto api = OpenApiImporter::import(
        config(),
        oneOperation(R"({"operationId":"post","requestBody":{"required":true,
            "content":{"application/json":{"schema":{"type":"array","items":
            {"type":"integer"}}}}}})",
                     "post"));
    QVERIFY(api.has_value());
    const auto &argument = api->operations.first().arguments.last();
    QCOMPARE(argument.name, u"body"_s);
    QVERIFY(argument.place == ArgumentPlace::WholeBody);
    QVERIFY(argument.isRequired);
}

void TestOpenApiImporter::operationParametersReplaceThePaths()
{
    const auto api =
        OpenApiImporter::import(config(), oneOperation(R"({"operationId":"x","parameters":[
            {"name":"id","in":"path","required":true,"schema":{"type":"integer"}}]})"));
    QVERIFY2(api.has_value(), qPrintable(api ? QString() : api.error().message));
    QCOMPARE(api->operations.first().arguments.size(), 1);
    QCOMPARE(api->operations.first().arguments.first().schema, json(R"({"type":"integer"})"));
}

void TestOpenApiImporter::convertsSchemas_data()
{
    QTest::addColumn<QByteArray>("openapi");
    QTest::addColumn<QByteArray>("jsonSchema");
    const auto row = [](const char *name, const QByteArray &from, const QByteArray &to) {
        QTest::newRow(name) << from << to;
    };
    row("3.0 nullable", R"({"type":"string","nullable":true})", R"({"type":["string","null"]})");
    row("3.0 nullable enum", R"({"type":"string","nullable":true,"enum":["a"]})",
        R"({"type":["string","null"],"enum":["a",null]})");
    row("3.0 exclusive flag", R"({"type":"integer","minimum":1,"exclusiveMinimum":true})",
        R"({"type":"integer","exclusiveMinimum":1})");
    row("3.0 exclusive flag off", R"({"type":"integer","maximum":1,"exclusiveMaximum":false})",
        R"({"type":"integer","maximum":1})");
    row("3.1 exclusive number", R"({"type":"integer","exclusiveMinimum":0})",
        R"({"type":"integer","exclusiveMinimum":0})");
    row("OpenAPI's own words", R"({"type":"string","example":"x","xml":{},"externalDocs":{}})",
        R"({"type":"string"})");
    row("a property may be called example",
        R"({"type":"array","items":{"type":"object","properties":{"example":{"type":"string"}}}})",
        R"({"type":"array","items":{"type":"object","properties":{"example":{"type":"string"}}}})");
    row("3.1 words beside a reference",
        R"({"$ref":"#/components/parameters/Id/schema","description":"D"})",
        R"({"type":"string","description":"D"})");
    row("a default may look like a reference", R"({"type":"array","default":[{"$ref":"x"}]})",
        R"({"type":"array","default":[{"$ref":"x"}]})");
    row("booleans for properties",
        R"({"type":"array","items":{"properties":{"a":true,"b":false},"minProperties":1}})",
        R"({"type":"array","items":{"properties":{"a":{},"b":{"not":{}}},"minProperties":1}})");
    row("identities of what is inlined",
        R"({"type":"string","$id":"urn:x","$schema":"s","$anchor":"a","$defs":{"d":{"$id":"y"}}})",
        R"({"type":"string"})");
    row("alternatives", R"({"anyOf":[{"type":"string","nullable":true},{"type":"integer"}]})",
        R"({"anyOf":[{"type":["string","null"]},{"type":"integer"}]})");
}

void TestOpenApiImporter::convertsSchemas()
{
    QFETCH(QByteArray, openapi);
    QFETCH(QByteArray, jsonSchema);
    const auto api = OpenApiImporter::import(config(),
                                             oneOperation(R"({"operationId":"x","parameters":[
            {"name":"q","in":"query","schema":)" + openapi + "}]}"));
    QVERIFY2(api.has_value(), qPrintable(api ? QString() : api.error().message));
    QCOMPARE(api->operations.first().arguments.last().schema, json(jsonSchema));
}

void TestOpenApiImporter::recursiveSchemaStaysOpen()
{
    const auto api = OpenApiImporter::import(
        config(),
        oneOperation(R"({"operationId":"x","requestBody":{"content":{"application/json":
            {"schema":{"$ref":"#/components/schemas/Tree"}}}}})",
                     "post"));
    QVERIFY2(api.has_value(), qPrintable(api ? QString() : api.error().message));
    QCOMPARE(api->operations.first().arguments.last().schema,
             json(R"({"type":"array","items":{}})"));
}

void TestOpenApiImporter::refuses_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("path"); ///< where the message says it is
    const auto row = [](const char *name, const QByteArray &text, const QString &path) {
        QTest::newRow(name) << text << path;
    };
    const auto parameter = [](const QByteArray &text) {
        return oneOperation(R"({"operationId":"x","parameters":[)" + text + "]}");
    };
    row("no JSON", "openapi: 3.0.0", u"not valid"_s);
    row("no operationId", oneOperation("{}"), u"paths./todos/{id}.get.operationId"_s);
    row("operationId with a space", oneOperation(R"({"operationId":"get todo"})"),
        u"paths./todos/{id}.get.operationId"_s);
    row("operationId of 129 characters",
        oneOperation(R"({"operationId":")" + QByteArray(129, 'a') + "\"}"),
        u"paths./todos/{id}.get.operationId"_s);
    row("operationId twice",
        document(R"({"/a":{"get":{"operationId":"x"}},"/b":{"get":{"operationId":"x"}}})"),
        u"paths./b.get.operationId"_s);
    row("required header", parameter(R"({"name":"h","in":"header","required":true,"schema":{}})"),
        u"paths./todos/{id}.get.parameters[0]"_s);
    row("object in the query", parameter(R"({"name":"q","in":"query","schema":{"type":"object"}})"),
        u"paths./todos/{id}.get.parameters[0]"_s);
    row("parameter without schema", parameter(R"({"name":"q","in":"query","content":{}})"),
        u"paths./todos/{id}.get.parameters[0]"_s);
    row("reference to a file",
        parameter(R"({"name":"q","in":"query","schema":{"$ref":"other.json#/x"}})"),
        u"paths./todos/{id}.get.parameters[0].schema"_s);
    row("reference to the web",
        parameter(R"({"name":"q","in":"query","schema":{"$ref":"http://evil/x"}})"),
        u"paths./todos/{id}.get.parameters[0].schema"_s);
    row("reference to nothing",
        parameter(R"({"name":"q","in":"query","schema":{"$ref":"#/components/schemas/No"}})"),
        u"paths./todos/{id}.get.parameters[0].schema"_s);
    row("circle of parameter references", parameter(R"({"$ref":"#/components/schemas/Again"})"),
        u"paths./todos/{id}.get.parameters[0]"_s);
    row("body as a form",
        oneOperation(R"({"operationId":"x","requestBody":{"content":{"multipart/form-data":{}}}})",
                     "post"),
        u"paths./todos/{id}.post.requestBody"_s);
    row("body property called like a parameter",
        oneOperation(R"({"operationId":"x","requestBody":{"content":{"application/json":{"schema":
            {"type":"object","properties":{"id":{"type":"string"}}}}}}})",
                     "post"),
        u"schema.properties.id"_s);
    row("path parameter that is not declared",
        document(R"({"/a/{b}":{"get":{"operationId":"x"}}})"), u"paths./a/{b}.get"_s);
    row("path parameter that the path lacks",
        document(R"({"/a":{"get":{"operationId":"x","parameters":[
            {"name":"b","in":"path","required":true,"schema":{"type":"string"}}]}}})"),
        u"paths./a.get"_s);
    row("path with dot segments", document(R"({"/a/../admin":{"get":{"operationId":"x"}}})"),
        u"paths./a/../admin.get"_s);
    row("path with an escaped dot segment",
        document(R"({"/%2e%2e/admin":{"get":{"operationId":"x"}}})"), u"paths./%2e%2e/admin.get"_s);
    row("path without a slash", document(R"({"a":{"get":{"operationId":"x"}}})"), u"paths.a.get"_s);
    row("path with a query", document(R"({"/a?b=c":{"get":{"operationId":"x"}}})"),
        u"paths./a?b=c.get"_s);
    row("unknown security scheme",
        oneOperation(R"({"operationId":"x","security":[{"other":["read:todos"]}]})"),
        u"paths./todos/{id}.get.security[0].other"_s);
    row("scope with a quote",
        oneOperation(R"({"operationId":"x","security":[{"tenant":["a\"b"]}]})"),
        u"paths./todos/{id}.get.security[0]"_s);
}

void TestOpenApiImporter::refuses()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, path);
    const auto api = OpenApiImporter::import(config(), text);
    QVERIFY(!api.has_value());
    QVERIFY2(api.error().message.contains(path), qPrintable(api.error().message));
    QVERIFY(api.error().message.contains(u"\"todos\""_s));
}

void TestOpenApiImporter::namesEveryFault()
{
    const auto api = OpenApiImporter::import(
        config(), document(R"({"/a":{"get":{}},"/b":{"get":{"operationId":"x y"}}})"));
    QVERIFY(!api.has_value());
    QVERIFY(api.error().message.contains(u"paths./a.get"_s));
    QVERIFY(api.error().message.contains(u"paths./b.get"_s));
}

void TestOpenApiImporter::bounds_data()
{
    QTest::addColumn<QByteArray>("schema");
    QTest::newRow("too deep")
        << QByteArray(R"({"items":)").repeated(OpenApiDocument::kDeepestSchema + 1) + "{}"
            + QByteArray(OpenApiDocument::kDeepestSchema + 1, '}');
    // Each level doubles: 2^20 parts from a few lines.
    QByteArray doubling = R"({"$ref":"#/components/schemas/L0"})";
    QTest::newRow("grows by references") << doubling;
}

void TestOpenApiImporter::bounds()
{
    QFETCH(QByteArray, schema);
    QByteArray levels;
    for (int i = 0; i < 14; ++i) {
        const auto next = R"({"$ref":"#/components/schemas/L)" + QByteArray::number(i + 1) + "\"}";
        levels += "\"L" + QByteArray::number(i) + R"(":{"anyOf":[)" + next + ',' + next + ',' + next
            + "]},";
    }
    auto text = oneOperation(R"({"operationId":"x","parameters":[
        {"name":"q","in":"query","schema":)"
                             + schema + "}]}");
    text.replace(R"("schemas":{)", R"("schemas":{)" + levels + R"("L14":{},)");
    const auto api = OpenApiImporter::import(config(), text);
    QVERIFY(!api.has_value());
    QVERIFY2(api.error().message.contains(u"too deep or too large"_s),
             qPrintable(api.error().message));
}

void TestOpenApiImporter::baseUrls_data()
{
    QTest::addColumn<QByteArray>("url");
    QTest::addColumn<bool>("fine");
    const auto row = [](const QByteArray &url, bool fine) {
        QTest::newRow(url.constData()) << url << fine;
    };
    row("https://api.example.com", true);
    row("https://api.example.com/", true);
    row("https://api.example.com:8443/v1/", true);
    row("http://127.0.0.1:8379", true);
    row("http://localhost:8379", true);
    row("http://[::1]:8379", true);
    row("http://api.example.com", false);
    row("http://127.0.0.1.example.com", false);
    row("ftp://api.example.com", false);
    row("file:///etc/passwd", false);
    row("https://user:pw@api.example.com", false);
    row("https://api.example.com?x=1", false);
    row("https://api.example.com#x", false);
    row("https://api.example.com/a/../b", false);
    row("https:///x", false);
    row("", false);
}

void TestOpenApiImporter::baseUrls()
{
    QFETCH(QByteArray, url);
    QTEST(OpenApiImporter::import(config(url), document("{}")).has_value(), "fine");
}

void TestOpenApiImporter::toolOfAnOperation_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<bool>("reads");
    QTest::addColumn<bool>("destroys");
    QTest::addColumn<bool>("repeatable");
    QTest::newRow("GET") << QByteArray("GET") << true << false << true;
    QTest::newRow("POST") << QByteArray("POST") << false << false << false;
    QTest::newRow("PUT") << QByteArray("PUT") << false << false << true;
    QTest::newRow("PATCH") << QByteArray("PATCH") << false << false << false;
    QTest::newRow("DELETE") << QByteArray("DELETE") << false << true << true;
}

void TestOpenApiImporter::toolOfAnOperation()
{
    QFETCH(QByteArray, method);
    Operation operation;
    operation.name = u"x"_s;
    operation.method = method;
    operation.scopes = {u"read:todos"_s};
    const auto tool = toolOf(operation);
    QTEST(tool.annotations.value("readOnlyHint"_L1).toBool(), "reads");
    QTEST(tool.annotations.value("destructiveHint"_L1).toBool(), "destroys");
    QTEST(tool.annotations.value("idempotentHint"_L1).toBool(), "repeatable");
    QCOMPARE(tool.annotations.value("openWorldHint"_L1), QJsonValue(false));
    QCOMPARE(tool.scopes, operation.scopes);
    QCOMPARE(tool.inputSchema.value("type"_L1), QJsonValue(u"object"_s));
}

void TestOpenApiImporter::readsTheFileOfTheConfiguration()
{
    const QTemporaryDir dir;
    const auto missing = importApi(config(), dir.path());
    QVERIFY(!missing.has_value());
    QVERIFY(missing.error().remedy.contains(u"openapi"_s));
    QFile file(dir.filePath(u"todos.json"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(document(R"({"/a":{"get":{"operationId":"a"}}})"));
    file.close();
    const auto api = importApi(config(), dir.path());
    QVERIFY(api.has_value());
    QCOMPARE(api->operations.size(), 1);
}

void TestOpenApiImporter::outputs_data()
{
    QTest::addColumn<QByteArray>("responses");
    QTest::addColumn<QByteArray>("schema"); ///< empty: none
    const auto answers = [](const QByteArray &schema) {
        return R"({"description":"x","content":{"application/json":{"schema":)" + schema + "}}}";
    };
    const auto ok = [&](const QByteArray &schema) { return R"({"200":)" + answers(schema) + '}'; };
    QTest::newRow("an object") << ok(R"({"type":"object","properties":{"n":{"type":"integer"}}})")
                               << QByteArray(
                                      R"({"type":"object","properties":{"n":{"type":"integer"}}})");
    QTest::newRow("a reference") << ok(R"({"$ref":"#/components/schemas/Todo"})")
                                 << QByteArray("Todo");
    QTest::newRow("a list stands under result")
        << ok(R"({"type":"array","items":{"type":"string"}})")
        << QByteArray(R"({"type":"object","required":["result"],
                          "properties":{"result":{"type":"array","items":{"type":"string"}}}})");
    QTest::newRow("an object or not")
        << ok(R"({"anyOf":[{"type":"object"},{"type":"string"}]})") << QByteArray();
    QTest::newRow("201") << R"({"201":)" + answers(R"({"type":"object"})") + '}'
                         << QByteArray(R"({"type":"object"})");
    QTest::newRow("2XX and an error") << R"({"2XX":)" + answers(R"({"type":"object"})")
            + R"(,"404":)" + answers(R"({"type":"string"})")
            + '}' << QByteArray(R"({"type":"object"})");
    QTest::newRow("two successes")
        << R"({"200":)" + answers(R"({"type":"object"})") + R"(,"204":{"description":"none"}})"
        << QByteArray();
    QTest::newRow("default alone")
        << R"({"default":)" + answers(R"({"type":"object"})") + '}' << QByteArray();
    QTest::newRow("another type") << QByteArray(
        R"({"200":{"content":{"text/plain":{"schema":{"type":"object"}}}}})")
                                  << QByteArray();
    QTest::newRow("no schema") << QByteArray(R"({"200":{"description":"x"}})") << QByteArray();
    QTest::newRow("a reference to nothing")
        << ok(R"({"$ref":"#/components/schemas/None"})") << QByteArray();
    QTest::newRow("references in a circle")
        << ok(R"({"$ref":"#/components/schemas/Again"})") << QByteArray();
    QTest::newRow("responses that are none") << QByteArray("7") << QByteArray();
}

/// Whatever a document says of answers, its operations can be called.
void TestOpenApiImporter::outputs()
{
    QFETCH(QByteArray, responses);
    QFETCH(QByteArray, schema);
    const auto api = OpenApiImporter::import(
        config(), oneOperation(R"({"operationId":"get_todo","responses":)" + responses + '}'));
    QVERIFY2(api.has_value(), qPrintable(api ? QString() : api.error().message));
    const auto output = toolOf(api->operations.first()).outputSchema;
    QCOMPARE(output.has_value(), !schema.isEmpty());
    if (schema == "Todo")
        QCOMPARE((*output)["properties"_L1]["title"_L1]["type"_L1].toString(), u"string"_s);
    else if (output)
        QCOMPARE(*output, json(schema));
}

void TestOpenApiImporter::shapes_data()
{
    QTest::addColumn<QByteArray>("schema");
    QTest::addColumn<QByteArray>("shape");
    const auto row = [](const char *name, const QByteArray &schema, const QByteArray &shape) {
        QTest::newRow(name) << schema << shape;
    };
    row("words", R"({"title":"T","description":"D","format":"uuid","default":1,"x-a":2})",
        R"({"title":"T","description":"D"})");
    row("words that are none", R"({"title":7,"description":{}})", "{}");
    row("types", R"({"type":["string","null","string","any"]})", R"({"type":["string","null"]})");
    row("no type", R"({"type":"any"})", "{}");
    row("values", R"({"enum":[1,1,"a",null],"const":{"minLength":1}})",
        R"({"enum":[1,"a",null],"const":{"minLength":1}})");
    row("no values", R"({"enum":[]})", "{}");
    row("limits", R"({"type":"string","minLength":"3","pattern":"(?i)a","maxLength":5})",
        R"({"type":"string"})");
    row("identities", R"({"$id":"urn:x","$schema":"http://x","$anchor":"a","$dynamicRef":"#b"})",
        "{}");
    row("booleans for schemas", R"({"properties":{"a":true,"b":false}})",
        R"({"properties":{"a":{},"b":{}}})");
    row("properties with the names of keywords",
        R"({"properties":{"pattern":{"type":"string","pattern":"("},"$id":{"type":"integer"}}})",
        R"({"properties":{"pattern":{"type":"string"},"$id":{"type":"integer"}}})");
    row("required", R"({"properties":{"a":{},"b":{"writeOnly":true}},"required":["a","b","a",7]})",
        R"({"properties":{"a":{},"b":{}},"required":["a"]})");
    row("required as a flag", R"({"required":true})", "{}");
    row("additional", R"({"additionalProperties":{"type":"string","minLength":1}})",
        R"({"additionalProperties":{"type":"string"}})");
    row("none additional", R"({"additionalProperties":false})",
        R"({"additionalProperties":false})");
    row("patterns", R"({"patternProperties":{"^x":{}},"additionalProperties":false})", "{}");
    row("items", R"({"items":{"type":"string","pattern":"a"},"minItems":-1})",
        R"({"items":{"type":"string"}})");
    row("items by place", R"({"prefixItems":[{"type":"string"}],"items":false})", "{}");
    row("one of several", R"({"oneOf":[{"type":"string","minLength":1},true]})",
        R"({"anyOf":[{"type":"string"},{}]})");
    row("any and one", R"({"anyOf":[{"type":"string"}],"oneOf":[{"const":"a"}]})",
        R"({"allOf":[{"anyOf":[{"type":"string"}]},{"anyOf":[{"const":"a"}]}]})");
    row("all", R"({"allOf":[{"required":["a"]},{"not":{"required":["b"]}}]})",
        R"({"allOf":[{"required":["a"]},{}]})");
    row("conditions", R"({"if":{"required":["a"]},"then":{"required":["b"]},"not":{}})", "{}");
}

void TestOpenApiImporter::shapes()
{
    QFETCH(QByteArray, schema);
    QFETCH(QByteArray, shape);
    QCOMPARE(outputShape(json(schema)), json(shape));
    QVERIFY(mcp::JsonSchema::compile(outputShape(json(schema))));
}

void TestOpenApiImporter::badSchemasAreToldWithTheOperation()
{
    const auto api =
        OpenApiImporter::import(config(), oneOperation(R"({"operationId":"get_todo","parameters":[
            {"name":"q","in":"query","schema":{"type":"string","pattern":"("}}]})"));
    QVERIFY2(api.has_value(), qPrintable(api ? QString() : api.error().message));
    mcp::ToolRegistry registry;
    const auto added = addTool(registry, toolOf(api->operations.first()), api->title);
    QVERIFY(!added);
    QVERIFY2(added.error().message.contains(u"\"get_todo\" of Todos API"_s),
             qPrintable(added.error().message));
    QVERIFY(added.error().remedy.contains(u"x-mcp"_s));
}

QTEST_GUILESS_MAIN(TestOpenApiImporter)
#include "tst_openapi_importer.moc"
