// SPDX-License-Identifier: GPL-3.0-or-later
#include <support/test_key.h>

#include <base/crypto.h>
#include <base/json.h>
#include <oidc/jose.h>

#include <QTest>

using namespace Qt::StringLiterals;
using namespace gatehouse;
using namespace gatehouse::oidc;
using gatehouse::tests::TestKey;

namespace {

JwkSet setOf(const QJsonArray &keys)
{
    return JwkSet::parse({{u"keys"_s, keys}}).value();
}

QJsonObject with(QJsonObject object, const QString &name, const QJsonValue &value)
{
    object.insert(name, value);
    return object;
}

QByteArray withPart(const QByteArray &token, int index, const QByteArray &part)
{
    auto parts = token.split('.');
    parts[index] = part;
    return parts.join('.');
}

} // namespace

class TestJose : public QObject {
    Q_OBJECT

private:
    const TestKey m_rsa = TestKey::rsa();
    const TestKey m_otherRsa = TestKey::rsa();
    const TestKey m_weakRsa = TestKey::rsa(1024);
    const TestKey m_ec = TestKey::p256();
    const TestKey m_symmetric = TestKey::symmetric();
    const QJsonObject m_claims{{u"sub"_s, u"alice"_s}};

    [[nodiscard]] QJsonObject header(const QString &alg, const QString &kid = u"rsa"_s) const
    {
        return {{u"alg"_s, alg}, {u"kid"_s, kid}};
    }

private Q_SLOTS:
    void accepts_data()
    {
        QTest::addColumn<QByteArray>("token");
        QTest::addColumn<QJsonArray>("keys");
        const QJsonArray both{m_rsa.jwk(u"rsa"_s), m_ec.jwk(u"ec"_s)};

        QTest::newRow("RFC 7518 §3.3 RS256") << m_rsa.sign(header(u"RS256"_s), m_claims) << both;
        QTest::newRow("RFC 7518 §3.5 PS256") << m_rsa.sign(header(u"PS256"_s), m_claims) << both;
        QTest::newRow("RFC 7518 §3.4 ES256")
            << m_ec.sign(header(u"ES256"_s, u"ec"_s), m_claims) << both;
        QTest::newRow("no kid and exactly one key that fits")
            << m_ec.sign({{u"alg"_s, u"ES256"_s}}, m_claims) << both;
        QTest::newRow("a key whose alg is the token's")
            << m_rsa.sign(header(u"RS256"_s), m_claims)
            << QJsonArray{with(m_rsa.jwk(u"rsa"_s), u"alg"_s, u"RS256"_s)};
    }
    void accepts()
    {
        QFETCH(const QByteArray, token);
        QFETCH(const QJsonArray, keys);
        const auto claims = verifyJws(token, setOf(keys));
        QVERIFY2(claims, claims ? "" : qPrintable(claims.error().detail));
        QCOMPARE(*claims, m_claims);
    }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("token");
        QTest::addColumn<QJsonArray>("keys");
        QTest::addColumn<QString>("reason");
        const QJsonArray rsa{m_rsa.jwk(u"rsa"_s)};
        const auto good = m_rsa.sign(header(u"RS256"_s), m_claims);
        const auto noKey = u"has no key that fits"_s;
        const auto notAccepted = u"is not accepted"_s;
        const auto badSignature = u"signature does not match"_s;

