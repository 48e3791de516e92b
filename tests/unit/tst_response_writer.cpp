// SPDX-License-Identifier: GPL-3.0-or-later
#include <http/qt/response_writer.h>

#include <QRegularExpression>
#include <QTest>

using namespace gatehouse::http;
using namespace Qt::StringLiterals;

namespace {

QByteArray written(const HttpResponse &response, AnswerForm form = {})
{
    return ResponseWriter().answer(response, form);
}

qsizetype countOf(const QByteArray &bytes, const QByteArray &fieldName)
{
    return bytes.toLower().count("\r\n" + fieldName.toLower() + ":");
}

} // namespace

/// Answers as bytes.
class TestResponseWriter : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void sendable_data();
    void sendable();
    void statusLines_data();
    void statusLines();
    void headHasTheLengthOfGetAndNoBody();
    void someStatusesHaveNoBody_data();
    void someStatusesHaveNoBody();
    void nothingStandsTwice();
    void datesAreWellFormed();
    void connection_data();
    void connection();
    void aStreamHasNoLengthAndCloses();
};

void TestResponseWriter::sendable_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<bool>("expected");
    QTest::newRow("plain") << 200 << "X-A"_ba
                           << "b"_ba << true;
    QTest::newRow("tab and UTF-8 in a value") << 200 << "X-A"_ba
                                              << "a\tü"_ba << true;
    QTest::newRow("599") << 599 << "X-A"_ba
                         << ""_ba << true;
    QTest::newRow("RFC 9110 §5.5 CR LF in a value") << 200 << "X-A"_ba
                                                    << "b\r\nX: y"_ba << false;
    QTest::newRow("RFC 9110 §5.5 LF") << 200 << "X-A"_ba
                                      << "b\nX: y"_ba << false;
    QTest::newRow("RFC 9110 §5.5 CR") << 200 << "X-A"_ba
                                      << "b\rX: y"_ba << false;
    QTest::newRow("RFC 9110 §5.5 NUL") << 200 << "X-A"_ba << QByteArray("b\0c", 3) << false;
    QTest::newRow("escape") << 200 << "X-A"_ba
                            << "\x1b[2J"_ba << false;
    QTest::newRow("line break in a name") << 200 << "X\r\nY"_ba
                                          << "b"_ba << false;
    QTest::newRow("colon in a name") << 200 << "X:Y"_ba
                                     << "b"_ba << false;
    QTest::newRow("empty name") << 200 << ""_ba
                                << "b"_ba << false;
    QTest::newRow("interim status") << 100 << "X-A"_ba
                                    << "b"_ba << false;
    QTest::newRow("status 600") << 600 << "X-A"_ba
                                << "b"_ba << false;
}

void TestResponseWriter::sendable()
{
    QFETCH(int, status);
    QFETCH(QByteArray, name);
    QFETCH(QByteArray, value);
    QFETCH(bool, expected);
    HttpResponse response{status};
    response.headers.append(name, value);
    QCOMPARE(ResponseWriter::isSendable(response), expected);
}

void TestResponseWriter::statusLines_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("line");
    QTest::newRow("200") << 200 << "HTTP/1.1 200 OK\r\n"_ba;
    QTest::newRow("303") << 303 << "HTTP/1.1 303 See Other\r\n"_ba;
    QTest::newRow("421") << 421 << "HTTP/1.1 421 Misdirected Request\r\n"_ba;
    QTest::newRow("431") << 431 << "HTTP/1.1 431 Request Header Fields Too Large\r\n"_ba;
    QTest::newRow("RFC 9112 §4 unknown: empty phrase, blank stays")
        << 599 << "HTTP/1.1 599 \r\n"_ba;
}

void TestResponseWriter::statusLines()
{
    QFETCH(int, status);
    QFETCH(QByteArray, line);
    QVERIFY(written(HttpResponse::text(status, "x")).startsWith(line));
}

void TestResponseWriter::headHasTheLengthOfGetAndNoBody()
{
    const auto bytes = written(HttpResponse::text(200, "twelve bytes"), {.isHead = true});
    QVERIFY(bytes.contains("\r\nContent-Length: 12\r\n"));
    QVERIFY(bytes.endsWith("\r\n\r\n"));
}

