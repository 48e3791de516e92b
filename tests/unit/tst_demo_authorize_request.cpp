// SPDX-License-Identifier: GPL-3.0-or-later
#include <demo/authorize_request.h>

#include <QTest>
#include <QUrlQuery>

using namespace Qt::StringLiterals;
using namespace gatehouse::demo;

namespace {

const auto kCallback = u"http://127.0.0.1:8377/callback"_s;
// RFC 7636 appendix B
const auto kChallenge = u"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"_s;

TenantOptions options()
{
    TenantOptions result;
    result.clients = {{u"gatehouse-demo"_s, {kCallback}, {}}};
    result.apis = {{u"urn:todos-api"_s, {u"read:todos"_s, u"write:todos"_s, u"read:billing"_s}}};
    return result;
}

using Changes = QMap<QString, QString>;

/// A valid request with some parameters changed; an empty value leaves one out.
QByteArray queryWith(const Changes &changes)
{
    Changes parameters{{u"client_id"_s, u"gatehouse-demo"_s},
                       {u"redirect_uri"_s, kCallback},
                       {u"response_type"_s, u"code"_s},
                       {u"scope"_s, u"openid read:todos"_s},
                       {u"state"_s, u"s1"_s},
                       {u"nonce"_s, u"n1"_s},
                       {u"audience"_s, u"urn:todos-api"_s},
                       {u"code_challenge"_s, kChallenge},
                       {u"code_challenge_method"_s, u"S256"_s}};
    parameters.insert(changes);
    QByteArray query;
    for (auto it = parameters.begin(); it != parameters.end(); ++it)
        query += it.key().toLatin1() + '=' + QUrl::toPercentEncoding(it.value()) + '&';
    return query;
}

} // namespace

class TestDemoAuthorizeRequest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void acceptsAndKeepsEverything();
    void staysOnAPage_data();
    void staysOnAPage();
    void tellsTheClient_data();
    void tellsTheClient();
    void scopes_data();
    void scopes();
    void redirectKeepsValuesExactly_data();
    void redirectKeepsValuesExactly();
};

void TestDemoAuthorizeRequest::acceptsAndKeepsEverything()
{
    const auto request = parseAuthorizeRequest(queryWith({{u"prompt"_s, u"none"_s},
                                                          {u"login_hint"_s, u"bob@demo.example"_s},
                                                          {u"max_age"_s, u"60"_s}}),
                                               options());
    QVERIFY(request.has_value());
    QCOMPARE(request->clientId, u"gatehouse-demo"_s);
    QCOMPARE(request->redirectUri, kCallback);
    QCOMPARE(request->state, u"s1"_s);
    QCOMPARE(request->nonce, u"n1"_s);
    QCOMPARE(request->audience, u"urn:todos-api"_s);
    QCOMPARE(request->codeChallenge, kChallenge);
    QCOMPARE(request->scopes, (QStringList{u"openid"_s, u"read:todos"_s}));
    QCOMPARE(request->prompt, u"none"_s);
    QCOMPARE(request->loginHint, u"bob@demo.example"_s);
    QCOMPARE(request->maxAge, std::optional<qint64>(60));
}

void TestDemoAuthorizeRequest::staysOnAPage_data()
{
    QTest::addColumn<QByteArray>("query");
    QTest::addColumn<int>("status");
    const auto row = [](const char *name, const Changes &changes, int status) {
        QTest::newRow(name) << queryWith(changes) << status;
    };
    row("RFC 6749 §4.1.2.1 unknown client", {{u"client_id"_s, u"other"_s}}, 400);
    row("RFC 6749 §4.1.2.1 no client", {{u"client_id"_s, {}}}, 400);
    row("RFC 6749 §4.1.2.1 no redirect URI", {{u"redirect_uri"_s, {}}}, 403);
    row("OAuth 2.1 §2.3.1 other host", {{u"redirect_uri"_s, u"https://evil.example/callback"_s}},
        403);
    row("OAuth 2.1 §2.3.1 longer path", {{u"redirect_uri"_s, kCallback + u"/x"_s}}, 403);
    row("OAuth 2.1 §2.3.1 with a query", {{u"redirect_uri"_s, kCallback + u"?x=1"_s}}, 403);
    row("OAuth 2.1 §2.3.1 other case", {{u"redirect_uri"_s, kCallback.toUpper()}}, 403);
    row("OAuth 2.1 §2.3.1 other loopback name",
        {{u"redirect_uri"_s, u"http://localhost:8377/callback"_s}}, 403);
    row("every other fault as well, the page still wins",
        {{u"redirect_uri"_s, u"https://evil.example/"_s},
         {u"response_type"_s, u"token"_s},
         {u"code_challenge"_s, {}},
         {u"audience"_s, u"urn:other"_s}},
        403);
    QTest::newRow("RFC 6749 §3.1 a parameter twice")
        << queryWith({}) + "redirect_uri=https%3A%2F%2Fevil.example" << 400;
}

void TestDemoAuthorizeRequest::staysOnAPage()
{
    QFETCH(QByteArray, query);
    QFETCH(int, status);
    const auto request = parseAuthorizeRequest(query, options());
    QVERIFY(!request.has_value());
    const auto *page = std::get_if<PageProblem>(&request.error());
    QVERIFY(page != nullptr);
    QCOMPARE(page->status, status);
    QVERIFY(!page->what.isEmpty());
}

