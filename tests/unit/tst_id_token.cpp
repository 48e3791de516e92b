// SPDX-License-Identifier: GPL-3.0-or-later
#include <support/manual_clock.h>
#include <support/test_key.h>

#include <oidc/id_token.h>
#include <oidc/jose.h>

#include <QTest>

using namespace Qt::StringLiterals;
using namespace gatehouse;
using namespace gatehouse::oidc;
using namespace gatehouse::tests;

namespace {

const auto kIssuer = u"https://acme.example/"_s;
const auto kClient = u"gatehouse-client"_s;
const auto kNonce = "the-nonce"_ba;

} // namespace

/// Every row is a token really signed by the tenant's key: only the claim named fails it.
class TestIdToken : public QObject {
    Q_OBJECT

private:
    const TestKey m_key = TestKey::rsa();
    const ManualClock m_clock;

    [[nodiscard]] double seconds(std::chrono::seconds offset) const
    {
        return double(toMilliseconds(m_clock.now() + offset) / 1000);
    }

    [[nodiscard]] QJsonObject goodClaims() const
    {
        return {{u"iss"_s, kIssuer},
                {u"sub"_s, u"auth0|alice"_s},
                {u"aud"_s, kClient},
                {u"exp"_s, seconds(1h)},
                {u"iat"_s, seconds(0s)},
                {u"nonce"_s, QString::fromLatin1(kNonce)},
                {u"auth_time"_s, seconds(-600s)}};
    }

    [[nodiscard]] Result<std::monostate>
    check(const QJsonObject &claims, std::optional<std::chrono::seconds> maxAge = 600s) const
    {
        const auto token = m_key.sign({{u"alg"_s, u"RS256"_s}, {u"kid"_s, u"k"_s}}, claims);
        const auto keys = JwkSet::parse({{u"keys"_s, QJsonArray{m_key.jwk(u"k"_s)}}}).value();
        const auto verified = verifyJws(token, keys).value();
        // The access token of OIDC Core's example A.3, and its hash.
        const Secret accessToken("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y");
        return checkIdToken(verified, {kIssuer, kClient, Secret(kNonce), accessToken, maxAge},
                            m_clock.now());
    }

    static void columns()
    {
        QTest::addColumn<QString>("claim");
        QTest::addColumn<QJsonValue>("value"); // undefined leaves the claim out
    }

    [[nodiscard]] QJsonObject changedClaims() const
    {
        auto claims = goodClaims();
        QFETCH(const QString, claim);
        QFETCH(const QJsonValue, value);
        if (value.isUndefined())
            claims.remove(claim);
        else
            claims.insert(claim, value);
        return claims;
    }

private Q_SLOTS:
    void accepts_data()
    {
        columns();
        QTest::newRow("as a tenant sends it") << u"name"_s << QJsonValue(u"Alice"_s);
        QTest::newRow("§3.1.3.7 aud is a list of us")
            << u"aud"_s << QJsonValue(QJsonArray{kClient});
        QTest::newRow("§3.1.3.7 azp is us") << u"azp"_s << QJsonValue(kClient);
        QTest::newRow("§3.1.3.6 at_hash, the example of A.3")
            << u"at_hash"_s << QJsonValue(u"77QmUPtjPfzWtF2AnpK9RQ"_s);
        QTest::newRow("§3.1.3.7.13 auth_time within the skew")
            << u"auth_time"_s << QJsonValue(seconds(-660s));
        QTest::newRow("expired within the skew") << u"exp"_s << QJsonValue(seconds(-59s));
        QTest::newRow("issued in the future within the skew")
            << u"iat"_s << QJsonValue(seconds(60s));
        QTest::newRow("§3.1.3.7.10 issued ten minutes ago")
            << u"iat"_s << QJsonValue(seconds(-600s));
        QTest::newRow("RFC 7519 §4.1.5 nbf within the skew")
            << u"nbf"_s << QJsonValue(seconds(60s));
    }
    void accepts()
    {
        const auto result = check(changedClaims());
        QVERIFY2(result, result ? "" : qPrintable(result.error().detail));
    }

