// SPDX-License-Identifier: GPL-3.0-or-later
#include <base/crypto.h>
#include <base/json.h>
#include <demo/demo.h>
#include <demo/demo_configuration.h>
#include <oidc/jose.h>
#include <support/free_ports.h>
#include <support/http_client.h>
#include <support/manual_clock.h>

#include <QDir>
#include <QDirIterator>
#include <QJsonArray>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>
#include <QUrl>
#include <QUrlQuery>

using namespace Qt::StringLiterals;
using namespace gatehouse;
using namespace gatehouse::demo;
using gatehouse::tests::WireClient;
using gatehouse::tests::WireHeaders;
using gatehouse::tests::WireResponse;

namespace {

// RFC 7636 appendix B
const auto kVerifier = u"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"_s;
const auto kChallenge = u"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"_s;
const auto kScopes = u"openid profile email offline_access read:todos write:todos"_s;
const QByteArray kFormType = "application/x-www-form-urlencoded";

using Fields = QMap<QString, QString>;

QByteArray encoded(const Fields &fields)
{
    QByteArrayList pairs;
    for (auto it = fields.begin(); it != fields.end(); ++it)
        pairs.append(it.key().toLatin1() + '=' + QUrl::toPercentEncoding(it.value()));
    return pairs.join('&');
}

QJsonObject json(const WireResponse &response)
{
    return parseJsonObject(response.body).value_or(QJsonObject());
}

QString inLocation(const WireResponse &response, const QString &name)
{
    const auto query = QUrl::fromEncoded(response.header("Location")).query(QUrl::FullyEncoded);
    return QUrlQuery(query).queryItemValue(name, QUrl::FullyDecoded);
}

QString transactionIn(const WireResponse &page)
{
    static const QRegularExpression hidden(u"name=\"transaction\" value=\"([^\"]+)\""_s);
    return hidden.match(QString::fromUtf8(page.body)).captured(1);
}

/// Keeps cookies for one origin as a browser does, and follows nothing by itself.
class Browser {
public:
    explicit Browser(quint16 port) : m_port(port) { }

    [[nodiscard]] WireResponse get(const QByteArray &target)
    {
        return remember(WireClient(m_port).request("GET", target, withCookies({})));
    }
    [[nodiscard]] WireResponse post(const QByteArray &target, const Fields &fields,
                                    const WireHeaders &extra = {})
    {
        auto headers = extra;
        headers.append({"Content-Type", kFormType});
        return remember(
            WireClient(m_port).request("POST", target, withCookies(headers), encoded(fields)));
    }
    void forgetCookies() { m_cookies.clear(); }
    [[nodiscard]] QByteArrayList cookieValues() const { return m_cookies.values(); }

private:
    [[nodiscard]] WireHeaders withCookies(WireHeaders headers) const
    {
        QByteArrayList pairs;
        for (auto it = m_cookies.begin(); it != m_cookies.end(); ++it)
            pairs.append(it.key() + '=' + it.value());
        if (!pairs.isEmpty())
            headers.append({"Cookie", pairs.join("; ")});
        return headers;
    }
    [[nodiscard]] WireResponse remember(const WireResponse &response)
    {
        for (const auto &[name, value] : response.headers) {
            if (name.toLower() != "set-cookie")
                continue;
            const auto pair = value.split(';').at(0);
            const auto key = pair.left(pair.indexOf('='));
            if (value.contains("Max-Age=0"))
                m_cookies.remove(key);
            else
                m_cookies.insert(key, pair.mid(pair.indexOf('=') + 1));
        }
        return response;
    }

    quint16 m_port;
    QMap<QByteArray, QByteArray> m_cookies;
};

} // namespace

class TestDemoTenant : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();

    void describesItself();
    void signsInFromClickToTodos_data();
    void signsInFromClickToTodos();
    void pageNeedsNoScript();
    void loginHintComesFirst();
    void neverRedirectsToTheUnknown_data();
    void neverRedirectsToTheUnknown();
    void tellsTheClient_data();
    void tellsTheClient();
    void cancelIsTold();
    void refusesDecisions_data();
    void refusesDecisions();
    void answersOnce();
    void twoTabsDoNotDisturbEachOther();
    void transactionExpires();
    void refusesTokenRequests_data();
    void refusesTokenRequests();
    void takesJson();
    void replayedCodeEndsItsTokens();
    void codeExpires();
    void refreshRotatesAndNoticesReuse();
    void refreshMayNarrow();
    void revokes();
    void userinfoNeedsItsToken();
    void silentSignIn();
    void signsOut_data();
    void signsOut();
    void accessTokenExpires();
    void servesOnLoopbackOnly();
    void restartKeepsKeyAndRefreshTokens();
    void holdsNoTokenInItsFiles();
    void startsBothOrNone();

private:
    [[nodiscard]] Fields authorizeFields(const Fields &changes = {}) const;
    [[nodiscard]] QByteArray authorizeTarget(const Fields &changes = {}) const;
    [[nodiscard]] WireResponse signIn(Browser &browser, const QString &person = u"alice"_s,
                                      const Fields &changes = {}) const;
    [[nodiscard]] Fields codeFields(const QString &code, const Fields &changes = {}) const;
    [[nodiscard]] WireResponse token(const Fields &fields) const;
    [[nodiscard]] QJsonObject freshTokens(const QString &person = u"alice"_s,
                                          const Fields &changes = {}) const;
    [[nodiscard]] WireResponse refresh(const QString &refreshToken,
                                       const Fields &changes = {}) const;
    [[nodiscard]] WireResponse withBearer(quint16 port, const QByteArray &path,
                                          const QString &bearer) const;
    [[nodiscard]] QString callback() const
    {
        return u"http://127.0.0.1:%1/callback"_s.arg(m_options.port);
    }
    [[nodiscard]] oidc::JwkSet publishedKeys() const;
    void startDemo();

    tests::ManualClock m_clock;
    SystemRandom m_random;
    QTemporaryDir m_directory;
    DemoOptions m_options;
    std::unique_ptr<Demo> m_demo;
};

