// SPDX-License-Identifier: GPL-3.0-or-later
#include <http/freshness.h>
#include <oidc/tenant_findings.h>

#include <QTest>

using namespace Qt::StringLiterals;
using namespace gatehouse;
using namespace gatehouse::oidc;

/// What no tenant on this computer can show: troubles of the way to it.
class TestTenantFindings : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void troublesOfTheWay_data()
    {
        QTest::addColumn<int>("error");
        QTest::addColumn<QString>("found");
        QTest::addColumn<QString>("remedy");
        const auto row = [](const char *name, QNetworkReply::NetworkError error,
                            const QString &found, const QString &remedy) {
            QTest::newRow(name) << int(error) << found << remedy;
        };
        row("DNS", QNetworkReply::HostNotFoundError, u"not known to the DNS"_s, u"tenant.domain"_s);
        row("TLS", QNetworkReply::SslHandshakeFailedError, u"no safe (TLS) connection"_s,
            u"certificates"_s);
        row("time", QNetworkReply::TimeoutError, u"did not answer in time"_s, u"port 443"_s);
        row("time of ours", QNetworkReply::OperationCanceledError, u"did not answer in time"_s,
            u"firewall"_s);
        row("refused", QNetworkReply::ConnectionRefusedError, u"connection is refused"_s,
            u"tenant.domain"_s);
        row("proxy not found", QNetworkReply::ProxyNotFoundError, u"The proxy in front of"_s,
            u"https_proxy"_s);
        row("proxy refuses", QNetworkReply::ProxyConnectionRefusedError, u"The proxy"_s,
            u"https_proxy"_s);
        row("proxy wants a password", QNetworkReply::ProxyAuthenticationRequiredError,
            u"The proxy"_s, u"password"_s);
        row("no network", QNetworkReply::TemporaryNetworkFailureError, u"cannot be reached"_s,
            u"network connection"_s);
        row("anything else", QNetworkReply::UnknownNetworkError, u"cannot be reached"_s,
            u"network connection"_s);
    }
    void troublesOfTheWay()
    {
        QFETCH(int, error);
        QFETCH(QString, found);
        QFETCH(QString, remedy);
        TenantReply reply;
        reply.url = QUrl(u"https://acme.eu.auth0.com/.well-known/openid-configuration"_s);
        reply.error = QNetworkReply::NetworkError(error);
        reply.errorText = u"what Qt says"_s;
        const auto finding = discoveryFinding(reply);
        QCOMPARE(finding.subject, u"tenant"_s);
        QCOMPARE(finding.verdict, Verdict::Problem);
        QVERIFY2(finding.found.contains(found), qPrintable(finding.found));
        QVERIFY(finding.found.contains(u"acme.eu.auth0.com"_s));
        QVERIFY2(finding.remedy.contains(remedy), qPrintable(finding.remedy));
    }

    void clocks_data()
    {
        QTest::addColumn<int>("ahead");
        QTest::addColumn<QString>("found");
        QTest::newRow("equal") << 0 << u"agrees"_s;
        QTest::newRow("60 s ahead") << 60 << u"agrees"_s;
        QTest::newRow("60 s behind") << -60 << u"agrees"_s;
        QTest::newRow("61 s ahead") << 61 << u"61 seconds ahead of"_s;
        QTest::newRow("61 s behind") << -61 << u"61 seconds behind"_s;
        QTest::newRow("minutes") << 300 << u"5 minutes ahead of"_s;
        QTest::newRow("hours") << -7200 << u"2 hours behind"_s;
        QTest::newRow("days") << 172'800 << u"2 days ahead of"_s;
    }
    void clocks()
    {
        QFETCH(int, ahead);
        QFETCH(QString, found);
        TenantReply reply;
        reply.url = QUrl(u"https://acme.example/"_s);
        reply.date = http::parseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT");
        QVERIFY(reply.date.has_value());
        const auto finding = clockFinding(reply, *reply.date + std::chrono::seconds(ahead));
        QVERIFY2(finding.found.contains(found), qPrintable(finding.found));
        QCOMPARE(finding.verdict, std::abs(ahead) > 60 ? Verdict::Problem : Verdict::Ok);
    }

    void aTenantWithoutAClock()
    {
        TenantReply reply;
        reply.url = QUrl(u"https://acme.example/"_s);
        QCOMPARE(clockFinding(reply, {}).verdict, Verdict::Warning);
        reply.url = QUrl(u"http://[::1]:8378/"_s);
        QCOMPARE(clockFinding(reply, {}).verdict, Verdict::Ok);
    }

    void httpDates_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("time"); // empty: none
        QTest::newRow("RFC 9110 §5.6.7 IMF-fixdate")
            << QByteArray("Sun, 06 Nov 1994 08:49:37 GMT") << u"1994-11-06T08:49:37Z"_s;
        QTest::newRow("padded") << QByteArray(" Thu, 26 Nov 2026 23:59:59 GMT ")
                                << u"2026-11-26T23:59:59Z"_s;
        QTest::newRow("another zone") << QByteArray("Sun, 06 Nov 1994 08:49:37 CET") << QString();
        QTest::newRow("no date") << QByteArray("yesterday") << QString();
        QTest::newRow("none") << QByteArray() << QString();
    }
    void httpDates()
    {
        QFETCH(QByteArray, text);
        QFETCH(QString, time);
        const auto date = http::parseHttpDate(text);
        QCOMPARE(date ? toRfc3339(*date) : QString(), time);
    }
};

QTEST_GUILESS_MAIN(TestTenantFindings)
#include "tst_tenant_findings.moc"
