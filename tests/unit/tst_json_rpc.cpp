// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/json_rpc.h>

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace gatehouse;
using namespace gatehouse::mcp;
using namespace Qt::StringLiterals;

namespace {

QByteArray nested(int depth)
{
    // The message itself is the first level, params the second.
    return R"({"jsonrpc":"2.0","method":"m","params":{"a":)" + QByteArray(depth - 2, '[')
        + QByteArray(depth - 2, ']') + "}}";
}

QByteArray batchOf(qsizetype count)
{
    QByteArrayList messages(count, R"({"jsonrpc":"2.0","method":"n"})");
    return '[' + messages.join(',') + ']';
}

QString kindOf(const RpcMessage &message)
{
    const QStringList kinds{u"request"_s, u"notification"_s, u"response"_s, u"invalid"_s};
    return kinds.at(qsizetype(message.index()));
}

} // namespace

class TestJsonRpc : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void classifies_data();
    void classifies();
    void refusesTheBody_data();
    void refusesTheBody();
    void echoesIds_data();
    void echoesIds();
    void keepsTheIdOfAnInvalidRequest();
    void takesABatch();
    void noIdWhenUnknown();
};

void TestJsonRpc::classifies_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("kind");
    const auto row = [](const char *name, const QByteArray &text, const QString &kind) {
        QTest::newRow(name) << text << kind;
    };
    row("§4 request", R"({"jsonrpc":"2.0","id":1,"method":"ping"})", u"request"_s);
    row("§4 request with params", R"({"jsonrpc":"2.0","id":1,"method":"p","params":{}})",
        u"request"_s);
    row("§4.1 notification", R"({"jsonrpc":"2.0","method":"n"})", u"notification"_s);
    row("§5 result", R"({"jsonrpc":"2.0","id":1,"result":{}})", u"response"_s);
    row("§5 error", R"({"jsonrpc":"2.0","id":7,"error":{"code":1,"message":""}})", u"response"_s);
    row("MCP: an answer names its request",
        R"({"jsonrpc":"2.0","id":null,"error":{"code":1,"message":""}})", u"invalid"_s);
    row("MCP: a result is an object", R"({"jsonrpc":"2.0","id":7,"result":"x"})", u"invalid"_s);
    row("§5 result and error", R"({"jsonrpc":"2.0","id":1,"result":{},"error":{}})", u"invalid"_s);
    row("§4 neither", R"({"jsonrpc":"2.0","id":1})", u"invalid"_s);
    row("§4 no version", R"({"id":1,"method":"ping"})", u"invalid"_s);
    row("§4 version 1.0", R"({"jsonrpc":"1.0","id":1,"method":"ping"})", u"invalid"_s);
    row("§4 version as number", R"({"jsonrpc":2.0,"id":1,"method":"ping"})", u"invalid"_s);
    row("§4 method no string", R"({"jsonrpc":"2.0","id":1,"method":7})", u"invalid"_s);
    row("MCP: id must not be null", R"({"jsonrpc":"2.0","id":null,"method":"p"})", u"invalid"_s);
    row("MCP: id not fractional", R"({"jsonrpc":"2.0","id":1.5,"method":"p"})", u"invalid"_s);
    row("MCP: id not an object", R"({"jsonrpc":"2.0","id":{},"method":"p"})", u"invalid"_s);
    row("MCP: id not a flag", R"({"jsonrpc":"2.0","id":true,"method":"p"})", u"invalid"_s);
    row("params left out as null", R"({"jsonrpc":"2.0","id":1,"method":"p","params":null})",
        u"request"_s);
    row("MCP: params as list", R"({"jsonrpc":"2.0","id":1,"method":"p","params":[]})",
        u"invalid"_s);
    row("depth at the bound", nested(kDeepestMessage), u"notification"_s);
    row("brackets inside a string do not nest",
        R"({"jsonrpc":"2.0","method":"m","params":{"a":"\")" + QByteArray(100, '[') + R"("}})",
        u"notification"_s);
}

