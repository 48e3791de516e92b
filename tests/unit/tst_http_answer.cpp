// SPDX-License-Identifier: GPL-3.0-or-later
#include <oauth/http_answer.h>

#include <QTest>

using namespace Qt::StringLiterals;
using namespace gatehouse::oauth;

namespace {

constexpr qsizetype kLargestHead = 200;
constexpr qsizetype kLargestBody = 20;

} // namespace

class TestHttpAnswer : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void heads_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<int>("status"); // 0 when it is refused
        const auto row = [](const char *name, const QByteArray &bytes, int status = 0) {
            QTest::newRow(name) << bytes << status;
        };
        row("RFC 9112 §4 a status", "HTTP/1.1 200 OK\r\n\r\n", 200);
        row("RFC 9112 §4 no reason", "HTTP/1.1 404 \r\n\r\n", 404);
        row("RFC 9112 §4 no space either", "HTTP/1.1 404\r\n\r\n", 404);
        row("RFC 9112 §2.3 HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\n", 200);
        row("RFC 9110 §15.2 interim answers",
            "HTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.1 100 Go\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
            200);
        row("RFC 9112 §5 fields", "HTTP/1.1 200 OK\r\nA: b\r\nC:d \r\nE:\r\n\r\n", 200);
        row("RFC 9112 §2.3 HTTP/2.0", "HTTP/2.0 200 OK\r\n\r\n");
        row("another protocol", "SSH-2.0-x\r\n\r\n");
        row("RFC 9112 §4 status of two digits", "HTTP/1.1 20 OK\r\n\r\n");
        row("RFC 9112 §4 status 600", "HTTP/1.1 600 OK\r\n\r\n");
        row("RFC 9112 §5 no colon", "HTTP/1.1 200 OK\r\nA\r\n\r\n");
        row("RFC 9112 §5.1 space before the colon", "HTTP/1.1 200 OK\r\nA : b\r\n\r\n");
        row("RFC 9112 §5.2 folded line", "HTTP/1.1 200 OK\r\nA: b\r\n c: d\r\n\r\n");
        row("RFC 9110 §5.5 NUL in a value", QByteArray("HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n", 28));
        row("RFC 9110 §5.5 CR in a value", "HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n");
        row("too large", "HTTP/1.1 200 OK\r\nA: " + QByteArray(kLargestHead, 'b') + "\r\n\r\n");
        row("too large and without an end",
            "HTTP/1.1 200 OK\r\nA: " + QByteArray(kLargestHead, 'b'));
        row("interim answers without an end", QByteArray("HTTP/1.1 100 Go\r\n\r\n").repeated(20));
    }
    void heads()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(int, status);
        const auto head = parseHttpHead(bytes, kLargestHead);
        QCOMPARE(head.has_value(), status != 0);
        if (!head)
            return;
        QVERIFY(head->has_value());
        QCOMPARE((*head)->status, status);
        QCOMPARE((*head)->size, bytes.size());
        // Nothing is decided before the last byte.
        for (qsizetype size = 0; size < bytes.size(); ++size) {
            const auto part = parseHttpHead(bytes.left(size), kLargestHead);
            QVERIFY(part && !*part);
        }
    }

    void joinsFields()
    {
        // RFC 9110 §5.2.
        const auto head =
            parseHttpHead("HTTP/1.1 200 OK\r\nCache-Control: a\r\nX: y\r\ncache-control: b\r\n\r\n",
                          kLargestHead);
        QCOMPARE((*head)->joined("cache-control"), QByteArray("a, b"));
        QCOMPARE((*head)->joined("age"), QByteArray());
    }

    void bodies_data()
    {
        QTest::addColumn<QByteArray>("fields");
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<bool>("isClosed");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QString>("error");
        const auto good = [](const char *name, const QByteArray &fields, const QByteArray &bytes,
                             const QByteArray &body, bool isClosed = false) {
            QTest::newRow(name) << fields << bytes << isClosed << body << QString();
        };
        const auto bad = [](const char *name, const QByteArray &fields, const QByteArray &bytes,
                            const QString &error, bool isClosed = false) {
            QTest::newRow(name) << fields << bytes << isClosed << QByteArray() << error;
        };
        const QByteArray chunked = "Transfer-Encoding: chunked\r\n";
        const QByteArray twenty(20, 'x');
        good("RFC 9112 §6.2 length", "Content-Length: 3\r\n", "abc", "abc");
        good("RFC 9112 §6.2 more than the length", "Content-Length: 3\r\n", "abcd", "abc");
        good("RFC 9112 §6.2 length 0", "Content-Length: 0\r\n", "", "");
        good("RFC 9112 §6.3 to the end", "", "abc", "abc", true);
        good("RFC 9112 §7.1 chunks", chunked, "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", "abc");
        good("RFC 9112 §7.1.1 chunk extension", chunked, "3;a=b\r\nabc\r\n0\r\n\r\n", "abc");
        good("RFC 9112 §7.1.2 trailer", chunked, "3\r\nabc\r\n0\r\nA: b\r\n\r\n", "abc");
        good("RFC 9112 §7.1 size in hexadecimal", chunked, "0a\r\n0123456789\r\n0\r\n\r\n",
             "0123456789");
        good("as large as it may be", "Content-Length: 20\r\n", twenty, twenty);
        bad("RFC 9112 §6.3 length without sense", "Content-Length: 1x\r\n", "abc", u"Length"_s);
        bad("RFC 9112 §6.3 negative length", "Content-Length: -1\r\n", "abc", u"Length"_s);
        bad("RFC 9112 §6.3 two lengths", "Content-Length: 3\r\nContent-Length: 4\r\n", "abcd",
            u"Length"_s);
        bad("RFC 9112 §6.3 length and chunks", chunked + "Content-Length: 3\r\n", "abc",
            u"Transfer-Encoding"_s);
        bad("RFC 9112 §6.1 unknown coding", "Transfer-Encoding: gzip, chunked\r\n", "abc",
            u"Transfer-Encoding"_s);
        bad("RFC 9112 §8 broken off", "Content-Length: 3\r\n", "ab", u"breaks off"_s, true);
        bad("RFC 9112 §8 broken off in a chunk", chunked, "3\r\nab", u"breaks off"_s, true);
        bad("RFC 9112 §8 broken off before the last chunk", chunked, "3\r\nabc\r\n",
            u"breaks off"_s, true);
        bad("RFC 9112 §7.1 chunk without a size", chunked, "x\r\nabc\r\n0\r\n\r\n", u"size"_s);
        bad("RFC 9112 §7.1 chunk of negative size", chunked, "-1\r\nabc\r\n0\r\n\r\n", u"size"_s);
        bad("RFC 9112 §7.1 chunk beyond counting", chunked, "ffffffffffffffffff\r\n", u"size"_s);
        bad("RFC 9112 §7.1 chunk longer than its size", chunked, "2\r\nabc\r\n0\r\n\r\n",
            u"longer"_s);
        bad("announced too large", "Content-Length: 21\r\n", "", u"too large"_s);
        bad("too large to the end", "", twenty + "x", u"too large"_s);
        bad("too large in one chunk", chunked, "15\r\n", u"too large"_s);
        bad("too large in several chunks", chunked, "14\r\n" + twenty + "\r\n1\r\n",
            u"too large"_s);
        bad("chunks of almost nothing", chunked, "1;" + QByteArray(10'000, 'x') + "\r\na\r\n",
            u"too large"_s);
    }
    void bodies()
    {
        QFETCH(QByteArray, fields);
        QFETCH(QByteArray, bytes);
        QFETCH(bool, isClosed);
        QFETCH(QByteArray, body);
        QFETCH(QString, error);
        const auto head = parseHttpHead("HTTP/1.1 200 OK\r\n" + fields + "\r\n", kLargestHead);
        QVERIFY(head && *head);
        const auto result = parseHttpBody(**head, bytes, isClosed, kLargestBody);
        if (result) {
            QCOMPARE(QString(), error);
            QVERIFY(result->has_value());
            QCOMPARE(**result, body);
        } else {
            QVERIFY2(!error.isEmpty() && result.error().contains(error),
                     qPrintable(result.error()));
        }
    }

    void bodiesThatStillArrive_data()
    {
        QTest::addColumn<QByteArray>("fields");
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("RFC 9112 §6.2 length")
            << QByteArray("Content-Length: 3\r\n") << QByteArray("ab");
        QTest::newRow("RFC 9112 §6.3 to the end") << QByteArray() << QByteArray("ab");
        for (const auto *part : {"", "3", "3\r", "3\r\n", "3\r\nabc", "3\r\nabc\r", "3\r\nabc\r\n",
                                 "3\r\nabc\r\n0\r\n", "3\r\nabc\r\n0\r\nA: b\r\n"}) {
            QTest::addRow("RFC 9112 §7.1 chunks, %d bytes", int(qstrlen(part)))
                << QByteArray("Transfer-Encoding: chunked\r\n") << QByteArray(part);
        }
    }
    void bodiesThatStillArrive()
    {
        QFETCH(QByteArray, fields);
        QFETCH(QByteArray, bytes);
        const auto head = parseHttpHead("HTTP/1.1 200 OK\r\n" + fields + "\r\n", kLargestHead);
        const auto result = parseHttpBody(**head, bytes, false, kLargestBody);
        QVERIFY(result && !*result);
    }
};

QTEST_GUILESS_MAIN(TestHttpAnswer)
#include "tst_http_answer.moc"