Fields TestDemoTenant::authorizeFields(const Fields &changes) const
{
    Fields fields{{u"client_id"_s, u"gatehouse-demo"_s},  {u"redirect_uri"_s, callback()},
                  {u"response_type"_s, u"code"_s},        {u"scope"_s, kScopes},
                  {u"state"_s, u"the+state&"_s},          {u"nonce"_s, u"the-nonce"_s},
                  {u"audience"_s, u"urn:todos-api"_s},    {u"code_challenge"_s, kChallenge},
                  {u"code_challenge_method"_s, u"S256"_s}};
    fields.insert(changes);
    return fields;
}

QByteArray TestDemoTenant::authorizeTarget(const Fields &changes) const
{
    return "/authorize?" + encoded(authorizeFields(changes));
}

WireResponse TestDemoTenant::signIn(Browser &browser, const QString &person,
                                    const Fields &changes) const
{
    const auto page = browser.get(authorizeTarget(changes));
    return browser.post("/authorize/decision",
                        {{u"transaction"_s, transactionIn(page)}, {u"user"_s, person}});
}

Fields TestDemoTenant::codeFields(const QString &code, const Fields &changes) const
{
    Fields fields{{u"grant_type"_s, u"authorization_code"_s},
                  {u"client_id"_s, u"gatehouse-demo"_s},
                  {u"code"_s, code},
                  {u"redirect_uri"_s, callback()},
                  {u"code_verifier"_s, kVerifier}};
    fields.insert(changes);
    return fields;
}

WireResponse TestDemoTenant::token(const Fields &fields) const
{
    return WireClient(m_options.tenantPort())
        .request("POST", "/oauth/token", {{"Content-Type", kFormType}}, encoded(fields));
}

QJsonObject TestDemoTenant::freshTokens(const QString &person, const Fields &changes) const
{
    Browser browser(m_options.tenantPort());
    return json(token(codeFields(inLocation(signIn(browser, person, changes), u"code"_s))));
}

WireResponse TestDemoTenant::refresh(const QString &refreshToken, const Fields &changes) const
{
    Fields fields{{u"grant_type"_s, u"refresh_token"_s},
                  {u"client_id"_s, u"gatehouse-demo"_s},
                  {u"refresh_token"_s, refreshToken}};
    fields.insert(changes);
    return token(fields);
}

WireResponse TestDemoTenant::withBearer(quint16 port, const QByteArray &path,
                                        const QString &bearer) const
{
    return WireClient(port).request("GET", path,
                                    {{"Authorization", "Bearer " + bearer.toLatin1()}});
}

oidc::JwkSet TestDemoTenant::publishedKeys() const
{
    const auto jwks = Browser(m_options.tenantPort()).get("/.well-known/jwks.json");
    return oidc::JwkSet::parse(json(jwks)).value_or(oidc::JwkSet());
}

void TestDemoTenant::startDemo()
{
    m_demo = std::make_unique<Demo>(Demo::Deps{m_clock, m_random}, m_options);
    const auto started = m_demo->start();
    QVERIFY2(started.has_value(), started ? "" : qPrintable(started.error().message));
}

void TestDemoTenant::initTestCase()
{
    QVERIFY(m_directory.isValid());
    m_options.dataDirectory = m_directory.path();
    m_options.port = tests::freePorts(3);
    QVERIFY(m_options.port != 0);
    QVERIFY(writeDemoConfiguration(m_options).has_value());
}

void TestDemoTenant::init()
{
    startDemo(); // from the same directory, so that only the first start makes a key
}

void TestDemoTenant::describesItself()
{
    const auto response = Browser(m_options.tenantPort()).get("/.well-known/openid-configuration");
    QCOMPARE(response.status, 200);
    const auto metadata = json(response);
    const auto issuer = u"http://localhost:%1/"_s.arg(m_options.tenantPort());
    QCOMPARE(m_demo->issuer(), issuer);
    QCOMPARE(metadata.value("issuer"_L1).toString(), issuer);
    const QMap<QString, QString> endpoints{{u"authorization_endpoint"_s, u"authorize"_s},
                                           {u"token_endpoint"_s, u"oauth/token"_s},
                                           {u"userinfo_endpoint"_s, u"userinfo"_s},
                                           {u"revocation_endpoint"_s, u"oauth/revoke"_s},
                                           {u"jwks_uri"_s, u".well-known/jwks.json"_s},
                                           {u"end_session_endpoint"_s, u"v2/logout"_s}};
    for (auto it = endpoints.begin(); it != endpoints.end(); ++it)
        QCOMPARE(metadata.value(it.key()).toString(), issuer + it.value());
    QCOMPARE(metadata.value("code_challenge_methods_supported"_L1).toArray(),
             QJsonArray{u"S256"_s});
    QCOMPARE(metadata.value("id_token_signing_alg_values_supported"_L1).toArray(),
             QJsonArray{u"RS256"_s});
    QVERIFY(metadata.value("scopes_supported"_L1).toArray().contains(u"read:billing"_s));
    const auto jwks = Browser(m_options.tenantPort()).get("/.well-known/jwks.json");
    QCOMPARE(json(jwks).value("keys"_L1).toArray().size(), 1);
    // RFC 7518 §6.3.2: nothing of the private key is published.
    const auto key = json(jwks).value("keys"_L1).toArray().at(0).toObject();
    for (const auto name : {"d"_L1, "p"_L1, "q"_L1, "dp"_L1, "dq"_L1, "qi"_L1})
        QVERIFY(!key.contains(name));
}

