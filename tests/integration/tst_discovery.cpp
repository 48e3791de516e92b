// SPDX-License-Identifier: GPL-3.0-or-later
#include <support/https_site.h>
#include <support/network_threads.h>
#include <support/relying_party_world.h>
#include <support/test_authority.h>

#include <oidc/discovery.h>

#include <QScopeGuard>
#include <QTcpServer>
#include <QTcpSocket>

using namespace Qt::StringLiterals;
using namespace gatehouse;
using namespace gatehouse::oidc;
using namespace gatehouse::tests;

namespace {

const auto kDocument = "/.well-known/openid-configuration"_ba;

struct World {
    ManualClock clock;
    FakeTenant tenant{clock};
    TenantNetwork network{clock};
    std::unique_ptr<Discovery> discovery;

    explicit World(const QString &issuer = {})
        : discovery(std::make_unique<Discovery>(network, clock,
                                                issuer.isEmpty() ? tenant.issuer() : issuer))
    {
    }
    Result<ProviderMetadata, TenantFailure> metadata()
    {
        return await<ProviderMetadata, TenantFailure>(
            [&](QObject *context, auto then) { discovery->metadata(context, then); });
    }
    Result<JwkSet, TenantFailure> keys(const QString &kid)
    {
        return await<JwkSet, TenantFailure>(
            [&](QObject *context, auto then) { discovery->keys(kid, context, then); });
    }
};

} // namespace

