// SPDX-License-Identifier: GPL-3.0-or-later
#include <http/cookies.h>
#include <http/http_message.h>

#include <QTest>

using namespace gatehouse::http;
using namespace Qt::StringLiterals;

/// Headers, answers and cookies as values.
class TestHttpMessage : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void fieldNamesCompareWithoutCase();
    void setReplacesEveryFieldOfTheName();
    void answersCarryTheirHeaders_data();
    void answersCarryTheirHeaders();
    void aRedirectEncodesItsTarget();
    void cookieValues_data();
    void cookieValues();
    void aCookieIsForOnePathAndNoScript();
};

void TestHttpMessage::fieldNamesCompareWithoutCase()
{
    Headers headers;
    headers.append("Content-Type", "a");
    headers.append("X-Other", "b");
    QCOMPARE(headers.value("content-type"), "a"_ba);
    QCOMPARE(headers.value("CONTENT-TYPE"), "a"_ba);
    QVERIFY(headers.contains("x-other"));
    QVERIFY(!headers.contains("x-othe"));
    QCOMPARE(headers.value("absent"), QByteArray());
}

void TestHttpMessage::setReplacesEveryFieldOfTheName()
{
    Headers headers;
    headers.append("Vary", "A");
    headers.append("vary", "B");
    QCOMPARE(headers.count("VARY"), 2);
    QCOMPARE(headers.value("vary"), "A"_ba);
    headers.set("VARY", "C");
    QCOMPARE(headers.count("vary"), 1);
    QCOMPARE(headers.value("vary"), "C"_ba);
    headers.remove("vary");
    QVERIFY(!headers.contains("vary"));
}

void TestHttpMessage::answersCarryTheirHeaders_data()
{
    QTest::addColumn<HttpResponse>("response");
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QByteArray>("value");
    const auto json = HttpResponse::json(200, {{u"a"_s, 1}});
    QTest::newRow("JSON type") << json << "Content-Type"_ba
                               << "application/json"_ba;
    QTest::newRow("JSON is not stored") << json << "Cache-Control"_ba
                                        << "no-store"_ba;
    const auto page = HttpResponse::page(200, "<p>");
    QTest::newRow("page type") << page << "Content-Type"_ba
                               << "text/html; charset=utf-8"_ba;
    QTest::newRow("page in no frame") << page << "X-Frame-Options"_ba
                                      << "DENY"_ba;
    QTest::newRow("page sends no referrer") << page << "Referrer-Policy"_ba
                                            << "no-referrer"_ba;
    QTest::newRow("page is not guessed") << page << "X-Content-Type-Options"_ba
                                         << "nosniff"_ba;
    QTest::newRow("page has no opener") << page << "Cross-Origin-Opener-Policy"_ba
                                        << "same-origin"_ba;
    const auto redirect = HttpResponse::redirect(303, QUrl(u"http://localhost:1/cb?code=x"_s));
    QTest::newRow("redirect sends no referrer") << redirect << "Referrer-Policy"_ba
                                                << "no-referrer"_ba;
    QTest::newRow("redirect is not stored") << redirect << "Cache-Control"_ba
                                            << "no-store"_ba;
    QTest::newRow("text type") << HttpResponse::text(400, "no") << "Content-Type"_ba
                               << "text/plain; charset=utf-8"_ba;
    QTest::newRow("with() adds") << HttpResponse::empty(204).with("Allow", "GET") << "Allow"_ba
                                 << "GET"_ba;
}

void TestHttpMessage::answersCarryTheirHeaders()
{
    QFETCH(HttpResponse, response);
    QFETCH(QByteArray, name);
    QFETCH(QByteArray, value);
    QCOMPARE(response.headers.count(name), 1);
    QCOMPARE(response.headers.value(name), value);
}

void TestHttpMessage::aRedirectEncodesItsTarget()
{
    QUrl target(u"http://localhost:1/cb"_s);
    target.setQuery(u"state=a b\r\nSet-Cookie: x=1"_s);
    const auto location = HttpResponse::redirect(302, target).headers.value("Location");
    QVERIFY(location.startsWith("http://localhost:1/cb?state=a%20b"));
    QVERIFY(!location.contains('\n') && !location.contains('\r'));
}

void TestHttpMessage::cookieValues_data()
{
    QTest::addColumn<QByteArrayList>("fields");
    QTest::addColumn<QByteArrayList>("expected");
    QTest::newRow("one") << QByteArrayList{"s=1"} << QByteArrayList{"1"};
    QTest::newRow("among others") << QByteArrayList{"a=0; s=1; b=2"} << QByteArrayList{"1"};
    QTest::newRow("RFC 6265 §8.6 the same name twice")
        << QByteArrayList{"s=1; s=2"} << QByteArrayList{"1", "2"};
    QTest::newRow("RFC 9113 §8.2.3 in several fields")
        << QByteArrayList{"s=1", "s=2"} << QByteArrayList{"1", "2"};
    QTest::newRow("a longer name") << QByteArrayList{"ss=1"} << QByteArrayList{};
    QTest::newRow("names have case") << QByteArrayList{"S=1"} << QByteArrayList{};
    QTest::newRow("equals sign in the value") << QByteArrayList{"s=1=2"} << QByteArrayList{"1=2"};
    QTest::newRow("no equals sign") << QByteArrayList{"s"} << QByteArrayList{};
    QTest::newRow("no cookies") << QByteArrayList{} << QByteArrayList{};
}

void TestHttpMessage::cookieValues()
{
    QFETCH(QByteArrayList, fields);
    QFETCH(QByteArrayList, expected);
    HttpRequest request;
    for (const auto &field : fields)
        request.headers.append("cOOkie", field);
    QCOMPARE(gatehouse::http::cookieValues(request, "s"), QList<QByteArray>(expected));
}

void TestHttpMessage::aCookieIsForOnePathAndNoScript()
{
    const auto cookie = setCookie("bind", "value", "/interaction/1", 600);
    QVERIFY(cookie.startsWith("bind=value; "));
    for (const auto *part :
         {"; Path=/interaction/1", "; Max-Age=600", "; HttpOnly", "; SameSite=Lax"})
        QVERIFY2(cookie.contains(part), part);
    QVERIFY(!cookie.contains("Domain"));
}

QTEST_APPLESS_MAIN(TestHttpMessage)
#include "tst_http_message.moc"
