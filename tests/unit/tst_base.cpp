// SPDX-License-Identifier: GPL-3.0-or-later
#include <base/clock.h>
#include <base/crypto.h>
#include <base/json.h>
#include <base/platform/peer.h>
#include <base/random.h>
#include <base/secret.h>
#include <base/text.h>

#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace gatehouse;

class TestBase : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void longDelaysAreLong_data()
    {
        QTest::addColumn<std::chrono::milliseconds>("delay");
        using std::chrono::milliseconds;
        QTest::newRow("24.9 days: more milliseconds than an int holds")
            << milliseconds(2'150'000'000);
        QTest::newRow("49.7 days and 0.7 s: an unsigned one, once around")
            << milliseconds(4'294'968'000);
        QTest::newRow("ten years") << milliseconds(10 * 365 * 24h);
    }
    void longDelaysAreLong()
    {
        QFETCH(std::chrono::milliseconds, delay);
        SystemClock clock;
        QObject context;
        bool isLongOver = false;
        bool isShortOver = false;
        clock.after(delay, &context, [&] { isLongOver = true; });
        clock.after(1s, &context, [&] { isShortOver = true; });
        QTRY_VERIFY(isShortOver);
        QVERIFY(!isLongOver);
    }

    void shownText_data()
    {
        QTest::addColumn<QString>("outside");
        QTest::addColumn<QString>("shown");
        QTest::newRow("plain") << u"Claude Code"_s << u"Claude Code"_s;
        QTest::newRow("umlauts and CJK stay") << u"Käse 日本"_s << u"Käse 日本"_s;
        QTest::newRow("beyond the BMP") << u"a😀b"_s << u"a😀b"_s;
        QTest::newRow("line breaks") << u"a\r\nb"_s << u"a  b"_s;
        QTest::newRow("escape") << u"\u001b[31mred"_s << u"\uFFFD[31mred"_s;
        QTest::newRow("C1 control") << u"a\u009bb"_s << u"a\uFFFDb"_s;
        QTest::newRow("bidirectional override") << u"a\u202Eb"_s << u"a\uFFFDb"_s;
        QTest::newRow("isolates") << u"a\u2066b\u2069"_s << u"a\uFFFDb\uFFFD"_s;
        QTest::newRow("zero width joiner") << u"a\u200Db"_s << u"a\uFFFDb"_s;
        QTest::newRow("line separator") << u"a\u2028b"_s << u"a\uFFFDb"_s;
        QTest::newRow("80 characters") << QString(80, u'x') << QString(80, u'x');
        QTest::newRow("81 characters") << QString(81, u'x') << QString(79, u'x') + u'…';
    }
    void shownText()
    {
        QFETCH(QString, outside);
        QTEST(gatehouse::shownText(outside), "shown");
    }

    void base64Url_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<bool>("fine");
        QTest::newRow("RFC 4648 §5") << QByteArray("-_-_") << true;
        QTest::newRow("padding") << QByteArray("YQ==") << false;
        QTest::newRow("other alphabet") << QByteArray("+/+/") << false;
        QTest::newRow("stray character") << QByteArray("ab c") << false;
    }
    void base64Url()
    {
        QFETCH(QByteArray, text);
        QTEST(fromBase64Url(text).has_value(), "fine");
    }

    void knownDigests()
    {
        // RFC 7636 appendix B, RFC 4231 test case 2.
        QCOMPARE(toBase64Url(sha256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")),
                 QByteArray("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
        QCOMPARE(hmacSha256("Jefe", "what do ya want for nothing?").toHex(),
                 QByteArray("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
        QVERIFY(constantTimeEquals("abc", "abc"));
        QVERIFY(!constantTimeEquals("abc", "abd"));
        QVERIFY(!constantTimeEquals("abc", "abcd"));
    }

    void tokensAreLongAndDiffer()
    {
        SystemRandom random;
        QCOMPARE(randomToken(random).size(), 43);
        QVERIFY(randomToken(random) != randomToken(random));
        for (int i = 0; i < 200; ++i) {
            const auto code = randomMatchingCode(random);
            QCOMPARE(code.size(), 4);
            for (const QChar c : code)
                QVERIFY(u"23456789ABCDEFGHJKMNPQRSTUVWXYZ"_s.contains(c));
        }
    }

    void secretsAreCopiedAndWiped()
    {
        QByteArray source("value");
        Secret secret(source);
        wipe(source);
        QCOMPARE(secret.reveal(), QByteArray("value"));
        const Secret copy = secret;
        secret = Secret();
        QVERIFY(copy.equals("value"));
        QVERIFY(!copy.equals("other"));
    }

    void readsJsonWithPaths()
    {
        const auto object = parseJsonObject(R"({"port":"x","list":[1],"inner":{"odd":1}})");
        QVERIFY(object);
        QStringList errors;
        JsonReader reader(*object, {}, errors);
        QVERIFY(!reader.optionalInteger("port"_L1, 1, 9));
        QVERIFY(reader.optionalStrings("list"_L1).isEmpty());
        QVERIFY(reader.requiredString("name"_L1).isEmpty());
        auto inner = reader.optionalObject("inner"_L1);
        QVERIFY(inner);
        inner->refuseUnknownKeys();
        QCOMPARE(errors,
                 (QStringList{u"port: must be a whole number from 1 to 9"_s,
                              u"list: must be a list of strings"_s, u"name: is missing"_s,
                              u"inner.odd: is not known here"_s}));
    }

    void saysWhichKeyWasMeant_data()
    {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("complaint");
        const auto is = [](const QString &known) {
            return u": is not known here, but \"%1\" is"_s.arg(known);
        };
        QTest::newRow("one more") << u"audiences"_s << is(u"audience"_s);
        QTest::newRow("one less") << u"audence"_s << is(u"audience"_s);
        QTest::newRow("another case") << u"clientid"_s << is(u"clientId"_s);
        QTest::newRow("exchanged") << u"cleintId"_s << is(u"clientId"_s);
        QTest::newRow("the nearer one") << u"scope"_s << is(u"scopes"_s);
        QTest::newRow("three slips") << u"adiens"_s << u": is not known here"_s;
        QTest::newRow("nothing like it") << u"x"_s << u": is not known here"_s;
    }
    void saysWhichKeyWasMeant()
    {
        QFETCH(QString, key);
        QFETCH(QString, complaint);
        QStringList errors;
        JsonReader reader({{key, 1}}, {}, errors);
        for (const auto known : {"id"_L1, "audience"_L1, "clientId"_L1, "stones"_L1, "scopes"_L1})
            (void)reader.optionalString(known);
        reader.refuseUnknownKeys();
        QCOMPARE(errors, QStringList{key + complaint});
    }

    void knowsTheUserAtTheOtherEnd_data()
    {
        QTest::addColumn<QString>("address");
        QTest::newRow("IPv4") << u"127.0.0.1"_s;
        QTest::newRow("IPv6") << u"::1"_s;
    }
    void knowsTheUserAtTheOtherEnd()
    {
        QFETCH(QString, address);
        QTcpServer server;
        QVERIFY(server.listen(QHostAddress(address)));
        QTcpSocket client;
        client.connectToHost(server.serverAddress(), server.serverPort());
        QTRY_VERIFY(server.hasPendingConnections());
        auto *peer = server.nextPendingConnection();
        QCOMPARE(platform::userOfLoopbackPeer(peer->peerAddress(), peer->peerPort(),
                                              peer->localAddress(), peer->localPort()),
                 std::optional(platform::currentUser()));
        QVERIFY(platform::describeListener(server.serverPort()).contains(u"tst_base"_s));
    }
};

QTEST_GUILESS_MAIN(TestBase)
#include "tst_base.moc"