void TestResponseWriter::someStatusesHaveNoBody_data()
{
    QTest::addColumn<int>("status");
    QTest::newRow("RFC 9110 §15.3.5 204") << 204;
    QTest::newRow("RFC 9110 §15.4.5 304") << 304;
}

void TestResponseWriter::someStatusesHaveNoBody()
{
    QFETCH(int, status);
    const auto bytes = written(HttpResponse::text(status, "twelve bytes"));
    QCOMPARE(countOf(bytes, "Content-Length"), 0);
    QVERIFY(bytes.endsWith("\r\n\r\n"));
}

void TestResponseWriter::nothingStandsTwice()
{
    auto response = HttpResponse::text(200, "12345");
    for (const auto *name : {"content-length", "Transfer-Encoding", "Connection", "Date"})
        response.headers.append(name, "99");
    const auto bytes = written(response, {.keepAlive = false});
    QCOMPARE(countOf(bytes, "Content-Length"), 1);
    QVERIFY(bytes.contains("\r\nContent-Length: 5\r\n"));
    QCOMPARE(countOf(bytes, "Transfer-Encoding"), 0);
    QCOMPARE(countOf(bytes, "Connection"), 1);
    QCOMPARE(countOf(bytes, "Date"), 1);
    QCOMPARE(countOf(bytes, "X-Content-Type-Options"), 1);
    QCOMPARE(countOf(written(HttpResponse{200}), "X-Content-Type-Options"), 1);
}

void TestResponseWriter::datesAreWellFormed()
{
    // RFC 9110 §5.6.7: Sun, 06 Nov 1994 08:49:37 GMT
    static const QRegularExpression wanted(
        u"\r\nDate: (Mon|Tue|Wed|Thu|Fri|Sat|Sun), \\d{2} "
        "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \\d{4} \\d{2}:\\d{2}:\\d{2} GMT\r\n"_s);
    const auto bytes = written(HttpResponse{200});
    QVERIFY2(wanted.match(QString::fromLatin1(bytes)).hasMatch(), bytes.constData());
}

void TestResponseWriter::connection_data()
{
    QTest::addColumn<bool>("keepAlive");
    QTest::addColumn<bool>("isHttp10");
    QTest::addColumn<QByteArray>("field");
    QTest::newRow("RFC 9112 §9.3 1.1 keeps without saying") << true << false << ""_ba;
    QTest::newRow("RFC 9112 §9.6 1.1 closes") << false << false << "Connection: close\r\n"_ba;
    QTest::newRow("1.0 keeps when it says so") << true << true << "Connection: keep-alive\r\n"_ba;
    QTest::newRow("1.0 closes") << false << true << "Connection: close\r\n"_ba;
}

void TestResponseWriter::connection()
{
    QFETCH(bool, keepAlive);
    QFETCH(bool, isHttp10);
    QFETCH(QByteArray, field);
    const auto bytes = written(HttpResponse{200}, {.keepAlive = keepAlive, .isHttp10 = isHttp10});
    QCOMPARE(countOf(bytes, "Connection"), field.isEmpty() ? 0 : 1);
    QVERIFY(bytes.contains(field));
}

void TestResponseWriter::aStreamHasNoLengthAndCloses()
{
    auto head = HttpResponse{200};
    head.headers.append("Content-Type", "text/event-stream");
    head.headers.append("Content-Length", "7");
    head.body = ": hello\n\n";
    const auto bytes = ResponseWriter().beginStream(head, {});
    QCOMPARE(countOf(bytes, "Content-Length"), 0);
    QCOMPARE(countOf(bytes, "Transfer-Encoding"), 0);
    QVERIFY(bytes.contains("\r\nConnection: close\r\n"));
    QVERIFY(bytes.endsWith("\r\n\r\n: hello\n\n"));
    QVERIFY(ResponseWriter().beginStream(head, {.isHead = true}).endsWith("\r\n\r\n"));
}

QTEST_APPLESS_MAIN(TestResponseWriter)
#include "tst_response_writer.moc"