void TestDemoTenant::signsInFromClickToTodos_data()
{
    QTest::addColumn<QString>("person");
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("todos");
    QTest::newRow("Alice") << u"alice"_s << u"Alice Martin"_s << 5;
    QTest::newRow("Bob") << u"bob"_s << u"Bob Keller"_s << 3;
}

void TestDemoTenant::signsInFromClickToTodos()
{
    QFETCH(QString, person);
    QFETCH(QString, name);
    QFETCH(int, todos);
    Browser browser(m_options.tenantPort());
    const auto redirect = signIn(browser, person);
    QCOMPARE(redirect.status, 302);
    QVERIFY(redirect.header("Location").startsWith(callback().toLatin1() + "?code="));
    QCOMPARE(inLocation(redirect, u"state"_s), u"the+state&"_s);

    const auto response = token(codeFields(inLocation(redirect, u"code"_s)));
    QCOMPARE(response.status, 200);
    QCOMPARE(response.header("Cache-Control"), "no-store"_ba);
    const auto tokens = json(response);
    QCOMPARE(tokens.value("token_type"_L1).toString(), u"Bearer"_s);
    QCOMPARE(tokens.value("expires_in"_L1).toInt(), 3600);
    QCOMPARE(tokens.value("scope"_L1).toString(), kScopes);
    QVERIFY(!tokens.value("refresh_token"_L1).toString().isEmpty());

    const auto id =
        oidc::verifyJws(tokens.value("id_token"_L1).toString().toLatin1(), publishedKeys());
    QVERIFY(id.has_value());
    QCOMPARE(id->value("iss"_L1).toString(), m_demo->issuer());
    QCOMPARE(id->value("aud"_L1).toString(), u"gatehouse-demo"_s);
    QCOMPARE(id->value("sub"_L1).toString(), u"auth0|"_s + person);
    QCOMPARE(id->value("name"_L1).toString(), name);
    QCOMPARE(id->value("email"_L1).toString(), person + u"@demo.example"_s);
    QCOMPARE(id->value("nonce"_L1).toString(), u"the-nonce"_s);
    QCOMPARE(id->value("auth_time"_L1).toInteger(), toMilliseconds(m_clock.now()) / 1000);

    const auto accessToken = tokens.value("access_token"_L1).toString();
    const auto list = withBearer(m_options.apiPort(), "/api/todos", accessToken);
    QCOMPARE(list.status, 200);
    QCOMPARE(json(list).value("todos"_L1).toArray().size(), todos);
    // Both people may read billing, but this client did not ask for it; an ID token is no access.
    QCOMPARE(withBearer(m_options.apiPort(), "/api/billing", accessToken).status, 403);
    QCOMPARE(withBearer(m_options.apiPort(), "/api/todos", tokens.value("id_token"_L1).toString())
                 .status,
             401);
    const auto wider = freshTokens(person, {{u"scope"_s, kScopes + u" read:billing"_s}});
    QCOMPARE(
        withBearer(m_options.apiPort(), "/api/billing", wider.value("access_token"_L1).toString())
            .status,
        200);
}

void TestDemoTenant::pageNeedsNoScript()
{
    Browser browser(m_options.tenantPort());
    const auto page = browser.get(authorizeTarget());
    QCOMPARE(page.status, 200);
    QVERIFY(page.header("Content-Type").startsWith("text/html"));
    QVERIFY(page.header("Content-Security-Policy").contains("default-src 'none'"));
    QVERIFY(page.header("Content-Security-Policy").contains("frame-ancestors 'none'"));
    QCOMPARE(page.header("X-Frame-Options"), "DENY"_ba);
    QCOMPARE(page.header("Cache-Control"), "no-store"_ba);
    for (const auto *words :
         {"This is the demo.", "Never type a real password here.",
          "<h1>Who do you want to be?</h1>", "Continue as Alice", "Continue as Bob",
          ">Cancel</button>", "<html lang=\"en\">", "name=\"user\" value=\"alice\"",
          "name=\"user\" value=\"bob\"", "alice@demo.example, 5 todos", "bob@demo.example, 3 todos",
          "<form method=\"post\" action=\"/authorize/decision\">"}) {
        QVERIFY2(page.body.contains(words), words);
    }
    for (const auto *never : {"<script", "password\"", "style=", "onclick", "{{"})
        QVERIFY2(!page.body.contains(never), never);
    const auto cookie = page.header("Set-Cookie");
    QVERIFY(cookie.contains("; HttpOnly"));
    QVERIFY(cookie.contains("; SameSite=Lax"));
    QVERIFY(cookie.contains("; Path=/authorize/decision"));
    QVERIFY(page.body.contains("href=\"/demo.css\""));
    const auto style = browser.get("/demo.css");
    QCOMPARE(style.status, 200);
    QVERIFY(style.header("Content-Type").startsWith("text/css"));
    QVERIFY(style.body.contains(":focus-visible"));
}

