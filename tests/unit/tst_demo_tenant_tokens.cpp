// SPDX-License-Identifier: GPL-3.0-or-later
#include <base/crypto.h>
#include <base/json.h>
#include <demo/access_token_check.h>
#include <demo/authorization_codes.h>
#include <demo/expiring_map.h>
#include <demo/refresh_tokens.h>
#include <demo/tenant_state.h>
#include <demo/token_maker.h>
#include <support/manual_clock.h>

#include <QFile>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace gatehouse;
using namespace gatehouse::demo;

namespace {

// RFC 7636 appendix B
const auto kVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"_ba;
const auto kChallenge = u"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"_s;
const auto kRedirect = u"http://127.0.0.1:8377/callback"_s;

TenantGrant grant()
{
    return {u"gatehouse-demo"_s,
            u"alice"_s,
            {u"openid"_s, u"offline_access"_s, u"read:todos"_s},
            u"urn:todos-api"_s,
            1'795'000'000};
}

QByteArray read(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

class TestDemoTenantTokens : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();

    void expiringMapForgets();
    void expiringMapIsBounded();

    void codeRefused_data();
    void codeRefused();
    void codeExpires();
    void codeSurvivesAnotherClient();
    void replayedCodeNamesItsRefreshToken();

    void refreshRotates();
    void refreshReuseEndsTheFamily();
    void refreshAgainWithinTheOverlap();
    void refreshOfAnotherClientDoesNothing();
    void refreshExpires();
    void refreshRevokes();

    void stateSurvivesARestart();
    void stateHoldsNoToken();
    void stateDamaged_data();
    void stateDamaged();

    void accessTokenClaims();
    void idTokenClaims_data();
    void idTokenClaims();
    void checksAccessTokens_data();
    void checksAccessTokens();

private:
    [[nodiscard]] TenantState loadState()
    {
        auto state = TenantState::load(m_directory.path());
        if (!state)
            qFatal("no state: %s", qUtf8Printable(state.error().message));
        return *std::move(state);
    }
    [[nodiscard]] QString stateFile() const { return m_directory.filePath(u"demo-tenant.json"_s); }

    QTemporaryDir m_directory; // one for all tests: a key takes a moment to make
    tests::ManualClock m_clock;
    TenantOptions m_options;
    SystemRandom m_random;
};

void TestDemoTenantTokens::initTestCase()
{
    QVERIFY(m_directory.isValid());
    QVERIFY(TenantState::load(m_directory.path()).has_value());
}

void TestDemoTenantTokens::expiringMapForgets()
{
    ExpiringMap<int> map(m_clock, 10s);
    map.insert("a", 1);
    m_clock.advance(9s);
    QVERIFY(map.find("a") != nullptr);
    m_clock.advance(1s);
    QVERIFY(map.find("a") == nullptr);
    map.insert("b", 2);
    QCOMPARE(map.take("b"), std::optional<int>(2));
    QCOMPARE(map.take("b"), std::optional<int>());
}

void TestDemoTenantTokens::expiringMapIsBounded()
{
    ExpiringMap<int> map(m_clock, 10s, 2);
    map.insert("oldest", 1);
    m_clock.advance(1s);
    map.insert("newer", 2);
    map.insert("newest", 3);
    QVERIFY(map.find("oldest") == nullptr);
    QVERIFY(map.find("newer") != nullptr);
    QVERIFY(map.find("newest") != nullptr);
}

void TestDemoTenantTokens::codeRefused_data()
{
    QTest::addColumn<QString>("redirectUri");
    QTest::addColumn<QByteArray>("verifier");
    QTest::addColumn<bool>("good");
    QTest::newRow("RFC 7636 appendix B") << kRedirect << kVerifier << true;
    QTest::newRow("RFC 7636 §4.6 another verifier") << kRedirect << QByteArray(43, 'a') << false;
    QTest::newRow("RFC 7636 §4.6 the challenge itself")
        << kRedirect << kChallenge.toLatin1() << false;
    QTest::newRow("RFC 7636 §4.1 no verifier") << kRedirect << QByteArray() << false;
    QTest::newRow("RFC 6749 §4.1.3 another redirect URI")
        << u"http://localhost:8377/callback"_s << kVerifier << false;
}

void TestDemoTenantTokens::codeRefused()
{
    QFETCH(QString, redirectUri);
    QFETCH(QByteArray, verifier);
    QFETCH(bool, good);
    AuthorizationCodes codes(m_clock, m_random);
    const auto code = codes.issue({grant(), kRedirect, kChallenge, u"n"_s});
    QCOMPARE(codes.redeem({code, u"gatehouse-demo"_s, redirectUri, verifier}).has_value(), good);
    // Used up by its own client, whether it was good or not.
    QVERIFY(!codes.redeem({code, u"gatehouse-demo"_s, kRedirect, kVerifier}).has_value());
}

void TestDemoTenantTokens::codeExpires()
{
    AuthorizationCodes codes(m_clock, m_random);
    const auto early = codes.issue({grant(), kRedirect, kChallenge, {}});
    const auto late = codes.issue({grant(), kRedirect, kChallenge, {}});
    m_clock.advance(59s);
    QVERIFY(codes.redeem({early, u"gatehouse-demo"_s, kRedirect, kVerifier}).has_value());
    m_clock.advance(1s);
    QVERIFY(!codes.redeem({late, u"gatehouse-demo"_s, kRedirect, kVerifier}).has_value());
}

void TestDemoTenantTokens::codeSurvivesAnotherClient()
{
    AuthorizationCodes codes(m_clock, m_random);
    const auto code = codes.issue({grant(), kRedirect, kChallenge, {}});
    QVERIFY(!codes.redeem({code, u"other"_s, kRedirect, kVerifier}).has_value());
    QVERIFY(codes.redeem({code, u"gatehouse-demo"_s, kRedirect, kVerifier}).has_value());
}

void TestDemoTenantTokens::replayedCodeNamesItsRefreshToken()
{
    AuthorizationCodes codes(m_clock, m_random);
    const auto code = codes.issue({grant(), kRedirect, kChallenge, {}});
    const CodeUse use{code, u"gatehouse-demo"_s, kRedirect, kVerifier};
    QVERIFY(codes.redeem(use).has_value());
    codes.rememberRefreshToken(code, "the token");
    const auto replayed = codes.redeem(use);
    QVERIFY(!replayed.has_value());
    QCOMPARE(replayed.error().refreshToken, "the token"_ba);
}

void TestDemoTenantTokens::refreshRotates()
{
    auto state = loadState();
    RefreshTokens tokens({m_clock, m_random, state, m_options});
    const auto first = tokens.issue(grant());
    QVERIFY(first.has_value());
    const auto second = tokens.rotate(*first, u"gatehouse-demo"_s);
    QVERIFY(second.has_value() && second->has_value());
    QVERIFY((*second)->token != *first);
    QCOMPARE((*second)->grant.personKey, u"alice"_s);
    QCOMPARE((*second)->grant.scopes, grant().scopes);
    QCOMPARE((*second)->grant.audience, u"urn:todos-api"_s);
    QCOMPARE((*second)->grant.authTime, grant().authTime);
    QVERIFY(tokens.rotate((*second)->token, u"gatehouse-demo"_s)->has_value());
}

void TestDemoTenantTokens::refreshReuseEndsTheFamily()
{
    auto state = loadState();
    RefreshTokens tokens({m_clock, m_random, state, m_options});
    const auto first = tokens.issue(grant());
    const auto bystander = tokens.issue(grant());
    const auto second = tokens.rotate(*first, u"gatehouse-demo"_s);
    QVERIFY(second->has_value());
    // RFC 9700 §4.14.2: the old one comes again, so the new one ends too.
    m_clock.advance(m_options.rotationOverlap);
    QVERIFY(!tokens.rotate(*first, u"gatehouse-demo"_s)->has_value());
    QVERIFY(!tokens.rotate((*second)->token, u"gatehouse-demo"_s)->has_value());
    QVERIFY(tokens.rotate(*bystander, u"gatehouse-demo"_s)->has_value());
}

/// Auth0's rotation overlap period: the answer with the successor was lost.
void TestDemoTenantTokens::refreshAgainWithinTheOverlap()
{
    auto state = loadState();
    RefreshTokens tokens({m_clock, m_random, state, m_options});
    const auto first = tokens.issue(grant());
    QVERIFY(tokens.rotate(*first, u"gatehouse-demo"_s)->has_value());
    m_clock.advance(m_options.rotationOverlap - 1s);
    const auto again = tokens.rotate(*first, u"gatehouse-demo"_s);
    QVERIFY(again.has_value() && again->has_value());
    // That does not lengthen the period.
    m_clock.advance(1s);
    QVERIFY(!tokens.rotate(*first, u"gatehouse-demo"_s)->has_value());
}

void TestDemoTenantTokens::refreshOfAnotherClientDoesNothing()
{
    auto state = loadState();
    RefreshTokens tokens({m_clock, m_random, state, m_options});
    const auto token = tokens.issue(grant());
    QVERIFY(!tokens.rotate(*token, u"other"_s)->has_value());
    QVERIFY(tokens.revoke(*token, u"other"_s).has_value());
    QVERIFY(!tokens.rotate("no token at all", u"gatehouse-demo"_s)->has_value());
    QVERIFY(!tokens.rotate("", u"gatehouse-demo"_s)->has_value());
    QVERIFY(tokens.rotate(*token, u"gatehouse-demo"_s)->has_value());
}

void TestDemoTenantTokens::refreshExpires()
{
    auto state = loadState();
    RefreshTokens tokens({m_clock, m_random, state, m_options});
    const auto token = tokens.issue(grant());
    m_clock.advance(24h * 29);
    const auto rotated = tokens.rotate(*token, u"gatehouse-demo"_s);
    QVERIFY(rotated->has_value());
    m_clock.advance(24h);
    QVERIFY(!tokens.rotate((*rotated)->token, u"gatehouse-demo"_s)->has_value());
}

void TestDemoTenantTokens::refreshRevokes()
{
    auto state = loadState();
    RefreshTokens tokens({m_clock, m_random, state, m_options});
    const auto first = tokens.issue(grant());
    const auto second = tokens.rotate(*first, u"gatehouse-demo"_s);
    QVERIFY(tokens.revoke(*first, u"gatehouse-demo"_s).has_value()); // an old one names it too
    QVERIFY(!tokens.rotate((*second)->token, u"gatehouse-demo"_s)->has_value());
    QVERIFY(tokens.revoke("unknown", u"gatehouse-demo"_s).has_value()); // RFC 7009 §2.2
}

void TestDemoTenantTokens::stateSurvivesARestart()
{
    QByteArray token;
    QString kid;
    {
        auto state = loadState();
        kid = state.signingKey().kid();
        token = *RefreshTokens({m_clock, m_random, state, m_options}).issue(grant());
    }
    auto state = loadState();
    QCOMPARE(state.signingKey().kid(), kid);
    const auto rotated =
        RefreshTokens({m_clock, m_random, state, m_options}).rotate(token, u"gatehouse-demo"_s);
    QVERIFY(rotated->has_value());
    QCOMPARE((*rotated)->grant.scopes, grant().scopes);
    QCOMPARE((*rotated)->grant.authTime, grant().authTime);
}

void TestDemoTenantTokens::stateHoldsNoToken()
{
    auto state = loadState();
    RefreshTokens tokens({m_clock, m_random, state, m_options});
    const auto token = *tokens.issue(grant());
    const auto content = read(stateFile());
    QVERIFY(content.contains(toBase64Url(sha256(token))));
    for (const auto &part : token.split('.')) {
        QVERIFY(part.size() >= 43);
        QVERIFY(!content.contains(part));
    }
    const auto ownerOnly =
        QFile::ReadOwner | QFile::WriteOwner | QFile::ReadUser | QFile::WriteUser;
    QCOMPARE(QFile::permissions(stateFile()), ownerOnly);
}

void TestDemoTenantTokens::stateDamaged_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::newRow("empty") << ""_ba;
    QTest::newRow("cut off") << R"({"signingKey":{"kty")"_ba;
    QTest::newRow("no key") << R"({"refreshTokens":[]})"_ba;
    auto broken = parseJsonObject(read(stateFile())).value_or(QJsonObject());
    broken.insert(u"refreshTokens"_s, QJsonArray{QJsonObject{{u"family"_s, u"=="_s}}});
    QTest::newRow("a broken family") << toCompactJson(broken);
}

void TestDemoTenantTokens::stateDamaged()
{
    QFETCH(QByteArray, content);
    QTemporaryDir directory;
    const auto path = directory.filePath(u"demo-tenant.json"_s);
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(content), content.size());
    file.close();
    const auto state = TenantState::load(directory.path());
    QVERIFY(!state.has_value());
    QVERIFY(state.error().message.contains(path));
    QCOMPARE(read(path), content); // never overwritten
}