        QTest::newRow("RFC 8725 §3.2 alg none, no signature")
            << m_rsa.sign(header(u"none"_s), m_claims) << rsa << u"empty or not base64url"_s;
        QTest::newRow("RFC 8725 §3.2 alg none with something as signature")
            << withPart(m_rsa.sign(header(u"none"_s), m_claims), 2, "AAAA") << rsa << notAccepted;
        QTest::newRow("alg in other letters")
            << m_rsa.sign(header(u"rs256"_s), m_claims) << rsa << notAccepted;
        QTest::newRow("alg missing")
            << m_rsa.sign({{u"kid"_s, u"rsa"_s}}, m_claims) << rsa << notAccepted;
        QTest::newRow("alg RS384")
            << m_rsa.sign(header(u"RS384"_s), m_claims) << rsa << notAccepted;
        QTest::newRow("HS256 with an oct key that the tenant publishes")
            << m_symmetric.sign(header(u"HS256"_s, u"oct"_s), m_claims)
            << QJsonArray{m_symmetric.jwk(u"oct"_s)} << notAccepted;
        QTest::newRow("RS256 that names an oct key")
            << m_rsa.sign(header(u"RS256"_s, u"oct"_s), m_claims)
            << QJsonArray{m_symmetric.jwk(u"oct"_s)} << noKey;
        QTest::newRow("RFC 7518 §3.3 RSA key of 1024 bits")
            << m_weakRsa.sign(header(u"RS256"_s), m_claims) << QJsonArray{m_weakRsa.jwk(u"rsa"_s)}
            << noKey;
        QTest::newRow("ES256 that names an RSA key")
            << m_ec.sign(header(u"ES256"_s), m_claims) << rsa << noKey;
        QTest::newRow("key whose alg is another")
            << m_rsa.sign(header(u"PS256"_s), m_claims)
            << QJsonArray{with(m_rsa.jwk(u"rsa"_s), u"alg"_s, u"RS256"_s)} << noKey;
        QTest::newRow("RFC 7515 §4.1.11 crit")
            << m_rsa.sign(with(header(u"RS256"_s), u"crit"_s, QJsonArray{u"exp"_s}), m_claims)
            << rsa << u"critical extensions"_s;
        QTest::newRow("RFC 7515 §4.1.11 empty crit")
            << m_rsa.sign(with(header(u"RS256"_s), u"crit"_s, QJsonArray{}), m_claims) << rsa
            << u"critical extensions"_s;
        QTest::newRow("RFC 7797 b64 false")
            << m_rsa.sign(with(header(u"RS256"_s), u"b64"_s, false), m_claims) << rsa
            << u"has b64"_s;
        QTest::newRow("RFC 7797 b64 true")
            << m_rsa.sign(with(header(u"RS256"_s), u"b64"_s, true), m_claims) << rsa
            << u"has b64"_s;
        QTest::newRow("unknown kid")
            << m_rsa.sign(header(u"RS256"_s, u"rotated"_s), m_claims) << rsa << noKey;
        QTest::newRow("empty kid is a kid")
            << m_rsa.sign(header(u"RS256"_s, u""_s), m_claims) << rsa << noKey;
        QTest::newRow("kid is no string")
            << m_rsa.sign(with(header(u"RS256"_s), u"kid"_s, 1), m_claims) << rsa
            << u"kid is not a string"_s;
        QTest::newRow("kid of another key")
            << good << QJsonArray{m_otherRsa.jwk(u"rsa"_s)} << badSignature;
        QTest::newRow("no kid and two keys that fit")
            << m_rsa.sign({{u"alg"_s, u"RS256"_s}}, m_claims)
            << QJsonArray{m_rsa.jwk(), m_otherRsa.jwk()} << u"several keys"_s;
        QTest::newRow("kid that two keys have")
            << good << QJsonArray{m_rsa.jwk(u"rsa"_s), m_otherRsa.jwk(u"rsa"_s)}
            << u"several keys"_s;
        QTest::newRow("payload tampered")
            << withPart(good, 1, toBase64Url(R"({"sub":"mallory"})")) << rsa << badSignature;
        QTest::newRow("header tampered")
            << withPart(good, 0, toBase64Url(R"({"alg":"PS256","kid":"rsa"})")) << rsa
            << badSignature;
        QTest::newRow("signature of another token") << withPart(
            good, 2, m_rsa.sign(header(u"RS256"_s), {{u"sub"_s, u"bob"_s}}).split('.').at(2))
                                                    << rsa << badSignature;
        QTest::newRow("ES256 signature of zeros") << withPart(
            m_ec.sign(header(u"ES256"_s, u"ec"_s), m_claims), 2, toBase64Url(QByteArray(64, '\0')))
                                                  << QJsonArray{m_ec.jwk(u"ec"_s)} << badSignature;
        QTest::newRow("empty") << QByteArray() << rsa << u"three parts"_s;
        QTest::newRow("garbage") << QByteArray("no token at all") << rsa << u"three parts"_s;
        QTest::newRow("garbage in three parts") << QByteArray("a.!.c") << rsa << u"base64url"_s;
        QTest::newRow("RFC 7516 five parts") << QByteArray("a.b.c.d.e") << rsa << u"three parts"_s;
        QTest::newRow("RFC 7515 §2 padding") << good + "=" << rsa << u"base64url"_s;
        QTest::newRow("header is a list")
            << m_rsa.signRaw(u"RS256"_s, "[]", "{}") << rsa << u"header is not a JSON object"_s;
        QTest::newRow("claims are a list")
            << m_rsa.signRaw(u"RS256"_s, R"({"alg":"RS256","kid":"rsa"})", "[1]") << rsa
            << u"claims are not a JSON object"_s;
        QTest::newRow("longer than 64 KiB")
            << m_rsa.sign(header(u"RS256"_s), {{u"sub"_s, QString(kLongestJws, u'x')}}) << rsa
            << u"longer than"_s;
        QTest::newRow("tenant without keys") << good << QJsonArray{} << noKey;
    }
    void refuses()
    {
        QFETCH(const QByteArray, token);
        QFETCH(const QJsonArray, keys);
        QFETCH(const QString, reason);
        const auto claims = verifyJws(token, setOf(keys));
        QVERIFY(!claims);
        QVERIFY2(claims.error().detail.contains(reason), qPrintable(claims.error().detail));
        QVERIFY(!claims.error().message.isEmpty());
    }

    void usableKeys_data()
    {
        QTest::addColumn<QJsonObject>("jwk");
        QTest::addColumn<bool>("usable");
        const auto rsa = m_rsa.jwk(u"k"_s);
        const auto ec = m_ec.jwk(u"k"_s);

        QTest::newRow("RSA") << rsa << true;
        QTest::newRow("EC on P-256") << ec << true;
        QTest::newRow("without kid") << m_rsa.jwk() << true;
        QTest::newRow("RFC 7517 §4.2 use sig") << with(rsa, u"use"_s, u"sig"_s) << true;
        QTest::newRow("RFC 7517 §4.2 use enc") << with(rsa, u"use"_s, u"enc"_s) << false;
        QTest::newRow("RFC 7517 §4.3 key_ops verify")
            << with(rsa, u"key_ops"_s, QJsonArray{u"verify"_s}) << true;
        QTest::newRow("RFC 7517 §4.3 key_ops encrypt")
            << with(rsa, u"key_ops"_s, QJsonArray{u"encrypt"_s}) << false;
        QTest::newRow("RFC 7517 §4.4 alg RS512") << with(rsa, u"alg"_s, u"RS512"_s) << false;
        QTest::newRow("RFC 7517 §4.4 alg RSA-OAEP") << with(rsa, u"alg"_s, u"RSA-OAEP"_s) << false;
        QTest::newRow("RSA key with alg ES256") << with(rsa, u"alg"_s, u"ES256"_s) << false;
        QTest::newRow("oct") << m_symmetric.jwk(u"k"_s) << false;
        QTest::newRow("RSA of 1024 bits") << m_weakRsa.jwk(u"k"_s) << false;
        QTest::newRow("RSA padded with zeros to 2048 bits")
            << with(m_weakRsa.jwk(u"k"_s), u"n"_s,
                    QString::fromLatin1(toBase64Url(
                        QByteArray(128, '\0')
                        + *fromBase64Url(m_weakRsa.jwk().value(u"n"_s).toString().toLatin1()))))
            << false;
        QTest::newRow("RSA with exponent 1") << with(rsa, u"e"_s, u"AQ"_s) << false;
        QTest::newRow("RSA with an even exponent") << with(rsa, u"e"_s, u"AQAA"_s) << false;
        QTest::newRow("RSA without a modulus") << with(rsa, u"n"_s, QJsonValue()) << false;
        QTest::newRow("EC on P-384") << with(ec, u"crv"_s, u"P-384"_s) << false;
        QTest::newRow("EC point that is not on the curve")
            << with(ec, u"y"_s, ec.value(u"x"_s)) << false;
        QTest::newRow("OKP") << QJsonObject{{u"kty"_s, u"OKP"_s},
                                            {u"crv"_s, u"Ed25519"_s},
                                            {u"x"_s, u"AAAA"_s}}
                             << false;
        QTest::newRow("kid is a number") << with(rsa, u"kid"_s, 7) << false;
        QTest::newRow("empty object") << QJsonObject() << false;
    }
    /// An unusable key is left out and does no harm to the one beside it.
    void usableKeys()
    {
        QFETCH(const QJsonObject, jwk);
        QFETCH(const bool, usable);
        const auto set = setOf({jwk, m_otherRsa.jwk(u"other"_s)});
        QCOMPARE(set.keys().size(), usable ? size_t(2) : size_t(1));
        QVERIFY(set.contains(u"other"_s));
    }

    void documentWithoutKeysIsAnError()
    {
        QVERIFY(!JwkSet::parse({}));
        QVERIFY(!JwkSet::parse({{u"keys"_s, u"none"_s}}));
    }

    void signingKeySurvivesStoring()
    {
        const auto key = SigningKey::create();
        QVERIFY(key);
        const auto stored = SigningKey::fromPrivateJwk(key->toPrivateJwk());
        QVERIFY(stored);
        QCOMPARE(stored->kid(), key->kid());
        const auto token = stored->sign(m_claims, u"at+jwt"_s);
        QVERIFY(token);
        QCOMPARE(verifyJws(*token, setOf({key->publicJwk()})).value(), m_claims);
        QCOMPARE(unverifiedKid(*token), key->kid());
        const auto head = parseJsonObject(*fromBase64Url(token->split('.').first()));
        QCOMPARE(head->value(u"typ"_s).toString(), u"at+jwt"_s);
        QCOMPARE(head->value(u"alg"_s).toString(), u"RS256"_s);
    }

    void publicJwkHoldsNothingPrivate()
    {
        const auto jwk = SigningKey::create()->publicJwk();
        QCOMPARE(jwk.keys(), QStringList({u"alg"_s, u"e"_s, u"kid"_s, u"kty"_s, u"n"_s, u"use"_s}));
    }

    void brokenStoredKeyIsAnError_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("no JSON") << QByteArray("nonsense");
        QTest::newRow("public key only") << toCompactJson(m_rsa.jwk());
        QTest::newRow("other kind") << toCompactJson(m_symmetric.jwk());
    }
    void brokenStoredKeyIsAnError()
    {
        QFETCH(const QByteArray, json);
        QVERIFY(!SigningKey::fromPrivateJwk(Secret(json)));
    }
};

QTEST_GUILESS_MAIN(TestJose)
#include "tst_jose.moc"