void TestDemoTenant::loginHintComesFirst()
{
    Browser browser(m_options.tenantPort());
    const auto bobFirst =
        browser.get(authorizeTarget({{u"login_hint"_s, u"Bob@demo.example"_s}})).body;
    QVERIFY(bobFirst.indexOf("as Bob") < bobFirst.indexOf("as Alice"));
    const auto nobody =
        browser.get(authorizeTarget({{u"login_hint"_s, u"<b>x</b>@demo.example"_s}})).body;
    QVERIFY(nobody.indexOf("as Alice") < nobody.indexOf("as Bob"));
    QVERIFY(!nobody.contains("<b>"));
}

void TestDemoTenant::neverRedirectsToTheUnknown_data()
{
    QTest::addColumn<QByteArray>("target");
    const auto row = [this](const char *name, const Fields &changes) {
        QTest::newRow(name) << authorizeTarget(changes);
    };
    row("RFC 6749 §4.1.2.1 unknown redirect URI",
        {{u"redirect_uri"_s, u"https://evil.example/<script>"_s}});
    row("RFC 6749 §4.1.2.1 without a page either",
        {{u"redirect_uri"_s, u"https://evil.example/"_s}, {u"prompt"_s, u"none"_s}});
    row("RFC 6749 §4.1.2.1 unknown client", {{u"client_id"_s, u"<script>"_s}});
    QTest::newRow("RFC 6749 §3.1 redirect URI twice")
        << authorizeTarget() + "&redirect_uri=https://evil.example/";
    QTest::newRow("nothing at all") << "/authorize"_ba;
}

void TestDemoTenant::neverRedirectsToTheUnknown()
{
    QFETCH(QByteArray, target);
    const auto response = Browser(m_options.tenantPort()).get(target);
    QVERIFY(response.status == 400 || response.status == 403);
    QCOMPARE(response.headerCount("Location"), 0);
    QVERIFY(response.body.contains("This request cannot continue."));
    QVERIFY(!response.body.contains("<script"));
    QVERIFY(!response.body.contains("href=\"http"));
}

void TestDemoTenant::tellsTheClient_data()
{
    QTest::addColumn<Fields>("changes");
    QTest::addColumn<QString>("error");
    QTest::addColumn<QString>("description");
    QTest::newRow("Auth0 unknown audience")
        << Fields{{u"audience"_s, u"urn:other"_s}} << u"access_denied"_s
        << u"Service not found: urn:other"_s;
    QTest::newRow("OIDC §3.1.2.6 prompt=none without a session")
        << Fields{{u"prompt"_s, u"none"_s}} << u"login_required"_s << u"Login required"_s;
    QTest::newRow("OAuth 2.1 no PKCE")
        << Fields{{u"code_challenge"_s, QString()}} << u"invalid_request"_s
        << u"A code_challenge with the method S256 is required"_s;
}

void TestDemoTenant::tellsTheClient()
{
    QFETCH(Fields, changes);
    QFETCH(QString, error);
    QFETCH(QString, description);
    const auto response = Browser(m_options.tenantPort()).get(authorizeTarget(changes));
    QCOMPARE(response.status, 302);
    QVERIFY(response.header("Location").startsWith(callback().toLatin1() + "?error="));
    QCOMPARE(inLocation(response, u"error"_s), error);
    QCOMPARE(inLocation(response, u"error_description"_s), description);
    QCOMPARE(inLocation(response, u"state"_s), u"the+state&"_s);
}

void TestDemoTenant::cancelIsTold()
{
    Browser browser(m_options.tenantPort());
    const auto page = browser.get(authorizeTarget());
    const auto response = browser.post(
        "/authorize/decision", {{u"transaction"_s, transactionIn(page)}, {u"cancel"_s, u"true"_s}});
    QCOMPARE(response.status, 302);
    QCOMPARE(inLocation(response, u"error"_s), u"access_denied"_s);
    QCOMPARE(inLocation(response, u"state"_s), u"the+state&"_s);
    QCOMPARE(inLocation(response, u"code"_s), QString());
    QCOMPARE(browser.cookieValues().size(), 0); // no session comes from a refusal
}

void TestDemoTenant::refusesDecisions_data()
{
    QTest::addColumn<Fields>("changes");
    QTest::addColumn<bool>("withCookie");
    QTest::addColumn<QByteArray>("origin");
    QTest::addColumn<QByteArray>("site");
    QTest::addColumn<int>("status");
    const Fields none;
    const QByteArray own = "http://localhost:" + QByteArray::number(m_options.tenantPort());
    QTest::newRow("no Origin, as a script would") << none << true << ""_ba
                                                  << ""_ba << 302;
    QTest::newRow("our own page") << none << true << own << "same-origin"_ba << 302;
    QTest::newRow("Fetch §3.1 our page is no-referrer") << none << true << "null"_ba
                                                        << "same-origin"_ba << 302;
    QTest::newRow("a sandboxed page elsewhere") << none << true << "null"_ba
                                                << "cross-site"_ba << 403;
    QTest::newRow("another website") << none << true << "https://evil.example"_ba
                                     << "cross-site"_ba << 403;
    QTest::newRow("another port of localhost") << none << true << "http://localhost:1"_ba
                                               << "same-site"_ba << 403;
    QTest::newRow("another browser") << none << false << ""_ba
                                     << ""_ba << 403;
    QTest::newRow("unknown transaction") << Fields{{u"transaction"_s, u"x"_s}} << true << ""_ba
                                         << ""_ba << 400;
    QTest::newRow("no transaction") << Fields{{u"transaction"_s, QString()}} << true << ""_ba
                                    << ""_ba << 400;
    QTest::newRow("unknown person") << Fields{{u"user"_s, u"carol"_s}} << true << ""_ba
                                    << ""_ba << 400;
    QTest::newRow("no person") << Fields{{u"user"_s, QString()}} << true << ""_ba
                               << ""_ba << 400;
}