namespace {

TenantOptions options()
{
    TenantOptions result;
    result.apis = {{u"urn:todos-api"_s, {u"read:todos"_s, u"write:todos"_s, u"read:billing"_s}}};
    result.accessTokenLifetime = 100s;
    return result;
}

} // namespace

void TestDemoTenantTokens::accessTokenClaims()
{
    const auto state = loadState();
    const auto tenant = options();
    TokenMaker maker({m_clock, m_random, tenant, state.signingKey()});
    const auto token = maker.accessToken(grant());
    QVERIFY(token.has_value());
    const auto claims = oidc::verifyJws(*token, *oidc::JwkSet::parse(maker.jwks()));
    QVERIFY(claims.has_value());
    const auto now = toMilliseconds(m_clock.now()) / 1000;
    const QJsonObject expected{
        {u"iss"_s, u"http://localhost:8378/"_s},
        {u"sub"_s, u"auth0|alice"_s},
        {u"aud"_s, QJsonArray{u"urn:todos-api"_s, u"http://localhost:8378/userinfo"_s}},
        {u"azp"_s, u"gatehouse-demo"_s},
        {u"scope"_s, u"openid offline_access read:todos"_s},
        {u"permissions"_s, QJsonArray{u"read:todos"_s, u"write:todos"_s, u"read:billing"_s}},
        {u"iat"_s, now},
        {u"exp"_s, now + 100}};
    QCOMPARE(*claims, expected);

    auto withoutAudience = grant();
    withoutAudience.audience.clear();
    const auto opaque = maker.accessToken(withoutAudience);
    QVERIFY(opaque.has_value());
    QVERIFY(!opaque->contains('.'));
    QCOMPARE(maker.checkForUserinfo("Bearer " + *opaque)->subject, u"auth0|alice"_s);
    QCOMPARE(maker.checkForUserinfo("Bearer " + *token)->subject, u"auth0|alice"_s);
    m_clock.advance(100s);
    QVERIFY(!maker.checkForUserinfo("Bearer " + *opaque).has_value());
    QVERIFY(!maker.checkForUserinfo("Bearer " + *token).has_value());
}