void TestDemoAuthorizeRequest::tellsTheClient_data()
{
    QTest::addColumn<QByteArray>("query");
    QTest::addColumn<QString>("error");
    const auto row = [](const char *name, const Changes &changes, const QString &error) {
        QTest::newRow(name) << queryWith(changes) << error;
    };
    row("RFC 6749 §4.1.1 no response_type", {{u"response_type"_s, {}}}, u"invalid_request"_s);
    row("OAuth 2.1 implicit is gone", {{u"response_type"_s, u"token"_s}},
        u"unsupported_response_type"_s);
    row("response_mode fragment", {{u"response_mode"_s, u"fragment"_s}}, u"invalid_request"_s);
    row("RFC 7636 §4.4.1 no challenge", {{u"code_challenge"_s, {}}}, u"invalid_request"_s);
    row("OAuth 2.1 plain", {{u"code_challenge_method"_s, u"plain"_s}}, u"invalid_request"_s);
    row("RFC 7636 §4.3 no method means plain", {{u"code_challenge_method"_s, {}}},
        u"invalid_request"_s);
    row("RFC 7636 §4.2 challenge that is no digest", {{u"code_challenge"_s, u"abc"_s}},
        u"invalid_request"_s);
    row("Auth0 unknown audience", {{u"audience"_s, u"urn:other"_s}}, u"access_denied"_s);
    row("OIDC §3.1.2.1 none with another prompt", {{u"prompt"_s, u"none login"_s}},
        u"invalid_request"_s);
    row("OIDC §3.1.2.1 max_age that is no number", {{u"max_age"_s, u"soon"_s}},
        u"invalid_request"_s);
    row("OIDC §3.1.2.1 negative max_age", {{u"max_age"_s, u"-1"_s}}, u"invalid_request"_s);
}

void TestDemoAuthorizeRequest::tellsTheClient()
{
    QFETCH(QByteArray, query);
    QFETCH(QString, error);
    const auto request = parseAuthorizeRequest(query, options());
    QVERIFY(!request.has_value());
    const auto *redirect = std::get_if<RedirectProblem>(&request.error());
    QVERIFY(redirect != nullptr);
    QCOMPARE(redirect->error, error);
    QCOMPARE(redirect->redirectUri, kCallback);
    QCOMPARE(redirect->state, u"s1"_s);
}

void TestDemoAuthorizeRequest::scopes_data()
{
    QTest::addColumn<QString>("audience");
    QTest::addColumn<QString>("asked");
    QTest::addColumn<QString>("granted");
    QTest::newRow("Auth0: a scope that no API has is left out")
        << u"urn:todos-api"_s << u"openid delete:everything read:billing"_s
        << u"openid read:billing"_s;
    QTest::newRow("Auth0: API scopes need the audience")
        << QString() << u"openid profile read:todos"_s << u"openid profile"_s;
    QTest::newRow("a scope twice counts once")
        << u"urn:todos-api"_s << u"openid read:todos read:todos"_s << u"openid read:todos"_s;
    QTest::newRow("no scope") << u"urn:todos-api"_s << QString() << QString();
}

void TestDemoAuthorizeRequest::scopes()
{
    QFETCH(QString, audience);
    QFETCH(QString, asked);
    QFETCH(QString, granted);
    const auto request = parseAuthorizeRequest(
        queryWith({{u"audience"_s, audience}, {u"scope"_s, asked}}), options());
    QVERIFY(request.has_value());
    QCOMPARE(request->scopes.join(u' '), granted);
}

void TestDemoAuthorizeRequest::redirectKeepsValuesExactly_data()
{
    QTest::addColumn<QString>("redirectUri");
    QTest::addColumn<QString>("state");
    QTest::addColumn<QByteArray>("encoded");
    QTest::newRow("RFC 6749 §4.1.2 state with delimiters")
        << kCallback << u"a+b&c=d#e %20"_s
        << "http://127.0.0.1:8377/callback?code=c&state=a%2Bb%26c%3Dd%23e%20%2520"_ba;
    QTest::newRow("state beyond ASCII")
        << kCallback << u"grün"_s << "http://127.0.0.1:8377/callback?code=c&state=gr%C3%BCn"_ba;
    QTest::newRow("RFC 6749 §3.1.2 the URI's own query stays")
        << u"http://127.0.0.1:1/cb?x=%2B"_s << u"s"_s
        << "http://127.0.0.1:1/cb?x=%2B&code=c&state=s"_ba;
    QTest::newRow("line break") << kCallback << u"a\r\nb"_s
                                << "http://127.0.0.1:8377/callback?code=c&state=a%0D%0Ab"_ba;
    QTest::newRow("no state") << kCallback << QString()
                              << "http://127.0.0.1:8377/callback?code=c"_ba;
}

void TestDemoAuthorizeRequest::redirectKeepsValuesExactly()
{
    QFETCH(QString, redirectUri);
    QFETCH(QString, state);
    QFETCH(QByteArray, encoded);
    const auto url = redirectWith(redirectUri, {{u"code"_s, u"c"_s}, {u"state"_s, state}});
    QCOMPARE(url.toEncoded(QUrl::FullyEncoded), encoded);
}

QTEST_GUILESS_MAIN(TestDemoAuthorizeRequest)
#include "tst_demo_authorize_request.moc"
