// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/json_schema.h>

#include <QElapsedTimer>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace gatehouse;
using namespace gatehouse::mcp;
using namespace Qt::StringLiterals;

namespace {

/// Any value, for QJsonDocument reads only objects and arrays.
QJsonValue parsed(const QByteArray &text)
{
    QJsonParseError error;
    const auto document = QJsonDocument::fromJson('[' + text + ']', &error);
    if (error.error != QJsonParseError::NoError)
        qFatal("the test's own JSON is broken: %s", text.constData());
    return document.array().first();
}

Result<JsonSchema, QString> compiled(const QByteArray &schema)
{
    return JsonSchema::compile(parsed(schema).toObject());
}

/// "/path what; /path what", "" when the value fits.
QString complaints(const JsonSchema &schema, const QJsonValue &value)
{
    QStringList all;
    const auto violations = schema.check(value);
    for (const auto &each : violations)
        all.append(each.path + u' ' + each.what);
    return all.join(u"; "_s);
}

QString complaints(const QByteArray &schema, const QByteArray &value)
{
    const auto made = compiled(schema);
    return made ? complaints(*made, parsed(value)) : u"no schema: "_s + made.error();
}

QByteArray nested(int depth, const QByteArray &open, const QByteArray &middle,
                  const QByteArray &close)
{
    return open.repeated(depth) + middle + close.repeated(depth);
}

} // namespace

class TestJsonSchema : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void holdsValues_data();
    void holdsValues();
    void resolvesReferences_data();
    void resolvesReferences();
    void speaksToTheModel_data();
    void speaksToTheModel();
    void refusesSchemas_data();
    void refusesSchemas();
    void hostilePatternsEnd_data();
    void hostilePatternsEnd();
    void hostileSchemasEnd_data();
    void hostileSchemasEnd();
    void namesWhatItDoesNotCheck_data();
    void namesWhatItDoesNotCheck();
    void boundsWhatItTells();
    void boundsTheSize();
    void copiesCheckAlike();
};