void TestDemoTenant::refusesDecisions()
{
    QFETCH(Fields, changes);
    QFETCH(bool, withCookie);
    QFETCH(QByteArray, origin);
    QFETCH(QByteArray, site);
    QFETCH(int, status);
    Browser browser(m_options.tenantPort());
    Fields fields{{u"transaction"_s, transactionIn(browser.get(authorizeTarget()))},
                  {u"user"_s, u"alice"_s}};
    fields.insert(changes);
    if (!withCookie)
        browser.forgetCookies();
    WireHeaders headers;
    if (!origin.isEmpty())
        headers.append({"Origin", origin});
    if (!site.isEmpty())
        headers.append({"Sec-Fetch-Site", site});
    const auto response = browser.post("/authorize/decision", fields, headers);
    QCOMPARE(response.status, status);
    QCOMPARE(response.headerCount("Location"), status == 302 ? 1 : 0);
}

void TestDemoTenant::answersOnce()
{
    Browser browser(m_options.tenantPort());
    const auto page = browser.get(authorizeTarget());
    const auto cookies = browser.cookieValues();
    const auto cookieName = page.header("Set-Cookie").split('=').at(0);
    const Fields fields{{u"transaction"_s, transactionIn(page)}, {u"user"_s, u"alice"_s}};
    QCOMPARE(browser.post("/authorize/decision", fields).status, 302);
    // Even with the cookie of the first time the page is spent.
    const auto again =
        browser.post("/authorize/decision", fields, {{"Cookie", cookieName + '=' + cookies.at(0)}});
    QCOMPARE(again.status, 400);
}

void TestDemoTenant::twoTabsDoNotDisturbEachOther()
{
    Browser browser(m_options.tenantPort());
    const auto first = browser.get(authorizeTarget());
    const auto second = browser.get(authorizeTarget());
    for (const auto &page : {first, second}) {
        const auto answer =
            browser.post("/authorize/decision",
                         {{u"transaction"_s, transactionIn(page)}, {u"user"_s, u"bob"_s}});
        QCOMPARE(answer.status, 302);
    }
}

void TestDemoTenant::transactionExpires()
{
    Browser browser(m_options.tenantPort());
    const auto page = browser.get(authorizeTarget());
    m_clock.advance(10min);
    const auto late = browser.post(
        "/authorize/decision", {{u"transaction"_s, transactionIn(page)}, {u"user"_s, u"bob"_s}});
    QCOMPARE(late.status, 400);
    QVERIFY(late.body.contains("expired"));
}

void TestDemoTenant::refusesTokenRequests_data()
{
    QTest::addColumn<Fields>("changes");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("error");
    QTest::newRow("the request that the rows below spoil") << Fields{} << 200 << QString();
    QTest::newRow("RFC 7636 §4.6 wrong verifier")
        << Fields{{u"code_verifier"_s, QString(43, u'a')}} << 403 << u"invalid_grant"_s;
    QTest::newRow("RFC 7636 §4.5 no verifier")
        << Fields{{u"code_verifier"_s, QString()}} << 400 << u"invalid_request"_s;
    QTest::newRow("RFC 6749 §4.1.3 another redirect URI of this client")
        << Fields{{u"redirect_uri"_s, u"http://localhost:%1/callback"_s.arg(m_options.port)}} << 403
        << u"invalid_grant"_s;
    QTest::newRow("no redirect URI")
        << Fields{{u"redirect_uri"_s, QString()}} << 400 << u"invalid_request"_s;
    QTest::newRow("RFC 6749 §5.2 another client")
        << Fields{{u"client_id"_s, u"other"_s}} << 401 << u"invalid_client"_s;
    QTest::newRow("RFC 6749 §5.2 no client")
        << Fields{{u"client_id"_s, QString()}} << 401 << u"invalid_client"_s;
    QTest::newRow("a code that never was")
        << Fields{{u"code"_s, u"x"_s}} << 403 << u"invalid_grant"_s;
    QTest::newRow("no code") << Fields{{u"code"_s, QString()}} << 400 << u"invalid_request"_s;
    QTest::newRow("RFC 6749 §5.2 unknown grant type")
        << Fields{{u"grant_type"_s, u"password"_s}} << 400 << u"unsupported_grant_type"_s;
    QTest::newRow("no grant type")
        << Fields{{u"grant_type"_s, QString()}} << 400 << u"invalid_request"_s;
    QTest::newRow("a refresh token that never was")
        << Fields{{u"grant_type"_s, u"refresh_token"_s}, {u"refresh_token"_s, u"x.y"_s}} << 403
        << u"invalid_grant"_s;
    QTest::newRow("a code is no refresh token")
        << Fields{{u"grant_type"_s, u"refresh_token"_s}} << 400 << u"invalid_request"_s;
}