    void refuses_data()
    {
        columns();
        QTest::addColumn<QString>("reason");
        const QJsonValue absent(QJsonValue::Undefined);

        QTest::newRow("§3.1.3.7.2 another issuer")
            << u"iss"_s << QJsonValue(u"https://evil.example/"_s) << u"iss"_s;
        QTest::newRow("§3.1.3.7.2 issuer without its slash")
            << u"iss"_s << QJsonValue(u"https://acme.example"_s) << u"iss"_s;
        QTest::newRow("no issuer") << u"iss"_s << absent << u"iss"_s;
        QTest::newRow("issuer is a list")
            << u"iss"_s << QJsonValue(QJsonArray{kIssuer}) << u"iss"_s;
        QTest::newRow("no subject") << u"sub"_s << absent << u"sub"_s;
        QTest::newRow("empty subject") << u"sub"_s << QJsonValue(u""_s) << u"sub"_s;
        QTest::newRow("subject longer than 255")
            << u"sub"_s << QJsonValue(QString(256, u's')) << u"sub"_s;
        QTest::newRow("§3.1.3.7.3 another audience")
            << u"aud"_s << QJsonValue(u"other-client"_s) << u"aud"_s;
        QTest::newRow("§3.1.3.7.3 a list without us")
            << u"aud"_s << QJsonValue(QJsonArray{u"a"_s, u"b"_s}) << u"aud"_s;
        QTest::newRow("no audience") << u"aud"_s << absent << u"aud"_s;
        QTest::newRow("§3.1.3.7.4 several audiences without azp")
            << u"aud"_s << QJsonValue(QJsonArray{kClient, u"other"_s}) << u"azp"_s;
        QTest::newRow("§3.1.3.7.5 azp is another client")
            << u"azp"_s << QJsonValue(u"other-client"_s) << u"azp"_s;
        QTest::newRow("azp is null") << u"azp"_s << QJsonValue(QJsonValue::Null) << u"azp"_s;
        QTest::newRow("§3.1.3.7.9 expired for as long as the skew")
            << u"exp"_s << QJsonValue(seconds(-60s)) << u"expired"_s;
        QTest::newRow("no exp") << u"exp"_s << absent << u"exp"_s;
        QTest::newRow("exp is text") << u"exp"_s << QJsonValue(u"9999999999"_s) << u"exp"_s;
        QTest::newRow("exp beyond all time") << u"exp"_s << QJsonValue(1e300) << u"exp"_s;
        QTest::newRow("§3.1.3.7.10 issued in the future")
            << u"iat"_s << QJsonValue(seconds(61s)) << u"iat"_s;
        QTest::newRow("§3.1.3.7.10 issued too long ago")
            << u"iat"_s << QJsonValue(seconds(-601s)) << u"iat is long ago"_s;
        QTest::newRow("no iat") << u"iat"_s << absent << u"iat"_s;
        QTest::newRow("RFC 7519 §4.1.5 not valid yet")
            << u"nbf"_s << QJsonValue(seconds(61s)) << u"nbf"_s;
        QTest::newRow("§3.1.3.7.11 no nonce") << u"nonce"_s << absent << u"nonce is missing"_s;
        QTest::newRow("§3.1.3.7.11 another nonce")
            << u"nonce"_s << QJsonValue(u"other"_s) << u"nonce differs"_s;
        QTest::newRow("§3.1.3.6 at_hash of another access token")
            << u"at_hash"_s << QJsonValue(u"87QmUPtjPfzWtF2AnpK9RQ"_s) << u"at_hash"_s;
        QTest::newRow("§3.1.3.6 at_hash is a number")
            << u"at_hash"_s << QJsonValue(1) << u"at_hash"_s;
        QTest::newRow("§3.1.3.7.13 auth_time in the future")
            << u"auth_time"_s << QJsonValue(seconds(61s)) << u"auth_time"_s;
        QTest::newRow("§3.1.3.7.13 auth_time before max_age")
            << u"auth_time"_s << QJsonValue(seconds(-661s)) << u"older than max_age"_s;
        QTest::newRow("§3.1.3.7.13 no auth_time") << u"auth_time"_s << absent << u"auth_time"_s;
        QTest::newRow("auth_time is text")
            << u"auth_time"_s << QJsonValue(u"now"_s) << u"auth_time"_s;
        QTest::newRow("empty nonce") << u"nonce"_s << QJsonValue(u""_s) << u"nonce differs"_s;
    }
    void refuses()
    {
        QFETCH(const QString, reason);
        const auto result = check(changedClaims());
        QVERIFY(!result);
        QVERIFY2(result.error().detail.contains(reason), qPrintable(result.error().detail));
        QVERIFY(!result.error().message.isEmpty());
        QVERIFY(!result.error().remedy.isEmpty());
    }

    void aWrongClockIsToldAsSuch_data()
    {
        QTest::addColumn<double>("hours"); // how far the tenant is ahead
        QTest::addColumn<bool>("hasMaxAge");
        QTest::addColumn<QString>("words");
        QTest::newRow("hours behind") << 3.0 << true << u"about 3 hours behind the tenant's"_s;
        QTest::newRow("an hour behind") << 1.0 << true << u"about an hour behind the tenant's"_s;
        QTest::newRow("minutes behind")
            << 0.25 << true << u"about 15 minutes behind the tenant's"_s;
        // Longer than the token lasts, then less.
        QTest::newRow("12 h ahead") << -12.0 << false << u"about 12 hours ahead of the tenant's"_s;
        QTest::newRow("3 h ahead") << -3.0 << false << u"about 3 hours ahead of the tenant's"_s;
        QTest::newRow("3 h ahead with max_age")
            << -3.0 << true << u"about 3 hours ahead of the tenant's"_s;
    }
    void aWrongClockIsToldAsSuch()
    {
        QFETCH(const double, hours);
        QFETCH(const bool, hasMaxAge);
        QFETCH(const QString, words);
        auto claims = goodClaims();
        const auto offset = std::chrono::seconds(qint64(hours * 3600));
        claims.insert(u"iat"_s, seconds(offset));
        claims.insert(u"exp"_s, seconds(offset + 10h));
        claims.insert(u"auth_time"_s, seconds(offset));
        const auto result =
            check(claims, hasMaxAge ? std::optional<std::chrono::seconds>(600s) : std::nullopt);
        QVERIFY(!result);
        QVERIFY2(result.error().message.contains(words), qPrintable(result.error().message));
        QVERIFY(result.error().remedy.contains(u"Set the clock"_s));
    }

    void withoutAnExpectedNonceNothingPasses()
    {
        auto claims = goodClaims();
        claims.insert(u"nonce"_s, u""_s);
        QVERIFY(!checkIdToken(claims, {kIssuer, kClient, Secret()}, m_clock.now()));
    }
};

QTEST_GUILESS_MAIN(TestIdToken)
#include "tst_id_token.moc"