void TestJsonSchema::holdsValues_data()
{
    QTest::addColumn<QByteArray>("schema");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<bool>("fits");
    const auto row = [](const char *name, const QByteArray &schema, const QByteArray &right,
                        const QByteArray &wrong) {
        if (!right.isEmpty())
            QTest::addRow("%s: right", name) << schema << right << true;
        if (!wrong.isEmpty())
            QTest::addRow("%s: wrong", name) << schema << wrong << false;
    };
    row("type string", R"({"type":"string"})", R"("a")", "1");
    row("type number", R"({"type":"number"})", "1.5", R"("1.5")");
    row("type integer", R"({"type":"integer"})", "7", "7.5");
    row("type integer written as 1.0", R"({"type":"integer"})", "1.0", "true");
    row("type integer as large as a double", R"({"type":"integer"})", "1e300", "1e-300");
    row("type boolean", R"({"type":"boolean"})", "false", "0");
    row("type null", R"({"type":"null"})", "null", R"("")");
    row("type array", R"({"type":"array"})", "[]", "{}");
    row("type object", R"({"type":"object"})", "{}", "[]");
    row("type list", R"({"type":["string","null"]})", "null", "1");
    row("enum", R"({"enum":["open",1,null,{"a":[1]}]})", R"({"a":[1]})", R"("closed")");
    row("enum 1 is 1.0", R"({"enum":[1.0]})", "1", R"("1")");
    row("const", R"({"const":{"a":1}})", R"({"a":1})", R"({"a":2})");
    row("const null", R"({"const":null})", "null", "0");
    row("maximum", R"({"maximum":3})", "3", "3.1");
    row("exclusiveMaximum", R"({"exclusiveMaximum":3})", "2.9", "3");
    row("minimum", R"({"minimum":-3})", "-3", "-4");
    row("exclusiveMinimum", R"({"exclusiveMinimum":0})", "0.001", "0");
    row("draft-04 exclusiveMaximum", R"({"maximum":3,"exclusiveMaximum":true})", "2", "3");
    row("draft-04 exclusiveMinimum off", R"({"minimum":3,"exclusiveMinimum":false})", "3", "2");
    row("limits of other types", R"({"maximum":3,"minLength":2,"minItems":2})", R"("ab")", "");
    row("integer beyond 32 bits", R"({"type":"integer","minimum":3000000000})", "3000000000", "2");
    row("integer beyond a double", R"({"const":9007199254740993})", "9007199254740993",
        "9007199254740992");
    row("enum beyond a double", R"({"enum":[9223372036854775807]})", "9223372036854775807",
        "9223372036854775806");
    row("maximum beyond a double", R"({"maximum":9007199254740992})", "9007199254740992",
        "9007199254740993");
    row("multipleOf", R"({"multipleOf":4})", "12", "13");
    row("multipleOf beyond a double", R"({"multipleOf":2})", "9007199254740994",
        "9007199254740993");
    row("multipleOf beyond 32 bits", R"({"multipleOf":5000000000})", "10000000000", "5000000001");
    row("multipleOf a part", R"({"multipleOf":0.1})", "0.3", "0.35");
    row("multipleOf of the largest", R"({"multipleOf":0.1})", "", "1e308");
    row("multipleOf of a fraction", R"({"multipleOf":2})", "", "2.5");
    row("maxLength counts characters", R"({"maxLength":2})", R"("😀😀")", R"("abc")");
    row("minLength", R"({"minLength":2})", R"("ab")", R"("😀")");
    row("pattern is not anchored", R"({"pattern":"b"})", R"("abc")", R"("ac")");
    row("pattern anchored", R"({"pattern":"^b$"})", R"("b")", R"("bb")");
    row("pattern: $ is the very end", R"({"pattern":"^b$"})", "", R"("b\n")");
    row("pattern: $ in a class", R"({"pattern":"^[$]$"})", R"("$")", R"("s")");
    row("pattern: \\p{L}", R"({"pattern":"^\\p{L}+$"})", R"("Größe")", R"("a1")");
    row("pattern: \\uXXXX", R"({"pattern":"^\\u00e9$"})", R"("é")", R"("e")");
    row("format date", R"({"format":"date"})", R"("2024-02-29")", R"("2023-02-29")");
    row("format date-time", R"({"format":"date-time"})", R"("2026-07-28T09:30:00.5+02:00")",
        R"("2026-07-28 09:30")");
    row("format date-time leap second", R"({"format":"date-time"})", R"("2016-12-31T23:59:60Z")",
        R"("2016-12-31T24:59:60Z")");
    row("format time", R"({"format":"time"})", R"("09:30:00Z")", R"("9:30")");
    row("format uuid", R"({"format":"uuid"})", R"("123e4567-e89b-12d3-a456-426614174000")",
        R"("{123e4567-e89b-12d3-a456-42661417400}")");
    row("format email", R"({"format":"email"})", R"("a@b.example")", R"("a b@c")");
    row("format uri", R"({"format":"uri"})", R"("urn:todos-api")", R"("/relative")");
    row("format ipv4", R"({"format":"ipv4"})", R"("192.0.2.1")", R"("192.0.2")");
    row("format ipv6", R"({"format":"ipv6"})", R"("2001:db8::1")", R"("192.0.2.1")");
    row("format of a number", R"({"format":"date"})", "5", "");
    row("maxItems", R"({"maxItems":1})", "[1]", "[1,2]");
    row("minItems", R"({"minItems":1})", "[1]", "[]");
    row("uniqueItems", R"({"uniqueItems":true})", R"([1,"1",[1]])", "[1,2,1.0]");
    row("uniqueItems off", R"({"uniqueItems":false})", "[1,1]", "");
    row("items", R"({"items":{"type":"integer"}})", "[1,2]", R"([1,"2"])");
    row("items false", R"({"items":false})", "[]", "[1]");
    row("items as a list", R"({"items":[{"type":"string"}]})", R"(["a",1])", "[1]");
    row("additionalItems", R"({"items":[{}],"additionalItems":{"type":"null"}})", "[1,null]",
        "[1,2]");
    row("additionalItems false", R"({"items":[{}],"additionalItems":false})", "[1]", "[1,2]");
    row("prefixItems", R"({"prefixItems":[{"type":"string"},{"type":"null"}]})", R"(["a",null,1])",
        R"(["a",1])");
    row("prefixItems and items", R"({"prefixItems":[{}],"items":{"type":"null"}})", "[1,null]",
        "[1,1]");
    row("prefixItems and items false", R"({"prefixItems":[{}],"items":false})", "[1]", "[1,1]");
    row("contains", R"({"contains":{"const":2}})", "[1,2]", "[1]");
    row("minContains 0", R"({"contains":{"const":2},"minContains":0})", "[1]", "");
    row("maxProperties", R"({"maxProperties":1})", R"({"a":1})", R"({"a":1,"b":1})");
    row("minProperties", R"({"minProperties":1})", R"({"a":1})", "{}");
    row("required", R"({"required":["a"]})", R"({"a":null})", R"({"b":1})");
    row("required of another type", R"({"required":["a"]})", "[]", "");
    row("properties", R"({"properties":{"a":{"type":"string"}}})", R"({"b":1})", R"({"a":1})");
    row("properties with a slash", R"({"properties":{"a/b":{"type":"string"},"a":
        {"properties":{"b":{"type":"null"}}}}})",
        R"({"a/b":"x","a":{"b":null}})", R"({"a/b":null})");
    row("properties false", R"({"properties":{"a":false}})", "{}", R"({"a":1})");
    row("properties true", R"({"properties":{"a":true}})", R"({"a":1})", "");
    row("additionalProperties false", R"({"properties":{"a":{}},"additionalProperties":false})",
        R"({"a":1})", R"({"b":1})");
    row("additionalProperties", R"({"additionalProperties":{"type":"null"}})", R"({"a":null})",
        R"({"a":1})");
    row("unevaluatedProperties alone", R"({"properties":{"a":{}},"unevaluatedProperties":false})",
        R"({"a":1})", R"({"b":1})");
    row("patternProperties", R"({"patternProperties":{"^x-":{"type":"null"}},
        "additionalProperties":false})",
        R"({"x-a":null})", R"({"x-a":1})");
    row("propertyNames", R"({"propertyNames":{"maxLength":2}})", R"({"ab":1})", R"({"abc":1})");
    row("propertyNames inside", R"({"properties":{"a":{"propertyNames":{"maxLength":2}}}})",
        R"({"a":{"ab":1}})", R"({"a":{"abc":1}})");
    row("dependencies", R"({"dependencies":{"a":["b"]}})", R"({"b":1})", R"({"a":1})");
    row("dependentRequired", R"({"dependentRequired":{"a":["b"]}})", R"({"a":1,"b":1})",
        R"({"a":1})");
    row("dependentSchemas", R"({"dependentSchemas":{"a":{"required":["b"]},"c":
        {"required":["d"]}}})",
        R"({"c":1,"d":1})", R"({"c":1,"b":1})");
    row("both dependencies of one name", R"({"dependentRequired":{"a":["b"]},"dependentSchemas":
        {"a":{"required":["c"]}}})",
        R"({"a":1,"b":1,"c":1})", R"({"a":1,"b":1})");
    row("allOf", R"({"allOf":[{"minimum":1},{"maximum":3}]})", "2", "4");
    row("anyOf", R"({"anyOf":[{"type":"string"},{"minimum":5}]})", "5", "4");
    row("oneOf", R"({"oneOf":[{"minimum":5},{"maximum":6}]})", "7", "5");
    row("oneOf none", R"({"oneOf":[{"type":"string"},{"type":"null"}]})", "null", "5");
    row("not", R"({"not":{"type":"string"}})", "5", R"("a")");
    row("if then", R"({"if":{"minimum":5},"then":{"multipleOf":2}})", "6", "7");
    row("if else", R"({"if":{"minimum":5},"else":{"multipleOf":2}})", "7", "3");
    row("then without if", R"({"then":{"type":"null"}})", "7", "");
    row("nested", R"({"properties":{"a":{"items":{"properties":{"b":{"type":"null"}}}}}})",
        R"({"a":[{"b":null}]})", R"({"a":[{},{"b":1}]})");
    row("annotations", R"({"title":"t","description":5,"default":{},"examples":[1],"x-y":1})", "1",
        "");
    row("empty schema", "{}", "1", "");
}

