// SPDX-License-Identifier: GPL-3.0-or-later
#include <support/relying_party_world.h>

#include <oidc/discovery.h>

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
        QTest::newRow("garbage") << 200 << QByteArray("<html>") << false;
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