void TestDemoTenantTokens::idTokenClaims_data()
{
    QTest::addColumn<QStringList>("scopes");
    QTest::addColumn<QString>("nonce");
    QTest::addColumn<QStringList>("names");
    const QStringList always{u"aud"_s, u"auth_time"_s, u"exp"_s, u"iat"_s, u"iss"_s, u"sub"_s};
    const QStringList profile{u"name"_s, u"given_name"_s, u"nickname"_s};
    const QStringList email{u"email"_s, u"email_verified"_s};
    QTest::newRow("OIDC §2 openid alone") << QStringList{u"openid"_s} << QString() << always;
    QTest::newRow("OIDC §2 nonce comes back")
        << QStringList{u"openid"_s} << u"n"_s << always + QStringList{u"nonce"_s};
    QTest::newRow("OIDC §5.4 profile")
        << QStringList{u"openid"_s, u"profile"_s} << QString() << always + profile;
    QTest::newRow("OIDC §5.4 email")
        << QStringList{u"openid"_s, u"email"_s} << QString() << always + email;
}

void TestDemoTenantTokens::idTokenClaims()
{
    QFETCH(QStringList, scopes);
    QFETCH(QString, nonce);
    QFETCH(QStringList, names);
    const auto state = loadState();
    const auto tenant = options();
    TokenMaker maker({m_clock, m_random, tenant, state.signingKey()});
    auto wanted = grant();
    wanted.scopes = scopes;
    const auto claims =
        oidc::verifyJws(*maker.idToken(wanted, nonce), *oidc::JwkSet::parse(maker.jwks()));
    QVERIFY(claims.has_value());
    names.sort();
    QCOMPARE(claims->keys(), names);
    QCOMPARE(claims->value("aud"_L1).toString(), u"gatehouse-demo"_s);
    QCOMPARE(claims->value("nonce"_L1).toString(), nonce);
    QCOMPARE(claims->value("auth_time"_L1).toInteger(), grant().authTime);
    if (claims->contains("name"_L1))
        QCOMPARE(claims->value("name"_L1).toString(), u"Alice Martin"_s);
    if (claims->contains("email"_L1))
        QCOMPARE(claims->value("email"_L1).toString(), u"alice@demo.example"_s);
}