void TestJsonSchema::holdsValues()
{
    QFETCH(QByteArray, schema);
    QFETCH(QByteArray, value);
    const auto found = complaints(schema, value);
    QVERIFY2(!found.startsWith(u"no schema"_s), qPrintable(found));
    QTEST(found.isEmpty(), "fits");
}

void TestJsonSchema::resolvesReferences_data()
{
    QTest::addColumn<QByteArray>("schema");
    QTest::addColumn<QByteArray>("right");
    QTest::addColumn<QByteArray>("wrong");
    const auto row = [](const char *name, const QByteArray &schema, const QByteArray &right,
                        const QByteArray &wrong) {
        QTest::newRow(name) << schema << right << wrong;
    };
    row("$defs", R"({"$defs":{"a":{"type":"null"}},"$ref":"#/$defs/a"})", "null", "1");
    row("definitions",
        R"({"definitions":{"a":{"type":"null"}},"items":{"$ref":"#/definitions/a"}})", "[null]",
        "[1]");
    row("a boolean", R"({"$defs":{"a":false},"properties":{"x":{"$ref":"#/$defs/a"}}})", "{}",
        R"({"x":1})");
    row("a place that is no definition",
        R"({"properties":{"a":{"type":"null"},"b":{"$ref":"#/properties/a"}}})", R"({"b":null})",
        R"({"b":1})");
    row("an element", R"({"allOf":[{"type":["null","array"]}],"items":{"$ref":"#/allOf/0"}})",
        "[null]", "[1]");
    row("RFC 6901 §3 escapes", R"({"$defs":{"a/~b":{"type":"null"}},"$ref":"#/$defs/a~1~0b"})",
        "null", "1");
    row("RFC 6901 §6 percent", R"({"$defs":{"ä b":{"type":"null"}},"$ref":"#/$defs/%C3%A4%20b"})",
        "null", "1");
    row("$anchor", R"({"$defs":{"a":{"$anchor":"here","type":"null"}},"$ref":"#here"})", "null",
        "1");
    row("draft-07 $id as anchor", R"({"$defs":{"a":{"$id":"#here","type":"null"}},"$ref":"#here"})",
        "null", "1");
    row("data that looks like an anchor",
        R"({"enum":[{"$anchor":"x"},1],"properties":{"a":{"$anchor":"x","type":"integer"}},
        "$ref":"#x"})",
        "1", R"({"$anchor":"x"})");
    row("an anchor in a property called default",
        R"({"properties":{"default":{"$anchor":"x","type":"null"},"a":{"$ref":"#x"}}})",
        R"({"a":null})", R"({"a":1})");
    row("its own $id", R"({"$id":"https://a.example/s","$defs":{"a":{"type":"null"}},
        "$ref":"https://a.example/s#/$defs/a"})",
        "null", "1");
    row("an $id inside that changes nothing",
        R"({"$defs":{"a":{"$id":"https://a.example/","type":"null"}},"$ref":"#/$defs/a"})", "null",
        "1");
    row("2020-12 siblings count", R"({"$defs":{"a":{"minimum":1}},"$ref":"#/$defs/a","maximum":3})",
        "2", "4");
    row("a chain", R"({"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"type":"null"}},"$ref":"#/$defs/a"})",
        "null", "1");
    row("recursion", R"({"type":"object","properties":{"next":{"$ref":"#"}},
        "additionalProperties":false})",
        R"({"next":{"next":{}}})", R"({"next":{"next":{"last":1}}})");
    row("recursion between two", R"({"$defs":{"a":{"items":{"$ref":"#/$defs/b"}},
        "b":{"type":"array","items":{"$ref":"#/$defs/a"}}},"$ref":"#/$defs/a"})",
        "[[[[]]]]", "[[[1]]]");
}