void TestDemoTenant::refusesTokenRequests()
{
    QFETCH(Fields, changes);
    QFETCH(int, status);
    QFETCH(QString, error);
    Browser browser(m_options.tenantPort());
    const auto code = inLocation(signIn(browser), u"code"_s);
    const auto response = token(codeFields(code, changes));
    QCOMPARE(response.status, status);
    QCOMPARE(json(response).value("error"_L1).toString(), error);
    QCOMPARE(json(response).contains("access_token"_L1), status == 200);
    QCOMPARE(json(response).contains("error_description"_L1), status != 200);
    QVERIFY(!response.body.contains(code.toLatin1()));
}

void TestDemoTenant::takesJson()
{
    Browser browser(m_options.tenantPort());
    QJsonObject fields;
    const auto form = codeFields(inLocation(signIn(browser), u"code"_s));
    for (auto it = form.begin(); it != form.end(); ++it)
        fields.insert(it.key(), it.value());
    WireClient client(m_options.tenantPort());
    const auto good = client.request("POST", "/oauth/token", {{"Content-Type", "application/json"}},
                                     toCompactJson(fields));
    QCOMPARE(good.status, 200);
    const auto broken =
        WireClient(m_options.tenantPort())
            .request("POST", "/oauth/token", {{"Content-Type", "application/json"}}, "{");
    QCOMPARE(broken.status, 400);
    const auto text =
        WireClient(m_options.tenantPort())
            .request("POST", "/oauth/token", {{"Content-Type", "text/plain"}}, encoded(form));
    QCOMPARE(text.status, 400);
    QCOMPARE(json(text).value("error"_L1).toString(), u"invalid_request"_s);
}

void TestDemoTenant::replayedCodeEndsItsTokens()
{
    Browser browser(m_options.tenantPort());
    const auto code = inLocation(signIn(browser), u"code"_s);
    const auto first = json(token(codeFields(code)));
    const auto rotated = json(refresh(first.value("refresh_token"_L1).toString()));
    QVERIFY(rotated.contains("refresh_token"_L1));
    const auto replay = token(codeFields(code));
    QCOMPARE(replay.status, 403);
    QCOMPARE(json(replay).value("error"_L1).toString(), u"invalid_grant"_s);
    // RFC 6749 §4.1.2: what the code had given is revoked, the rotated token too.
    QCOMPARE(refresh(rotated.value("refresh_token"_L1).toString()).status, 403);
}

void TestDemoTenant::codeExpires()
{
    Browser browser(m_options.tenantPort());
    const auto early = inLocation(signIn(browser), u"code"_s);
    const auto late = inLocation(signIn(browser), u"code"_s);
    m_clock.advance(59s);
    QCOMPARE(token(codeFields(early)).status, 200);
    m_clock.advance(1s);
    QCOMPARE(token(codeFields(late)).status, 403);
}

void TestDemoTenant::refreshRotatesAndNoticesReuse()
{
    const auto tokens = freshTokens(u"bob"_s);
    const auto first = tokens.value("refresh_token"_L1).toString();
    m_clock.advance(30min);
    const auto response = refresh(first);
    QCOMPARE(response.status, 200);
    const auto second = json(response);
    QVERIFY(second.value("refresh_token"_L1).toString() != first);
    QVERIFY(second.value("access_token"_L1) != tokens.value("access_token"_L1));
    const auto id =
        oidc::verifyJws(second.value("id_token"_L1).toString().toLatin1(), publishedKeys());
    QVERIFY(id.has_value());
    QCOMPARE(id->value("sub"_L1).toString(), u"auth0|bob"_s);
    QVERIFY(!id->contains("nonce"_L1));
    QCOMPARE(id->value("auth_time"_L1).toInteger(), toMilliseconds(m_clock.now()) / 1000 - 1800);
    QCOMPARE(
        withBearer(m_options.apiPort(), "/api/todos", second.value("access_token"_L1).toString())
            .status,
        200);

    m_clock.advance(1min); // the overlap period
    const auto reuse = refresh(first);
    QCOMPARE(reuse.status, 403);
    QCOMPARE(json(reuse).value("error"_L1).toString(), u"invalid_grant"_s);
    QCOMPARE(refresh(second.value("refresh_token"_L1).toString()).status, 403);

    QVERIFY(!freshTokens(u"bob"_s, {{u"scope"_s, u"openid read:todos"_s}})
                 .contains("refresh_token"_L1));
}

void TestDemoTenant::refreshMayNarrow()
{
    const auto tokens = freshTokens();
    const auto narrow = json(refresh(tokens.value("refresh_token"_L1).toString(),
                                     {{u"scope"_s, u"read:todos read:billing"_s}}));
    QCOMPARE(narrow.value("scope"_L1).toString(), u"read:todos"_s);
    const auto access = narrow.value("access_token"_L1).toString();
    QCOMPARE(withBearer(m_options.apiPort(), "/api/todos", access).status, 200);
    QCOMPARE(withBearer(m_options.apiPort(), "/api/billing", access).status, 403);
    // RFC 6749 §6: the grant itself is as wide as before.
    const auto full = json(refresh(narrow.value("refresh_token"_L1).toString()));
    QCOMPARE(full.value("scope"_L1).toString(), kScopes);
}

