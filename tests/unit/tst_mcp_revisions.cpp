// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/mcp_harness.h"

#include <mcp/message_check.h>

#include <QTest>

using namespace gatehouse;
using namespace gatehouse::tests;
using namespace Qt::StringLiterals;

namespace {

const QByteArrayList kRevisions{"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"};

} // namespace

/// What each revision's clients get, held against the official schema of that revision.
class TestMcpRevisions : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void negotiates_data();
    void negotiates();
    void followsTheSchema_data();
    void followsTheSchema();
    void leavesOutWhatIsNotKnown_data();
    void leavesOutWhatIsNotKnown();
};

void TestMcpRevisions::negotiates_data()
{
    QTest::addColumn<QByteArray>("asked");
    QTest::addColumn<QString>("answered");
    for (const auto &revision : kRevisions)
        QTest::newRow(revision.constData()) << revision << QString::fromLatin1(revision);
    QTest::newRow("never published") << QByteArray("2024-10-07") << u"2025-11-25"_s;
    QTest::newRow("newer") << QByteArray("2026-07-28") << u"2025-11-25"_s;
    QTest::newRow("nonsense") << QByteArray("latest") << u"2025-11-25"_s;
    QTest::newRow("empty") << QByteArray() << u"2025-11-25"_s;
}

void TestMcpRevisions::negotiates()
{
    QFETCH(QByteArray, asked);
    QFETCH(QString, answered);
    McpHarness harness;
    const auto reply = harness.initialize(asked);
    QCOMPARE(reply->status(), 200);
    QCOMPARE(resultOf(*reply).value("protocolVersion"_L1).toString(), answered);
}

void TestMcpRevisions::followsTheSchema_data()
{
    QTest::addColumn<QByteArray>("revision");
    for (const auto &revision : kRevisions)
        QTest::newRow(revision.constData()) << revision;
}

void TestMcpRevisions::followsTheSchema()
{
    QFETCH(QByteArray, revision);
    McpHarness harness;
    const auto begun = harness.initialize(revision);
    const auto session = begun->header("Mcp-Session-Id");

    const auto check = [&](const RecordedReply &reply, const QString &method) {
        return mcp::messageComplaints(reply.json().object(), QString::fromLatin1(revision), method);
    };
    QCOMPARE(check(*begun, u"initialize"_s), QStringList());
    const auto list = harness.post(session, R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
    QCOMPARE(check(*list, u"tools/list"_s), QStringList());
    QCOMPARE(resultOf(*list).value("tools"_L1).toArray().size(), 2);
    const auto call = harness.post(session, McpHarness::callBody("echo"));
    QCOMPARE(check(*call, u"tools/call"_s), QStringList());
    const auto ping = harness.post(session, R"({"jsonrpc":"2.0","id":"p","method":"ping"})");
    QCOMPARE(check(*ping, u"ping"_s), QStringList());
    const auto unknown = harness.post(session, R"({"jsonrpc":"2.0","id":2,"method":"nope"})");
    QVERIFY(unknown->json().object().contains("error"_L1));
    QCOMPARE(check(*unknown, u"nope"_s), QStringList());
}

void TestMcpRevisions::leavesOutWhatIsNotKnown_data()
{
    QTest::addColumn<QByteArray>("revision");
    QTest::addColumn<bool>("annotations");
    QTest::addColumn<bool>("annotatedTitle");
    QTest::addColumn<bool>("title");
    QTest::addColumn<bool>("structured");
    QTest::newRow("2024-11-05") << QByteArray("2024-11-05") << false << false << false << false;
    QTest::newRow("2025-03-26") << QByteArray("2025-03-26") << true << true << false << false;
    QTest::newRow("2025-06-18") << QByteArray("2025-06-18") << true << false << true << true;
    QTest::newRow("2025-11-25") << QByteArray("2025-11-25") << true << false << true << true;
}

void TestMcpRevisions::leavesOutWhatIsNotKnown()
{
    QFETCH(QByteArray, revision);
    McpHarness harness;
    const auto begun = harness.initialize(revision);
    const auto session = begun->header("Mcp-Session-Id");
    const auto list = harness.post(session, R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
    const auto tool = resultOf(*list).value("tools"_L1).toArray().first().toObject();
    const auto call = harness.post(session, McpHarness::callBody("echo"));

    QTEST(tool.contains("annotations"_L1), "annotations");
    QTEST(tool.value("annotations"_L1).toObject().contains("title"_L1), "annotatedTitle");
    QTEST(tool.contains("title"_L1), "title");
    QTEST(resultOf(*begun).value("serverInfo"_L1).toObject().contains("title"_L1), "title");
    QTEST(resultOf(*call).contains("structuredContent"_L1), "structured");
    // The text is there for everyone.
    QCOMPARE(resultOf(*call).value("content"_L1).toArray().first().toObject().value("text"_L1),
             QJsonValue(u"heard"_s));
}

QTEST_GUILESS_MAIN(TestMcpRevisions)
#include "tst_mcp_revisions.moc"