void TestJsonSchema::resolvesReferences()
{
    QFETCH(QByteArray, schema);
    QFETCH(QByteArray, right);
    QFETCH(QByteArray, wrong);
    QCOMPARE(complaints(schema, right), QString());
    const auto found = complaints(schema, wrong);
    QVERIFY2(!found.isEmpty() && !found.startsWith(u"no schema"_s), qPrintable(found));
}

void TestJsonSchema::speaksToTheModel_data()
{
    QTest::addColumn<QByteArray>("schema");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QString>("says");
    const auto row = [](const char *name, const QByteArray &schema, const QByteArray &value,
                        const QString &says) { QTest::newRow(name) << schema << value << says; };
    row("type", R"({"properties":{"dueDate":{"type":"string"}}})", R"({"dueDate":5})",
        u"/dueDate must be a string"_s);
    row("types", R"({"type":["integer","null"]})", R"("a")", u" must be a whole number or null"_s);
    row("missing", R"({"required":["title"]})", "{}", u"/title is missing"_s);
    row("unknown", R"({"properties":{"title":{},"done":{}},"additionalProperties":false})",
        R"({"colour":1})", u"/colour is not known here; known are: done, title"_s);
    row("unknown where nothing is known", R"({"additionalProperties":false})", R"({"a":1})",
        u"/a is not known here"_s);
    row("enum", R"({"enum":["open","done"]})", R"("closed")",
        u" must be one of \"open\", \"done\""_s);
    row("const", R"({"const":"a"})", "1", u" must be \"a\""_s);
    row("limit", R"({"maximum":2.5})", "3", u" must be at most 2.5"_s);
    row("large limit", R"({"minimum":3000000000})", "3", u" must be at least 3000000000"_s);
    row("length", R"({"minLength":1})", R"("")", u" must have at least 1 character"_s);
    row("format", R"({"format":"date"})", R"("soon")", u" must be a date such as 2026-07-28"_s);
    row("pattern", R"({"pattern":"^a$"})", R"("b")", u" must match the pattern ^a$"_s);
    row("name", R"({"propertyNames":{"maxLength":2}})", R"({"abc":1})",
        u"/abc has a name that must have at most 2 characters"_s);
    row("dependency", R"({"dependentRequired":{"a":["b"]}})", R"({"a":1})",
        u"/b is missing; it goes with a"_s);
    row("repeated", R"({"uniqueItems":true})", "[1,2,1]", u"/2 repeats an earlier element"_s);
    row("RFC 6901 §3 path", R"({"additionalProperties":{"type":"null"}})", R"({"a/~b":1})",
        u"/a~1~0b must be null"_s);
    row("alternatives of another kind", R"({"anyOf":[{"type":"string"},{"type":"null"}]})", "1",
        u" must be a string, or must be null"_s);
    row("the alternative of the same kind",
        R"({"anyOf":[{"type":"null"},{"type":"object","required":["a"]}]})", "{}",
        u"/a is missing"_s);
    row("the alternative that is nearest", R"({"oneOf":[
        {"properties":{"kind":{"const":"circle"},"radius":{"type":"number"}},"required":["radius"]},
        {"properties":{"kind":{"const":"square"}},"required":["side"]}]})",
        R"({"kind":"circle","radius":"x"})", u"/radius must be a number"_s);
    row("several alternatives", R"({"oneOf":[{},{}]})", "1",
        u" fits several alternatives and must fit exactly one"_s);
    row("the deepest first", R"({"required":["b"],"properties":{"a":{"items":{"type":"null"}}}})",
        R"({"a":[1]})", u"/a/0 must be null; /b is missing"_s);
    row("once", R"({"allOf":[{"type":"null"},{"type":"null"}]})", "1", u" must be null"_s);
}