void TestDemoTenant::revokes()
{
    const auto tokens = freshTokens();
    const auto refreshToken = tokens.value("refresh_token"_L1).toString();
    const auto post = [this](const Fields &fields) {
        return Browser(m_options.tenantPort()).post("/oauth/revoke", fields).status;
    };
    QCOMPARE(post({{u"client_id"_s, u"other"_s}, {u"token"_s, refreshToken}}), 401);
    const auto next = json(refresh(refreshToken)).value("refresh_token"_L1).toString();
    QVERIFY(!next.isEmpty());
    QCOMPARE(post({{u"client_id"_s, u"gatehouse-demo"_s}, {u"token"_s, next}}), 200);
    QCOMPARE(refresh(next).status, 403);
    QCOMPARE(post({{u"client_id"_s, u"gatehouse-demo"_s}, {u"token"_s, next}}), 200);
    QCOMPARE(post({{u"client_id"_s, u"gatehouse-demo"_s}}), 400);
}

void TestDemoTenant::userinfoNeedsItsToken()
{
    const auto ask = [this](const QString &bearer) {
        return withBearer(m_options.tenantPort(), "/userinfo", bearer);
    };
    const auto tokens = freshTokens();
    const auto claims = ask(tokens.value("access_token"_L1).toString());
    QCOMPARE(claims.status, 200);
    QCOMPARE(json(claims).value("sub"_L1).toString(), u"auth0|alice"_s);
    QCOMPARE(json(claims).value("email"_L1).toString(), u"alice@demo.example"_s);

    // Auth0: without an audience the access token is opaque and good for userinfo alone.
    const auto opaque =
        freshTokens(u"alice"_s, {{u"audience"_s, QString()}}).value("access_token"_L1).toString();
    QVERIFY(!opaque.isEmpty() && !opaque.contains(u'.'));
    QCOMPARE(ask(opaque).status, 200);
    QCOMPARE(withBearer(m_options.apiPort(), "/api/todos", opaque).status, 401);

    const auto withoutOpenid = freshTokens(u"alice"_s, {{u"scope"_s, u"read:todos"_s}})
                                   .value("access_token"_L1)
                                   .toString();
    QCOMPARE(withBearer(m_options.apiPort(), "/api/todos", withoutOpenid).status, 200);
    QCOMPARE(ask(withoutOpenid).status, 401);
    QCOMPARE(ask(tokens.value("id_token"_L1).toString()).status, 401);
    QVERIFY(ask(u"garbage"_s).header("WWW-Authenticate").contains("invalid_token"));
    QCOMPARE(Browser(m_options.tenantPort()).get("/userinfo").status, 401);
}

void TestDemoTenant::silentSignIn()
{
    Browser browser(m_options.tenantPort());
    QCOMPARE(signIn(browser).status, 302);
    m_clock.advance(60s);
    const auto silent = [&](const Fields &changes) {
        Fields fields{{u"prompt"_s, u"none"_s}};
        fields.insert(changes);
        return browser.get(authorizeTarget(fields));
    };
    const auto good = silent({});
    QCOMPARE(good.status, 302);
    const auto tokens = json(token(codeFields(inLocation(good, u"code"_s))));
    const auto id =
        oidc::verifyJws(tokens.value("id_token"_L1).toString().toLatin1(), publishedKeys());
    QVERIFY(id.has_value());
    QCOMPARE(id->value("sub"_L1).toString(), u"auth0|alice"_s);
    QCOMPARE(id->value("auth_time"_L1).toInteger(), toMilliseconds(m_clock.now()) / 1000 - 60);

    const auto errorOf = [&](const Fields &changes) {
        return inLocation(silent(changes), u"error"_s);
    };
    QCOMPARE(errorOf({{u"login_hint"_s, u"alice@demo.example"_s}}), QString());
    QCOMPARE(errorOf({{u"login_hint"_s, u"bob@demo.example"_s}}), u"login_required"_s);
    QCOMPARE(errorOf({{u"max_age"_s, u"60"_s}}), QString());
    QCOMPARE(errorOf({{u"max_age"_s, u"59"_s}}), u"login_required"_s);
    QCOMPARE(errorOf({{u"scope"_s, kScopes + u" read:billing"_s}}), u"consent_required"_s);

    // With a page the person may choose again, and then the new person is signed in.
    QCOMPARE(browser.get(authorizeTarget()).status, 200);
    QCOMPARE(signIn(browser, u"bob"_s).status, 302);
    QCOMPARE(errorOf({{u"login_hint"_s, u"bob@demo.example"_s}}), QString());
    m_clock.advance(24h);
    QCOMPARE(errorOf({}), u"login_required"_s);
}

void TestDemoTenant::signsOut_data()
{
    QTest::addColumn<QByteArray>("query");
    QTest::addColumn<int>("status");
    const auto home = u"http://127.0.0.1:%1/signed-out"_s.arg(m_options.port);
    QTest::newRow("with a page") << QByteArray() << 200;
    QTest::newRow("back to Gatehouse")
        << '?' + encoded({{u"client_id"_s, u"gatehouse-demo"_s}, {u"returnTo"_s, home}}) << 302;
    QTest::newRow("back to somewhere else") << '?'
            + encoded({{u"client_id"_s, u"gatehouse-demo"_s},
                       {u"returnTo"_s, u"https://evil.example/"_s}})
                                            << 400;
    QTest::newRow("back, without a client") << '?' + encoded({{u"returnTo"_s, home}}) << 400;
}