void TestJsonRpc::classifies()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, kind);
    const auto input = parseRpc(text);
    QVERIFY(input.has_value());
    QVERIFY(!input->isBatch);
    QCOMPARE(input->messages.size(), 1U);
    QCOMPARE(kindOf(input->messages.front()), kind);
}

void TestJsonRpc::refusesTheBody_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("code");
    QTest::newRow("§5.1 empty") << QByteArray() << rpc_code::kParseError;
    QTest::newRow("§5.1 no JSON") << QByteArray("{\"jsonrpc\":") << rpc_code::kParseError;
    QTest::newRow("§5.1 text after the end") << QByteArray("{} {}") << rpc_code::kParseError;
    QTest::newRow("§5.1 not UTF-8") << QByteArray("{\"a\":\"\xff\"}") << rpc_code::kParseError;
    QTest::newRow("§6 empty batch") << QByteArray("[]") << rpc_code::kInvalidRequest;
    QTest::newRow("too large a batch") << batchOf(kLargestBatch + 1) << rpc_code::kInvalidRequest;
    QTest::newRow("one level too deep") << nested(kDeepestMessage + 1) << rpc_code::kInvalidRequest;
    QTest::newRow("a million levels") << QByteArray(1'000'000, '[') << rpc_code::kInvalidRequest;
}

void TestJsonRpc::refusesTheBody()
{
    QFETCH(QByteArray, text);
    QFETCH(int, code);
    const auto input = parseRpc(text);
    QVERIFY(!input.has_value());
    QCOMPARE(input.error().code, code);
}

void TestJsonRpc::echoesIds_data()
{
    QTest::addColumn<QByteArray>("id");
    QTest::newRow("number") << QByteArray("1");
    QTest::newRow("zero") << QByteArray("0");
    QTest::newRow("negative") << QByteArray("-7");
    QTest::newRow("beyond 2^53") << QByteArray("9007199254740993");
    QTest::newRow("string") << QByteArray("\"abc\"");
    QTest::newRow("empty string") << QByteArray("\"\"");
    QTest::newRow("string of digits stays a string") << QByteArray("\"1\"");
}

void TestJsonRpc::echoesIds()
{
    QFETCH(QByteArray, id);
    const auto input = parseRpc(R"({"jsonrpc":"2.0","method":"p","id":)" + id + '}');
    QVERIFY(input.has_value());
    const auto &request = std::get<RpcRequest>(input->messages.front());
    const auto answer = QJsonDocument(rpcResult(request.id, {})).toJson(QJsonDocument::Compact);
    QVERIFY2(answer.contains("\"id\":" + id), answer.constData());
}

void TestJsonRpc::keepsTheIdOfAnInvalidRequest()
{
    const auto input = parseRpc(R"({"jsonrpc":"2.0","id":"x","method":"p","params":3})");
    const auto &invalid = std::get<RpcInvalid>(input->messages.front());
    QVERIFY(invalid.id.has_value());
    QCOMPARE(invalid.id->toJson(), QJsonValue(u"x"_s));
    QCOMPARE(invalid.error.code, rpc_code::kInvalidParams);
}

void TestJsonRpc::takesABatch()
{
    const auto input =
        parseRpc(R"([{"jsonrpc":"2.0","id":1,"method":"p"},7,{"jsonrpc":"2.0","method":"n"}])");
    QVERIFY(input.has_value());
    QVERIFY(input->isBatch);
    QCOMPARE(kindOf(input->messages.at(0)), u"request"_s);
    QCOMPARE(kindOf(input->messages.at(1)), u"invalid"_s);
    QCOMPARE(kindOf(input->messages.at(2)), u"notification"_s);
    QVERIFY(parseRpc(batchOf(kLargestBatch)).has_value());
}

void TestJsonRpc::noIdWhenUnknown()
{
    const auto answer = rpcError({}, {rpc_code::kParseError, u"no"_s});
    QVERIFY(!answer.contains("id"_L1)); // null is in no schema of MCP
    QVERIFY(!answer.value("error"_L1).toObject().contains("data"_L1));
}

QTEST_GUILESS_MAIN(TestJsonRpc)
#include "tst_json_rpc.moc"