void TestJsonSchema::speaksToTheModel()
{
    QFETCH(QByteArray, schema);
    QFETCH(QByteArray, value);
    QTEST(complaints(schema, value), "says");
}

void TestJsonSchema::refusesSchemas_data()
{
    QTest::addColumn<QByteArray>("schema");
    QTest::addColumn<QString>("says");
    const auto row = [](const char *name, const QByteArray &schema, const QString &says) {
        QTest::newRow(name) << schema << says;
    };
    row("type 5", R"({"type":5})", u"#/type must be the name of a type or a list of them"_s);
    row("type unknown", R"({"type":"text"})", u"#/type must be the name"_s);
    row("type empty", R"({"type":[]})", u"#/type must be"_s);
    row("required text", R"({"required":"x"})", u"#/required must be a list of strings"_s);
    row("required numbers", R"({"required":[1]})", u"#/required must be a list of strings"_s);
    row("properties list", R"({"properties":[]})", u"#/properties must be an object"_s);
    row("property 5", R"({"properties":{"a/b":5}})", u"#/properties/a~1b must be a schema"_s);
    row("deep inside", R"({"properties":{"a":{"items":{"maxItems":-1}}}})",
        u"#/properties/a/items/maxItems must be a whole number"_s);
    row("minLength as text", R"({"minLength":"1"})", u"#/minLength must be a whole number"_s);
    row("maximum as text", R"({"maximum":"1"})", u"#/maximum must be a number"_s);
    row("multipleOf 0", R"({"multipleOf":0})", u"#/multipleOf must be a number above 0"_s);
    row("multipleOf negative", R"({"multipleOf":-2})", u"#/multipleOf must be a number above 0"_s);
    row("enum no list", R"({"enum":"a"})", u"#/enum must be a list"_s);
    row("allOf no list", R"({"allOf":{}})", u"#/allOf must be a list of schemas"_s);
    row("anyOf empty", R"({"anyOf":[]})", u"#/anyOf must be a list of schemas"_s);
    row("oneOf of numbers", R"({"oneOf":[1]})", u"#/oneOf/0 must be a schema"_s);
    row("not no schema", R"({"not":1})", u"#/not must be a schema"_s);
    row("if no schema", R"({"if":1})", u"#/if must be a schema"_s);
    row("items no schema", R"({"items":1})", u"#/items must be a schema"_s);
    row("prefixItems no list", R"({"prefixItems":{}})", u"#/prefixItems must be a list"_s);
    row("additionalProperties no schema", R"({"additionalProperties":1})", u"must be a schema"_s);
    row("patternProperties list", R"({"patternProperties":[]})", u"must be an object"_s);
    row("dependencies list", R"({"dependencies":[]})", u"#/dependencies must be an object"_s);
    row("dependentRequired numbers", R"({"dependentRequired":{"a":[1]}})",
        u"#/dependentRequired/a must be a list of strings"_s);
    row("uniqueItems text", R"({"uniqueItems":"yes"})", u"#/uniqueItems must be true or false"_s);
    row("format 5", R"({"format":5})", u"#/format must be a string"_s);
    row("pattern 5", R"({"pattern":5})", u"#/pattern must be a string"_s);
    row("pattern that is none", R"({"pattern":"(a"})", u"\"(a\" is no regular expression"_s);
    row("name pattern that is none", R"({"patternProperties":{"[":{}}})",
        u"\"[\" is no regular expression"_s);
    row("pattern too long", R"({"pattern":")" + QByteArray(5000, 'a') + R"("})",
        u"is a pattern of more than 4096 characters"_s);
    row("$ref 5", R"({"$ref":5})", u"#/$ref must be a string"_s);
    row("$ref to nothing", R"({"$ref":"#/$defs/a"})", u"refers to nothing: #/$defs/a"_s);
    row("$ref to no schema", R"({"$defs":5,"$ref":"#/$defs"})", u"#/$defs must be a schema"_s);
    row("$ref to an unknown anchor", R"({"$ref":"#a"})", u"refers to nothing: #a"_s);
    row("$ref to the network", R"({"$ref":"http://127.0.0.1:9/a.json"})",
        u"refers to another document: http://127.0.0.1:9/a.json"_s);
    row("$ref to a file", R"({"$ref":"file:///etc/passwd"})", u"refers to another document"_s);
    row("$ref to a sibling document", R"({"$ref":"other.json#/a"})", u"another document"_s);
    row("$ref to something like its $id",
        R"({"$id":"https://a.example","$ref":"https://a.example.org#/a"})",
        u"refers to another document"_s);
    row("$ref empty", R"({"$ref":""})", u"refers to another document"_s);
    row("$ref to itself", R"({"$ref":"#"})", u"refers to itself without end"_s);
    row("$ref in a circle", R"({"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}},
        "$ref":"#/$defs/a"})",
        u"refers to itself without end"_s);
    row("$ref in a circle through allOf", R"({"allOf":[{"anyOf":[{"not":{"$ref":"#"}}]}]})",
        u"refers to itself without end"_s);
    row("an $id inside that changes what references mean",
        R"({"properties":{"a":{"$id":"https://a.example/","items":[{"$ref":"#/$defs/b"}]}}})",
        u"#/properties/a has an $id of its own and refers to others"_s);
    row("U+0000 in a name", R"({"properties":{"a\u0000b":{}}})", u"the character U+0000"_s);
    row("U+0000 in a list", R"({"required":["a\u0000b"]})", u"the character U+0000"_s);
}

void TestJsonSchema::refusesSchemas()
{
    QFETCH(QByteArray, schema);
    QFETCH(QString, says);
    const auto made = compiled(schema);
    QVERIFY(!made);
    QVERIFY2(made.error().contains(says), qPrintable(made.error()));
    QVERIFY2(made.error().endsWith(u'.'), "a whole sentence");
}

void TestJsonSchema::hostilePatternsEnd_data()
{
    QTest::addColumn<QString>("pattern");
    QTest::addColumn<QString>("text");
    QTest::newRow("std::regex overflows the stack") << u"^(a|b)*$"_s << QString(50 * 1024, u'a');
    QTest::newRow("exponential") << u"^(a+)+$"_s << QString(50, u'a') + u'!';
    QTest::newRow("exponential in the middle") << u"(a+)+$"_s << QString(5000, u'a') + u'!';
    QTest::newRow("polynomial") << u"^a*a*a*a*a*a*b$"_s << QString(2000, u'a');
    QTest::newRow("cubic, which ends after seconds") << u"^a*a*a*[bc]$"_s << QString(1000, u'a');
    QTest::newRow("recursion") << u"^((?1)?a)*$"_s << QString(5000, u'a');
    QTest::newRow("limits of its own")
        << u"(*LIMIT_MATCH=4000000000)^(a+)+$"_s << QString(50, u'a') + u'!';
    QTest::newRow("backreference") << u"^(a*)*\\1b$"_s << QString(5000, u'a');
}

void TestJsonSchema::hostilePatternsEnd()
{
    QFETCH(QString, pattern);
    QFETCH(QString, text);
    QElapsedTimer timer;
    timer.start();
    const auto schema = JsonSchema::compile({{u"pattern"_s, pattern}}).value();
    const auto found = complaints(schema, text);
    QVERIFY2(found.contains(u"takes too long to be compared with the pattern"_s),
             qPrintable(found.left(200)));
    // What cannot be compared does not fit inside a "not" either.
    const auto inverse =
        JsonSchema::compile({{u"not"_s, QJsonObject{{u"pattern"_s, pattern}}}}).value();
    QCOMPARE(inverse.check(text).size(), 1);
    QVERIFY2(timer.elapsed() < 5000, qPrintable(QString::number(timer.elapsed())));
}

void TestJsonSchema::hostileSchemasEnd_data()
{
    QTest::addColumn<QByteArray>("schema");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QString>("says");
    QTest::newRow("a deep schema") << nested(40, R"({"items":{"not":)", "{}", "}}")
                                   << QByteArray("1") << u"The schema nests deeper"_s;
    QTest::newRow("a deep value") << QByteArray("{}") << nested(65, "[", "", "]")
                                  << u"nests deeper than 64 levels"_s;
    QTest::newRow("a deep value in a recursion")
        << QByteArray(R"({"items":{"allOf":[{"allOf":[{"allOf":[{"$ref":"#"}]}]}]}})")
        << nested(64, "[", "", "]") << u"nests too deep to be checked"_s;
    QByteArray bomb = R"({"$defs":{"a0":{"type":"null"})";
    for (int i = 1; i <= 40; ++i) {
        const auto previous = R"({"$ref":"#/$defs/a)" + QByteArray::number(i - 1) + R"("})";
        bomb +=
            R"(,"a)" + QByteArray::number(i) + R"(":{"allOf":[)" + previous + ',' + previous + "]}";
    }
    bomb += R"(},"$ref":"#/$defs/a40"})";
    QTest::newRow("allOf that doubles forty times")
        << bomb << QByteArray("null") << u"takes too long to be checked"_s;
    QTest::newRow("anyOf that doubles forty times")
        << QByteArray(bomb).replace("allOf", "anyOf") << QByteArray("1")
        << u"takes too long to be checked"_s;
    QByteArray chain = R"({"$defs":{"a0":{"type":"null"})";
    for (int i = 1; i <= 3000; ++i)
        chain += R"(,"a)" + QByteArray::number(i) + R"(":{"$ref":"#/$defs/a)"
            + QByteArray::number(i - 1) + R"("})";
    QTest::newRow("a chain of three thousand")
        << chain + R"(},"$ref":"#/$defs/a3000"})" << QByteArray("null")
        << u"nests too deep to be checked"_s;
    QTest::newRow("an anchor that asks for itself")
        << QByteArray(R"({"$anchor":"a","items":{"$ref":"#a"},"anyOf":[{"$ref":"#a"}]})")
        << QByteArray("[]") << u"refers to itself"_s;
    QTest::newRow("a list of 20,000 against a pattern")
        << QByteArray(R"({"items":{"pattern":"^(a+)+$"}})")
        << '[' + QByteArray(R"("aaaa",)").repeated(20'000) + R"("b"])"
        << u"takes too long to be checked"_s;
}

void TestJsonSchema::hostileSchemasEnd()
{
    QFETCH(QByteArray, schema);
    QFETCH(QByteArray, value);
    QFETCH(QString, says);
    QElapsedTimer timer;
    timer.start();
    const auto found = complaints(schema, value);
    QVERIFY2(found.contains(says), qPrintable(found.left(300)));
    QVERIFY2(timer.elapsed() < 20'000, qPrintable(QString::number(timer.elapsed())));
}

void TestJsonSchema::namesWhatItDoesNotCheck_data()
{
    QTest::addColumn<QByteArray>("schema");
    QTest::addColumn<QStringList>("unchecked");
    const auto row = [](const char *name, const QByteArray &schema, const QStringList &unchecked) {
        QTest::newRow(name) << schema << unchecked;
    };
    row("all is checked", R"({"type":"number","properties":{"a":{"format":"date"}}})", {});
    row("unevaluatedProperties", R"({"allOf":[{}],"unevaluatedProperties":false})",
        {u"unevaluatedProperties"_s});
    row("unevaluatedProperties alone is additionalProperties",
        R"({"properties":{"a":{}},"unevaluatedProperties":false})", {});
    row("unevaluatedProperties true asks for nothing", R"({"unevaluatedProperties":true})", {});
    row("deep inside, once", R"({"items":{"unevaluatedItems":false},"if":
        {"unevaluatedItems":false}})",
        {u"unevaluatedItems"_s});
    row("minContains 1 is contains", R"({"contains":{},"minContains":1})", {});
    row("minContains", R"({"contains":{},"minContains":2})", {u"minContains"_s});
    row("maxContains", R"({"contains":{},"maxContains":2})", {u"maxContains"_s});
    row("$dynamicRef", R"({"$dynamicRef":"#a"})", {u"$dynamicRef"_s});
    row("format", R"({"format":"iri"})", {u"format: iri"_s});
    row("draft-07: $ref hides its siblings",
        R"({"$schema":"http://json-schema.org/draft-07/schema#","$defs":{"a":{}},
        "$ref":"#/$defs/a","unevaluatedItems":false,"type":"null"})",
        {});
    row("a property of that name", R"({"properties":{"unevaluatedItems":{}}})", {});
    row("what is not reached", R"({"$defs":{"a":{"unevaluatedItems":false}}})", {});
}

void TestJsonSchema::namesWhatItDoesNotCheck()
{
    QFETCH(QByteArray, schema);
    const auto made = compiled(schema);
    QVERIFY2(made.has_value(), made ? "" : qPrintable(made.error()));
    QTEST(made->uncheckedKeywords(), "unchecked");
    QCOMPARE(complaints(*made, 1), QString());
}

void TestJsonSchema::boundsWhatItTells()
{
    const auto schema = compiled(R"({"items":{"type":"null"}})").value();
    QJsonArray many;
    for (int i = 0; i < 100'000; ++i)
        many.append(i);
    QCOMPARE(schema.check(many).size(), JsonSchema::kMostViolations);

    QJsonArray values;
    for (int i = 0; i < 200; ++i)
        values.append(QString(1000, u'x') + QString::number(i));
    const auto one = JsonSchema::compile({{u"enum"_s, values}}).value();
    QVERIFY(one.check(1).first().what.size() < 2000);
}

void TestJsonSchema::boundsTheSize()
{
    const QString text(JsonSchema::kLargestSchema, u'a');
    const auto made = JsonSchema::compile({{u"description"_s, text}});
    QVERIFY(!made);
    QCOMPARE(made.error(), u"The schema is larger than 262144 bytes."_s);
    QJsonArray all;
    for (int i = 0; i < 10'000; ++i)
        all.append(QJsonObject{});
    const auto wide = JsonSchema::compile({{u"allOf"_s, all}});
    QVERIFY(!wide);
    QVERIFY2(wide.error().contains(u"more than 10000 subschemas"_s), qPrintable(wide.error()));
}

void TestJsonSchema::copiesCheckAlike()
{
    auto schema = compiled(R"({"type":"null"})").value();
    const auto copy = schema;
    schema = compiled(R"({"type":"string"})").value();
    QCOMPARE(complaints(copy, QJsonValue()), QString());
    QCOMPARE(complaints(schema, QJsonValue()), u" must be a string"_s);
}

QTEST_GUILESS_MAIN(TestJsonSchema)
#include "tst_json_schema.moc"