class TestDiscovery : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void cleanupTestCase() { awaitEndOfNetworkThreads(); }

    void acceptableUrls_data()
    {
        QTest::addColumn<QString>("url");
        QTest::addColumn<bool>("acceptable");
        QTest::newRow("https") << u"https://acme.example/x?y=z"_s << true;
        QTest::newRow("http on 127.0.0.1") << u"http://127.0.0.1:8378/"_s << true;
        QTest::newRow("http on ::1") << u"http://[::1]:8378/"_s << true;
        QTest::newRow("http on localhost") << u"http://localhost:8378/"_s << true;
        QTest::newRow("http elsewhere") << u"http://acme.example/"_s << false;
        QTest::newRow("http on a name that begins like loopback")
            << u"http://127.0.0.1.evil.example/"_s << false;
        QTest::newRow("http on localhost of somebody")
            << u"http://localhost.evil.example/"_s << false;
        QTest::newRow("user information") << u"https://a:b@acme.example/"_s << false;
        QTest::newRow("fragment") << u"https://acme.example/#x"_s << false;
        QTest::newRow("file") << u"file:///etc/passwd"_s << false;
        QTest::newRow("relative") << u"/token"_s << false;
        QTest::newRow("empty") << QString() << false;
    }
    void acceptableUrls()
    {
        QFETCH(const QString, url);
        QFETCH(const bool, acceptable);
        QCOMPARE(isAcceptableTenantUrl(QUrl(url)), acceptable);
    }

    void readsTheDocument()
    {
        World world;
        world.tenant.metadata.insert(u"authorization_response_iss_parameter_supported"_s, true);
        const auto metadata = world.metadata();
        QVERIFY(metadata);
        QCOMPARE(metadata->tokenEndpoint, world.tenant.url(u"token"_s));
        QVERIFY(metadata->namesIssuerInCallback);
    }

    void issuerWithoutTrailingSlash()
    {
        World world;
        const auto issuer = world.tenant.issuer().chopped(1);
        world.discovery = std::make_unique<Discovery>(world.network, world.clock, issuer);
        world.tenant.metadata.insert(u"issuer"_s, issuer);
        QVERIFY(world.metadata());
        QCOMPARE(world.tenant.requests.last().path, kDocument);
    }

    void refusedDocuments_data()
    {
        QTest::addColumn<QString>("member");
        QTest::addColumn<QJsonValue>("value");
        QTest::newRow("Discovery §4.3 another issuer")
            << u"issuer"_s << QJsonValue(u"https://evil.example/"_s);
        QTest::newRow("no issuer") << u"issuer"_s << QJsonValue();
        QTest::newRow("token endpoint over http elsewhere")
            << u"token_endpoint"_s << QJsonValue(u"http://acme.example/token"_s);
        QTest::newRow("no token endpoint") << u"token_endpoint"_s << QJsonValue();
        QTest::newRow("authorization endpoint is a script")
            << u"authorization_endpoint"_s << QJsonValue(u"javascript:alert(1)"_s);
        QTest::newRow("keys over http elsewhere")
            << u"jwks_uri"_s << QJsonValue(u"http://acme.example/jwks"_s);
    }
    void refusedDocuments()
    {
        QFETCH(const QString, member);
        QFETCH(const QJsonValue, value);
        World world;
        world.tenant.metadata.insert(member, value);
        const auto metadata = world.metadata();
        QVERIFY(!metadata);
        QVERIFY(!metadata.error().temporary);
    }

    void issuerWithoutSlashIsAnotherIssuer()
    {
        World world;
        world.tenant.metadata.insert(u"issuer"_s, world.tenant.issuer().chopped(1));
        QVERIFY(!world.metadata());
    }

    void plainHttpIssuerElsewhereIsNeverCalled()
    {
        World world(u"http://acme.invalid/"_s);
        const auto metadata = world.metadata();
        QVERIFY(!metadata);
        QVERIFY(metadata.error().error.detail.contains(u"neither https nor loopback"_s));
    }

    void brokenAnswers_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<bool>("temporary");
        QTest::newRow("503") << 503 << QByteArray("{}") << true;
        QTest::newRow("429") << 429 << QByteArray("{}") << true;
        QTest::newRow("404") << 404 << QByteArray("{}") << false;
        QTest::newRow("408") << 408 << QByteArray() << true;
        QTest::newRow("garbage") << 200 << QByteArray("}{") << false;
        QTest::newRow("a page of the network") << 200 << QByteArray(" <html>") << true;
        QTest::newRow("larger than 1 MiB") << 200 << QByteArray(2 * 1024 * 1024, ' ') << true;
    }
    void brokenAnswers()
    {
        QFETCH(const int, status);
        QFETCH(const QByteArray, body);
        QFETCH(const bool, temporary);
        World world;
        world.tenant.scripts[kDocument] = [=](const auto &) {
            return FakeTenant::Answer{status, body, {}};
        };
        const auto metadata = world.metadata();
        QVERIFY(!metadata);
        QCOMPARE(metadata.error().temporary, temporary);
        // Nothing of it is kept: the next call asks again and succeeds.
        world.tenant.scripts.clear();
        QVERIFY(world.metadata());
    }

    void redirectsAreNotFollowed()
    {
        World world;
        world.tenant.scripts[kDocument] = [&](const auto &) {
            return FakeTenant::Answer{
                302, {}, "Location: " + world.tenant.url(u"elsewhere"_s).toEncoded() + "\r\n"};
        };
        QVERIFY(!world.metadata());
        QCOMPARE(world.tenant.count("/elsewhere"), 0);
    }

    void cookiesAreNotKept()
    {
        World world;
        world.tenant.scripts[kDocument] = [&](const auto &) {
            auto answer = FakeTenant::json(200, world.tenant.metadata);
            answer.headers += "Set-Cookie: tenant=alice; Path=/\r\n";
            return answer;
        };
        QVERIFY(world.metadata());
        QVERIFY(world.keys({}));
        QVERIFY(!world.tenant.last("/jwks").head.toLower().contains("cookie"));
    }

    void silentTenantIsAnOutage()
    {
        World world;
        world.tenant.hold(kDocument);
        QObject context;
        std::optional<bool> temporary;
        world.discovery->metadata(&context, [&](const auto &metadata) {
            temporary = !metadata && metadata.error().temporary;
        });
        QTRY_COMPARE(world.tenant.count(kDocument), 1);
        world.clock.advance(30s);
        QTRY_VERIFY(temporary.has_value());
        QVERIFY(*temporary);
    }

    void aPageInPlaceOfJsonIsToldAsSuch()
    {
        World world;
        world.tenant.scripts[kDocument] = [](const auto &) {
            return FakeTenant::Answer{200, "Welcome", "Content-Type: Text/HTML; charset=utf-8\r\n"};
        };
        const auto metadata = world.metadata();
        QVERIFY(!metadata && metadata.error().temporary);
        QCOMPARE(metadata.error().error.message,
                 u"Something else answered in place of the tenant."_s);
    }

    void anUntrustedCertificateEndsIt_data()
    {
        QTest::addColumn<bool>("isTrusted");
        QTest::addColumn<QString>("host");
        QTest::newRow("of an unknown authority") << false << u"localhost"_s;
        QTest::newRow("of another host") << true << u"other.example"_s;
    }
    void anUntrustedCertificateEndsIt()
    {
        QFETCH(const bool, isTrusted);
        QFETCH(const QString, host);
        const TestAuthority authority;
        HttpsSite site(authority.serverFor(host));
        site.answerWith(HttpsSite::answer("{}"));
        auto tls = QSslConfiguration::defaultConfiguration();
        const auto before = tls;
        if (isTrusted)
            tls.addCaCertificate(authority.certificate());
        QSslConfiguration::setDefaultConfiguration(tls);
        World world(u"https://localhost:%1/"_s.arg(site.port()));
        const auto metadata = world.metadata();
        QSslConfiguration::setDefaultConfiguration(before);
        QVERIFY(!metadata);
        QVERIFY(metadata.error().error.message.contains(u"not secure"_s));
        QVERIFY(site.requests.isEmpty());
    }

    void aNameThatIsNotKnownIsAnOutage()
    {
        World world(u"https://tenant.invalid/"_s);
        const auto metadata = world.metadata();
        QVERIFY(!metadata);
        QVERIFY(metadata.error().temporary);
        QCOMPARE(metadata.error().error.message, u"The tenant cannot be reached."_s);
    }

    /// The system's proxy, which is asked for everything but loopback.
    void theProxyIsUsed()
    {
        QTcpServer proxy;
        QVERIFY(proxy.listen(QHostAddress::LocalHost));
        const auto address = "http://127.0.0.1:" + QByteArray::number(proxy.serverPort());
        qputenv("https_proxy", address);
        qputenv("http_proxy", address);
        const auto forget = qScopeGuard([] {
            qunsetenv("https_proxy");
            qunsetenv("http_proxy");
        });
        QByteArray asked;
        connect(&proxy, &QTcpServer::newConnection, this, [&] {
            auto *const socket = proxy.nextPendingConnection();
            connect(socket, &QTcpSocket::readyRead, socket, [&asked, socket] {
                asked += socket->readAll();
                if (asked.contains("\r\n\r\n"))
                    socket->disconnectFromHost();
            });
        });
        World local;
        QVERIFY(local.metadata());
        QCOMPARE(asked, QByteArray());
        World world(u"https://tenant.invalid/"_s);
        QVERIFY(!world.metadata());
        QVERIFY2(asked.startsWith("CONNECT tenant.invalid:443 "), asked.constData());
    }

    void howLongDocumentsAreUsed_data()
    {
        QTest::addColumn<QByteArray>("header");
        QTest::addColumn<int>("seconds");
        QTest::newRow("RFC 9111 §5.2.2.1 max-age") << "Cache-Control: max-age=300\r\n"_ba << 300;
        QTest::newRow("nothing said") << QByteArray() << 3600;
        QTest::newRow("no-store, but not asked before each call")
            << "Cache-Control: no-store\r\n"_ba << 60;
        QTest::newRow("a day at most") << "Cache-Control: max-age=9999999\r\n"_ba << 86'400;
    }
    void howLongDocumentsAreUsed()
    {
        QFETCH(const QByteArray, header);
        QFETCH(const int, seconds);
        World world;
        world.tenant.scripts[kDocument] = [&](const auto &) {
            auto answer = FakeTenant::json(200, world.tenant.metadata);
            answer.headers += header;
            return answer;
        };
        world.tenant.scripts["/jwks"] = [&](const auto &) {
            auto answer = FakeTenant::json(200, world.tenant.keys);
            answer.headers += header;
            return answer;
        };
        QVERIFY(world.keys({}));
        world.clock.advance(std::chrono::seconds(seconds - 1));
        QVERIFY(world.keys({}));
        QCOMPARE(world.tenant.count(kDocument), 1);
        QCOMPARE(world.tenant.count("/jwks"), 1);
        world.clock.advance(1s);
        QVERIFY(world.keys({}));
        QCOMPARE(world.tenant.count(kDocument), 2);
        QCOMPARE(world.tenant.count("/jwks"), 2);
    }

    void oldMetadataServesDuringAnOutage_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("headers");
        QTest::addColumn<int>("rest"); // in seconds, until it is asked again
        QTest::newRow("503") << 503 << ""_ba << 60;
        QTest::newRow("429") << 429 << ""_ba << 60;
        QTest::newRow("503 Retry-After longer") << 503 << "Retry-After: 300\r\n"_ba << 300;
        QTest::newRow("429 Retry-After shorter") << 429 << "Retry-After: 5\r\n"_ba << 60;
    }
    void oldMetadataServesDuringAnOutage()
    {
        QFETCH(const int, status);
        QFETCH(const QByteArray, headers);
        QFETCH(const int, rest);
        World world;
        QVERIFY(world.metadata());
        world.clock.advance(2h);
        world.tenant.scripts[kDocument] = [=](const auto &) {
            return FakeTenant::Answer{status, {}, headers};
        };
        for (int call = 0; call < 5; ++call)
            QVERIFY(world.metadata());
        QCOMPARE(world.tenant.count(kDocument), 2);
        world.clock.advance(std::chrono::seconds(rest - 1));
        QVERIFY(world.metadata());
        QCOMPARE(world.tenant.count(kDocument), 2);
        world.clock.advance(1s);
        QVERIFY(world.metadata());
        QCOMPARE(world.tenant.count(kDocument), 3);
        world.tenant.scripts.clear();
        world.clock.advance(std::chrono::seconds(rest));
        QVERIFY(world.metadata());
        QVERIFY(world.metadata());
        QCOMPARE(world.tenant.count(kDocument), 4);
    }

    void oldKeysDoNotServeDuringAnOutage()
    {
        World world;
        QVERIFY(world.keys({}));
        world.clock.advance(2h);
        world.tenant.stop();
        QVERIFY(world.metadata());
        QVERIFY(!world.keys({})); // a key may have been withdrawn
    }

    void whereABrowserSignsOut_data()
    {
        QTest::addColumn<QString>("endpoint");
        QTest::addColumn<QString>("url");
        const auto back = u"http%3A%2F%2F127.0.0.1%3A8377%2Fsigned-out"_s;
        QTest::newRow("Auth0's own")
            << QString() << u"https://acme.example/v2/logout?client_id=a%2Bb&returnTo="_s + back;
        QTest::newRow("RP-Initiated Logout §2")
            << u"https://acme.example/oidc/logout"_s
            << u"https://acme.example/oidc/logout?client_id=a%2Bb&post_logout_redirect_uri="_s
                + back;
        QTest::newRow("Auth0's own, named in the document")
            << u"https://acme.example/v2/logout"_s
            << u"https://acme.example/v2/logout?client_id=a%2Bb&returnTo="_s + back;
    }
    void whereABrowserSignsOut()
    {
        QFETCH(const QString, endpoint);
        QFETCH(const QString, url);
        ProviderMetadata provider;
        provider.issuer = u"https://acme.example/"_s;
        provider.endSessionEndpoint = QUrl(endpoint);
        const TenantConfig tenant{
            provider.issuer, u"a+b"_s, {}, {{}}, QUrl(u"http://127.0.0.1:8377/callback"_s)};
        QCOMPARE(browserSignOutUrl(tenant, provider).toString(QUrl::FullyEncoded), url);
    }

    void metadataIsFetchedOnceAnHour()
    {
        World world;
        QVERIFY(world.metadata());
        world.clock.advance(59min);
        QVERIFY(world.metadata());
        QCOMPARE(world.tenant.count(kDocument), 1);
        world.clock.advance(1min);
        QVERIFY(world.metadata());
        QCOMPARE(world.tenant.count(kDocument), 2);
    }

    void manyCallersShareOneFetch()
    {
        World world;
        QObject context;
        int answers = 0;
        for (int i = 0; i < 20; ++i)
            world.discovery->keys(u"key-1"_s, &context, [&](const auto &keys) {
                answers += keys && keys->contains(u"key-1"_s) ? 1 : 0;
            });
        QTRY_COMPARE(answers, 20);
        QCOMPARE(world.tenant.count(kDocument), 1);
        QCOMPARE(world.tenant.count("/jwks"), 1);
    }

    void unknownKidFetchesKeysAgainAfterABackOff()
    {
        World world;
        QVERIFY(world.keys(u"key-1"_s)->contains(u"key-1"_s));
        world.tenant.setKey(TestKey::p256(), u"key-2"_s);

        QVERIFY(!world.keys(u"key-2"_s)->contains(u"key-2"_s));
        QCOMPARE(world.tenant.count("/jwks"), 1);
        world.clock.advance(10s);
        QVERIFY(world.keys(u"key-2"_s)->contains(u"key-2"_s));
        QCOMPARE(world.tenant.count("/jwks"), 2);
        for (int i = 0; i < 5; ++i)
            QVERIFY(world.keys(u"made-up"_s));
        QCOMPARE(world.tenant.count("/jwks"), 2);
    }

    void backOffHoldsWhileTheKeysCannotBeFetched()
    {
        World world;
        QVERIFY(world.keys({}));
        world.clock.advance(10s);
        world.tenant.scripts["/jwks"] = [](const auto &) {
            return FakeTenant::Answer{503, {}, {}};
        };
        QVERIFY(!world.keys(u"made-up"_s));
        QVERIFY(world.keys(u"made-up"_s));
        QCOMPARE(world.tenant.count("/jwks"), 2);
    }

    void goneCallerIsNotCalled()
    {
        World world;
        bool called = false;
        {
            QObject context;
            world.discovery->metadata(&context, [&](const auto &) { called = true; });
        }
        QVERIFY(world.metadata());
        QVERIFY(!called);
    }
};

QTEST_GUILESS_MAIN(TestDiscovery)
#include "tst_discovery.moc"