void TestDemoTenant::signsOut()
{
    QFETCH(QByteArray, query);
    QFETCH(int, status);
    Browser browser(m_options.tenantPort());
    QCOMPARE(signIn(browser).status, 302);
    const auto response = browser.get("/v2/logout" + query);
    QCOMPARE(response.status, status);
    QCOMPARE(response.headerCount("Location"), status == 302 ? 1 : 0);
    const auto after = browser.get(authorizeTarget({{u"prompt"_s, u"none"_s}}));
    QCOMPARE(inLocation(after, u"error"_s), status == 400 ? QString() : u"login_required"_s);
}

void TestDemoTenant::accessTokenExpires()
{
    m_options.accessTokenLifetime = 5s;
    m_demo.reset();
    startDemo();
    m_options.accessTokenLifetime = 1h;
    const auto tokens = freshTokens();
    QCOMPARE(tokens.value("expires_in"_L1).toInt(), 5);
    const auto access = tokens.value("access_token"_L1).toString();
    m_clock.advance(4s);
    QCOMPARE(withBearer(m_options.apiPort(), "/api/todos", access).status, 200);
    m_clock.advance(1s);
    const auto expired = withBearer(m_options.apiPort(), "/api/todos", access);
    QCOMPARE(expired.status, 401);
    QVERIFY(expired.header("WWW-Authenticate").contains("invalid_token"));
    m_demo.reset();
}

void TestDemoTenant::servesOnLoopbackOnly()
{
    const QByteArray path = "/.well-known/openid-configuration";
    const auto port = QByteArray::number(m_options.tenantPort());
    for (const auto &[address, host] :
         {std::pair{"127.0.0.1"_ba, "127.0.0.1:" + port},
          std::pair{"127.0.0.1"_ba, "localhost:" + port}, std::pair{"::1"_ba, "[::1]:" + port}}) {
        WireClient client(m_options.tenantPort(), address);
        QCOMPARE(client.request("GET", path, {{"Host", host}}).status, 200);
    }
    WireClient rebound(m_options.tenantPort());
    QCOMPARE(rebound.request("GET", path, {{"Host", "evil.example:" + port}}).status, 421);
    QCOMPARE(Browser(m_options.tenantPort()).get("/").status, 404);
}

void TestDemoTenant::restartKeepsKeyAndRefreshTokens()
{
    const auto tokens = freshTokens();
    const auto idToken = tokens.value("id_token"_L1).toString().toLatin1();
    m_demo->stop();
    QTRY_VERIFY(tests::isPortFree(m_options.tenantPort()));
    startDemo();
    QVERIFY(oidc::verifyJws(idToken, publishedKeys()).has_value());
    QCOMPARE(
        withBearer(m_options.apiPort(), "/api/todos", tokens.value("access_token"_L1).toString())
            .status,
        200);
    const auto refreshed = refresh(tokens.value("refresh_token"_L1).toString());
    QCOMPARE(refreshed.status, 200);
    QCOMPARE(withBearer(m_options.apiPort(), "/api/todos",
                        json(refreshed).value("access_token"_L1).toString())
                 .status,
             200);
    // Reuse is noticed over the restart as well.
    m_clock.advance(1min);
    QCOMPARE(refresh(tokens.value("refresh_token"_L1).toString()).status, 403);
}

void TestDemoTenant::holdsNoTokenInItsFiles()
{
    Browser browser(m_options.tenantPort());
    const auto code = inLocation(signIn(browser), u"code"_s);
    const auto tokens = json(token(codeFields(code)));
    const auto rotated = json(refresh(tokens.value("refresh_token"_L1).toString()));
    QVERIFY(rotated.contains("refresh_token"_L1));
    QCOMPARE(
        withBearer(m_options.apiPort(), "/api/todos", rotated.value("access_token"_L1).toString())
            .status,
        200);
    QByteArrayList secrets{code.toLatin1()};
    for (const auto &answer : {tokens, rotated}) {
        for (const auto name : {"access_token"_L1, "id_token"_L1, "refresh_token"_L1}) {
            // The signature or the random part is what makes the value good.
            const auto value = answer.value(name).toString().toLatin1();
            QVERIFY(value.size() > 80);
            secrets.append(value.mid(value.lastIndexOf('.') + 1));
        }
    }
    secrets += browser.cookieValues();

    int files = 0;
    QDirIterator each(m_directory.path(), QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
    while (each.hasNext()) {
        QFile file(each.next());
        ++files;
        const auto shared =
            QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther;
        QVERIFY2(!(file.permissions() & shared), qPrintable(file.fileName()));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const auto content = file.readAll();
        for (const auto &secret : secrets)
            QVERIFY2(!content.contains(secret), qPrintable(file.fileName()));
    }
    // gatehouse.json, todos-openapi.json, demo-tenant.json, the database and its two journals
    QCOMPARE(files, 6);
}

void TestDemoTenant::startsBothOrNone()
{
    m_demo.reset();
    QTRY_VERIFY(tests::isPortFree(m_options.apiPort()));
    QTcpServer other;
    QVERIFY(other.listen(QHostAddress::LocalHost, m_options.apiPort()));
    Demo demo({m_clock, m_random}, m_options);
    const auto started = demo.start();
    QVERIFY(!started.has_value());
    QVERIFY2(started.error().message.contains(QString::number(m_options.apiPort())),
             qPrintable(started.error().message));
    QTRY_VERIFY(tests::isPortFree(m_options.tenantPort()));
}

QTEST_GUILESS_MAIN(TestDemoTenant)
#include "tst_demo_tenant.moc"