void TestDemoTenantTokens::checksAccessTokens_data()
{
    QTest::addColumn<QJsonObject>("claims");
    QTest::addColumn<bool>("good");
    const auto now = toMilliseconds(m_clock.now()) / 1000;
    const QJsonObject valid{{u"iss"_s, u"https://t.example/"_s},
                            {u"aud"_s, u"urn:todos-api"_s},
                            {u"sub"_s, u"s"_s},
                            {u"exp"_s, now + 1}};
    const auto with = [&](const QString &name, const QJsonValue &value) {
        auto changed = valid;
        changed.insert(name, value);
        return changed;
    };
    QTest::newRow("as it should be") << valid << true;
    QTest::newRow("RFC 7519 §4.1.3 audience in a list")
        << with(u"aud"_s, QJsonArray{u"x"_s, u"urn:todos-api"_s}) << true;
    QTest::newRow("RFC 7519 §4.1.3 other audience") << with(u"aud"_s, u"urn:other"_s) << false;
    QTest::newRow("RFC 7519 §4.1.3 no audience") << with(u"aud"_s, QJsonValue()) << false;
    QTest::newRow("RFC 7519 §4.1.1 issuer without the slash")
        << with(u"iss"_s, u"https://t.example"_s) << false;
    QTest::newRow("RFC 7519 §4.1.4 expires now") << with(u"exp"_s, now) << false;
    QTest::newRow("RFC 7519 §4.1.4 no expiry") << with(u"exp"_s, QJsonValue()) << false;
    QTest::newRow("RFC 7519 §4.1.4 expiry as text")
        << with(u"exp"_s, QString::number(now + 1)) << false;
    QTest::newRow("RFC 7519 §4.1.5 not yet") << with(u"nbf"_s, now + 1) << false;
    QTest::newRow("no subject") << with(u"sub"_s, QString()) << false;
}

void TestDemoTenantTokens::checksAccessTokens()
{
    QFETCH(QJsonObject, claims);
    QFETCH(bool, good);
    const auto state = loadState();
    const auto keys =
        *oidc::JwkSet::parse({{u"keys"_s, QJsonArray{state.signingKey().publicJwk()}}});
    const AccessTokenCheck check(
        m_clock, {u"https://t.example/"_s, u"urn:todos-api"_s, [keys] { return keys; }});
    const auto token = state.signingKey().sign(claims, u"JWT"_s);
    QVERIFY(token.has_value());
    QCOMPARE(check.check("Bearer " + *token).has_value(), good);
}

QTEST_GUILESS_MAIN(TestDemoTenantTokens)
#include "tst_demo_tenant_tokens.moc"
