// SPDX-License-Identifier: GPL-3.0-or-later
#include <http/qt/request_framer.h>

#include <QTest>

using namespace gatehouse::http;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 kMaxHead = 1024;

RequestFramer::Outcome frame(const QByteArray &bytes)
{
    return RequestFramer(kMaxHead).readHead(bytes);
}

/// The status of the refusal, 200 for a complete head, 0 while more is needed.
int statusOf(const RequestFramer::Outcome &outcome)
{
    if (const auto *refusal = std::get_if<Refusal>(&outcome))
        return refusal->status;
    return std::holds_alternative<RequestHead>(outcome) ? 200 : 0;
}

QByteArray get(const QByteArray &fields)
{
    return "GET / HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n";
}

QByteArray target(const QByteArray &text)
{
    return "GET " + text + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
}

} // namespace

/// What is a request, and what is none.
class TestRequestFramer : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void judges_data();
    void judges();
    void takesTheHeadApart();
    void leavesTheBodyToItsOwner();
    void everyPrefixNeedsMore();
    void startsAnewAfterAHead();
    void keepsTheConnection_data();
    void keepsTheConnection();
    void trimsValues();
    void theRefusalOfALargeHeadSaysWhatToDo();
};

void TestRequestFramer::judges_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("status");
    const auto row = [](const char *name, const QByteArray &bytes, int status) {
        QTest::newRow(name) << bytes << status;
    };

    row("smallest HTTP/1.1", get({}), 200);
    row("smallest HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", 200);
    row("RFC 9112 §2.2 empty lines first", "\r\n\r\n" + get({}), 200);
    row("RFC 9110 §9.3.7 OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 200);
    row("unknown method", "BREW / HTTP/1.1\r\nHost: x\r\n\r\n", 200);
    row("RFC 9110 §5.5 bytes above ASCII in a value", get("X: \xc3\xbc\r\n"), 200);
    row("empty value", get("X:\r\n"), 200);
    row("Content-Length 0", get("Content-Length: 0\r\n"), 200);
    row("Expect 100-continue", get("Expect: 100-Continue\r\n"), 200);
    row("nothing yet", {}, 0);
    row("no end yet", "GET / HTTP/1.1\r\nHost: x\r\n", 0);

    row("RFC 9112 §3 no version", "GET /\r\n\r\n", 400);
    row("RFC 9112 §3 two blanks", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400);
    row("RFC 9112 §3 tab between", "GET\t/\tHTTP/1.1\r\nHost: x\r\n\r\n", 400);
    row("RFC 9112 §3 four parts", "GET / x HTTP/1.1\r\nHost: x\r\n\r\n", 400);
    row("RFC 9110 §9.1 method no token", "G(T / HTTP/1.1\r\nHost: x\r\n\r\n", 400);
    row("empty method", " / HTTP/1.1\r\nHost: x\r\n\r\n", 400);
    row("version in lower case", "GET / http/1.1\r\nHost: x\r\n\r\n", 400);
    row("TLS", "\x16\x03\x01\x02", 400);
    row("NUL first", QByteArray("\0", 1), 400);
    row("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505);
    row("HTTP/1.2", "GET / HTTP/1.2\r\nHost: x\r\n\r\n", 505);
    row("HTTP/0.9", "GET / HTTP/0.9\r\nHost: x\r\n\r\n", 505);

    row("RFC 9112 §3.2.2 absolute form", target("http://localhost/"), 400);
    row("RFC 9112 §3.2.3 authority form", "CONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n", 400);
    row("RFC 9112 §3.2.4 asterisk with GET", target("*"), 400);
    row("relative path", target("a"), 400);
    row("fragment", target("/a#b"), 400);
    row("raw byte above ASCII", target("/\xc3\xbc"), 400);
    row("NUL in the path", target(QByteArray("/a\0b", 4)), 400);
    row("carriage return in the path", target("/a\rb"), 400);

    row("RFC 9112 §2.2 bare LF after the request line", "GET / HTTP/1.1\nHost: x\r\n\r\n", 400);
    row("RFC 9112 §2.2 bare LF after a field", get("X: a\nY: b\r\n"), 400);
    row("RFC 9112 §2.2 head ended by bare LF", "GET / HTTP/1.1\r\nHost: x\r\n\n", 400);
    row("RFC 9110 §5.5 bare CR in a value", get("X: a\rb\r\n"), 400);
    row("RFC 9110 §5.5 NUL in a value", get(QByteArray("X: a\0b\r\n", 8)), 400);
    row("RFC 9110 §5.5 other control in a value", get("X: a\x01\r\n"), 400);
    row("DEL in a value", get("X: a\x7f\r\n"), 400);
    row("RFC 9112 §5.2 continued line", get("X: a\r\n b\r\n"), 400);
    row("RFC 9112 §5.2 continued by tab", get("X: a\r\n\tb\r\n"), 400);
    row("RFC 9112 §2.2 blank before the first field", "GET / HTTP/1.1\r\n Host: x\r\n\r\n", 400);
    row("RFC 9112 §5.1 blank before the colon", get("X : a\r\n"), 400);
    row("RFC 9112 §5.1 tab before the colon", get("X\t: a\r\n"), 400);
    row("no colon", get("X\r\n"), 400);
    row("no name", get(": a\r\n"), 400);
    row("name no token", get("X(Y): a\r\n"), 400);

    row("RFC 9112 §6.1 length and chunked",
        get("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"), 400);
    row("RFC 9112 §6.1 chunked and length",
        get("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"), 400);
    row("chunked alone", get("Transfer-Encoding: chunked\r\n"), 411);
    row("identity", get("Transfer-Encoding: identity\r\n"), 411);
    row("chunked in other case", get("tRANSFER-eNCODING: Chunked\r\n"), 411);
    row("RFC 9112 §6.3 two different lengths", get("Content-Length: 3\r\nContent-Length: 4\r\n"),
        400);
    row("RFC 9112 §6.3 two equal lengths", get("Content-Length: 3\r\ncontent-length: 3\r\n"), 400);
    row("RFC 9112 §6.3 list of lengths", get("Content-Length: 3, 3\r\n"), 400);
    row("length with sign", get("Content-Length: +3\r\n"), 400);
    row("negative length", get("Content-Length: -3\r\n"), 400);
    row("hexadecimal length", get("Content-Length: 0x3\r\n"), 400);
    row("fraction", get("Content-Length: 3.0\r\n"), 400);
    row("empty length", get("Content-Length:\r\n"), 400);
    row("length with blank inside", get("Content-Length: 1 2\r\n"), 400);
    row("length beyond 64 bits", get("Content-Length: 18446744073709551619\r\n"), 400);

    row("RFC 9112 §3.2 HTTP/1.1 without Host", "GET / HTTP/1.1\r\n\r\n", 400);
    row("RFC 9112 §3.2 two Hosts", get("Host: evil\r\n"), 400);
    row("two Authorizations", get("Authorization: a\r\nauthorization: b\r\n"), 400);
    row("RFC 9110 §10.1.1 unknown Expect", get("Expect: coffee\r\n"), 417);

    row("head of exactly the limit",
        get("X: " + QByteArray(kMaxHead - get("X: \r\n").size(), 'a') + "\r\n"), 200);
    row("RFC 6585 §5 one byte more",
        get("X: " + QByteArray(kMaxHead - get("X: \r\n").size() + 1, 'a') + "\r\n"), 431);
    row("RFC 6585 §5 endless request line", "GET /" + QByteArray(kMaxHead, 'a'), 431);
    row("RFC 6585 §5 endless empty lines", QByteArray("\r\n").repeated(kMaxHead), 431);
}

void TestRequestFramer::judges()
{
    QFETCH(QByteArray, bytes);
    QFETCH(int, status);
    QCOMPARE(statusOf(frame(bytes)), status);
}

void TestRequestFramer::takesTheHeadApart()
{
    const auto outcome = frame("POST /a%2Fb//c/../d?x=1&y=%20?z HTTP/1.1\r\nHost: localhost:1\r\n"
                               "content-LENGTH: 12\r\nX-A: 1\r\nX-A: 2\r\nExpect: 100-continue\r\n"
                               "\r\nbody");
    const auto *head = std::get_if<RequestHead>(&outcome);
    QVERIFY(head != nullptr);
    QCOMPARE(head->method, "POST"_ba);
    QCOMPARE(head->path, "/a%2Fb//c/../d"_ba);
    QCOMPARE(head->query, "x=1&y=%20?z"_ba);
    QCOMPARE(head->contentLength, 12);
    QVERIFY(head->expectsContinue);
    QVERIFY(head->keepAlive);
    QVERIFY(!head->isHttp10);
    QCOMPARE(head->headers.fields().size(), 5);
    QCOMPARE(head->headers.count("x-a"), 2);
    QCOMPARE(head->headers.value("host"), "localhost:1"_ba);
}

void TestRequestFramer::leavesTheBodyToItsOwner()
{
    const QByteArray head = "\r\n" + get("Content-Length: 3\r\n");
    const auto outcome = frame(head + "abcGET");
    const auto *found = std::get_if<RequestHead>(&outcome);
    QVERIFY(found != nullptr);
    QCOMPARE(found->length, head.size());
}

void TestRequestFramer::everyPrefixNeedsMore()
{
    const auto whole = get("X: a\r\n");
    RequestFramer framer(kMaxHead);
    for (qsizetype size = 0; size < whole.size(); ++size)
        QCOMPARE(statusOf(framer.readHead(whole.left(size))), 0);
    QCOMPARE(statusOf(framer.readHead(whole)), 200);
}

void TestRequestFramer::startsAnewAfterAHead()
{
    RequestFramer framer(kMaxHead);
    QCOMPARE(statusOf(framer.readHead(get("X: " + QByteArray(200, 'a') + "\r\n"))), 200);
    QCOMPARE(statusOf(framer.readHead("GET / HTTP/1.1\nHost: x\r\n\r\n")), 400);
}

void TestRequestFramer::keepsTheConnection_data()
{
    QTest::addColumn<QByteArray>("version");
    QTest::addColumn<QByteArray>("fields");
    QTest::addColumn<bool>("expected");
    QTest::newRow("RFC 9112 §9.3 1.1 keeps") << "1.1"_ba
                                             << ""_ba << true;
    QTest::newRow("RFC 9112 §9.3 1.1 asked to close") << "1.1"_ba
                                                      << "Connection: close\r\n"_ba << false;
    QTest::newRow("close in a list") << "1.1"_ba
                                     << "Connection: TE, Close\r\n"_ba << false;
    QTest::newRow("close in a second field")
        << "1.1"_ba
        << "Connection: TE\r\nConnection: close\r\n"_ba << false;
    QTest::newRow("close wins") << "1.1"_ba
                                << "Connection: keep-alive, close\r\n"_ba << false;
    QTest::newRow("1.0 closes") << "1.0"_ba
                                << ""_ba << false;
    QTest::newRow("1.0 asked to keep") << "1.0"_ba
                                       << "Connection: Keep-Alive\r\n"_ba << true;
}

void TestRequestFramer::keepsTheConnection()
{
    QFETCH(QByteArray, version);
    QFETCH(QByteArray, fields);
    QFETCH(bool, expected);
    const auto outcome = frame("GET / HTTP/" + version + "\r\nHost: x\r\n" + fields + "\r\n");
    const auto *head = std::get_if<RequestHead>(&outcome);
    QVERIFY(head != nullptr);
    QCOMPARE(head->keepAlive, expected);
}

void TestRequestFramer::trimsValues()
{
    const auto outcome = frame(get("X: \t a b\t \r\n"));
    const auto *head = std::get_if<RequestHead>(&outcome);
    QVERIFY(head != nullptr);
    QCOMPARE(head->headers.value("x"), "a b"_ba);
}

void TestRequestFramer::theRefusalOfALargeHeadSaysWhatToDo()
{
    const auto outcome = frame("GET /" + QByteArray(kMaxHead, 'a'));
    const auto *refusal = std::get_if<Refusal>(&outcome);
    QVERIFY(refusal != nullptr);
    QVERIFY(refusal->text.contains("cookies"));
    QVERIFY(refusal->text.contains("localhost"));
}

QTEST_APPLESS_MAIN(TestRequestFramer)
#include "tst_request_framer.moc"
