// SPDX-License-Identifier: GPL-3.0-or-later
#include <support/fake_tenant.h>
#include <support/https_site.h>
#include <support/network_threads.h>
#include <support/manual_clock.h>
#include <support/test_authority.h>

#include <oidc/tenant_checkup.h>

#include <QDateTime>
#include <QJsonArray>
#include <QLocale>
#include <QTest>
#include <QTimeZone>

using namespace Qt::StringLiterals;
using namespace gatehouse;
using namespace gatehouse::oidc;
using namespace gatehouse::tests;

namespace {

const auto kDocument = "/.well-known/openid-configuration"_ba;
const QUrl kCallback(u"http://127.0.0.1:8377/callback"_s);

FakeTenant::Answer redirectTo(const QByteArray &url)
{
    return {302, {}, "Location: " + url + "\r\n"};
}

FakeTenant::Answer html(int status, const QByteArray &text)
{
    return {status, "<html>" + text + "</html>", "Content-Type: text/html; charset=utf-8\r\n"_ba};
}

/// An answer of the authorization endpoint as its callback gets it.
FakeTenant::Script callbackWith(const QByteArray &query)
{
    return [query](const FakeTenant::Request &request) {
        return redirectTo(request.query("redirect_uri").toUtf8() + '?' + query
                          + "&state=" + request.query("state").toLatin1());
    };
}

/// Everything is right at this tenant until a test changes it.
struct World {
    World()
    {
        tenant.metadata.insert(u"scopes_supported"_s, QJsonArray{u"openid"_s, u"offline_access"_s});
        tenant.metadata.insert(u"token_endpoint_auth_methods_supported"_s,
                               QJsonArray{u"client_secret_basic"_s, u"client_secret_post"_s});
        subject.tenant = {tenant.issuer(),
                          tenant.clientId,
                          {u"openid"_s, u"offline_access"_s},
                          {{u"urn:todos-api"_s, {u"read:todos"_s}}},
                          kCallback};
        tenant.scripts["/authorize"] = callbackWith("error=login_required");
        tenant.scripts["/token"] = [](const auto &) {
            return FakeTenant::error(403, u"invalid_grant"_s);
        };
    }
    Findings run()
    {
        TenantCheckup checkup({network, clock, random}, subject);
        QObject context;
        std::optional<Findings> found;
        checkup.run(&context, [&](const Findings &findings) { found = findings; });
        if (!QTest::qWaitFor([&] { return found.has_value(); }, 10'000))
            qFatal("the checkup did not end");
        return *found;
    }
    Finding find(const QString &name)
    {
        const auto findings = run();
        for (const auto &finding : findings) {
            if (finding.subject == name)
                return finding;
        }
        return {u"not found"_s, Verdict::Problem, {}};
    }
    void answerDocument(const FakeTenant::Answer &answer)
    {
        tenant.scripts[kDocument] = [answer](const auto &) { return answer; };
    }
    void setDate(const QByteArray &date)
    {
        tenant.scripts[kDocument] = [this, date](const auto &) {
            auto answer = FakeTenant::json(200, tenant.metadata);
            answer.headers += "Date: " + date + "\r\n";
            return answer;
        };
    }
    void refuseTokens(int status, const QString &code)
    {
        tenant.scripts["/token"] = [=](const auto &) { return FakeTenant::error(status, code); };
    }

    ManualClock clock;
    SystemRandom random;
    FakeTenant tenant{clock};
    TenantNetwork network{clock};
    CheckupSubject subject;
};

using Change = std::function<void(World &)>;

QByteArray httpDate(Instant instant)
{
    const auto time = QDateTime::fromMSecsSinceEpoch(toMilliseconds(instant), QTimeZone::utc());
    return QLocale::c().toString(time, u"ddd, dd MMM yyyy HH:mm:ss 'GMT'"_s).toLatin1();
}

} // namespace

Q_DECLARE_METATYPE(Change)

class TestTenantCheckup : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void cleanupTestCase() { awaitEndOfNetworkThreads(); }

    void everythingIsRight()
    {
        World world;
        world.setDate(httpDate(world.clock.now() + 59s));
        const auto findings = world.run();
        QStringList subjects;
        for (const auto &finding : findings) {
            subjects.append(finding.subject);
            QVERIFY2(finding.verdict == Verdict::Ok, qPrintable(finding.found));
        }
        QCOMPARE(subjects,
                 (QStringList{u"tenant"_s, u"clock"_s, u"issuer"_s, u"endpoints"_s, u"keys"_s,
                              u"application"_s, u"api"_s, u"client"_s, u"offline"_s, u"logout"_s}));
    }

    void asksSilentlyAndForNobody()
    {
        World world;
        world.run();
        const auto &requests = world.tenant.requests;
        const auto asked = std::find_if(requests.begin(), requests.end(), [](const auto &request) {
            return request.path.startsWith("/authorize?");
        });
        QVERIFY(asked != requests.end());
        QCOMPARE(asked->method, "GET");
        QCOMPARE(asked->query("prompt"), u"none"_s);
        QCOMPARE(asked->query("response_type"), u"code"_s);
        QCOMPARE(asked->query("client_id"), world.tenant.clientId);
        QCOMPARE(asked->query("redirect_uri"), kCallback.toString());
        QCOMPARE(asked->query("audience"), u"urn:todos-api"_s);
        QCOMPARE(asked->query("scope"), u"openid offline_access read:todos"_s);
        QCOMPARE(asked->query("code_challenge_method"), u"S256"_s);
        QCOMPARE(asked->query("code_challenge").size(), 43);
        QCOMPARE(asked->query("state").size(), 43);
        QCOMPARE(asked->query("nonce").size(), 43);
        QVERIFY(!asked->head.toLower().contains("\r\ncookie:"));
        // No callback is called: only the tenant was asked, and the redirect not followed.
        QCOMPARE(requests.size(), 4);
        const auto tokens = world.tenant.last("/token");
        QCOMPARE(tokens.form("grant_type"), u"authorization_code"_s);
        QCOMPARE(tokens.form("redirect_uri"), kCallback.toString());
        QVERIFY(!tokens.form("code").isEmpty() && !tokens.form("code_verifier").isEmpty());
        QVERIFY(tokens.form("client_secret").isEmpty());
    }

    void keepsTheEndpointsQuery()
    {
        World world;
        world.tenant.metadata.insert(u"authorization_endpoint"_s,
                                     world.tenant.url(u"authorize?p=1%2B"_s).toString());
        QCOMPARE(world.find(u"application"_s).verdict, Verdict::Ok);
        const auto asked = world.tenant.requests.at(2).path;
        QVERIFY2(asked.startsWith("/authorize?p=1%2B&response_type=code&"), asked.constData());
    }

    void eachAudienceIsAskedFor()
    {
        World world;
        world.subject.tenant.audiences = {{u"urn:one"_s, {}}, {u"urn:two"_s, {}}};
        world.tenant.scripts["/authorize"] = [](const FakeTenant::Request &request) {
            return callbackWith(request.query("audience") == u"urn:two"_s
                                    ? "error=access_denied&error_description="
                                      "Service%20not%20found%3A%20urn%3Atwo"
                                    : "error=login_required")(request);
        };
        const auto findings = world.run();
        QStringList about;
        for (const auto &finding : findings) {
            if (finding.subject == u"application"_s || finding.subject == u"api"_s)
                about.append(finding.found);
        }
        QCOMPARE(about.size(), 3); // the application once
        QVERIFY(about.at(1).contains(u"urn:one"_s) && about.at(2).contains(u"urn:two"_s));
    }

    void noApiAtAll()
    {
        World world;
        world.subject.tenant.audiences = {{}};
        const auto findings = world.run();
        QVERIFY(std::none_of(findings.begin(), findings.end(), [](const Finding &finding) {
            return finding.subject == u"api"_s || finding.verdict != Verdict::Ok;
        }));
        QVERIFY(!world.tenant.requests.at(2).path.contains("audience"));
    }

    void findings_data()
    {
        QTest::addColumn<Change>("change");
        QTest::addColumn<QString>("subject");
        QTest::addColumn<int>("verdict");
        QTest::addColumn<QString>("found");
        QTest::addColumn<QString>("remedy");
        const auto row = [](const char *name, const QString &subject, Verdict verdict,
                            const QString &found, const QString &remedy, const Change &change) {
            QTest::newRow(name) << change << subject << int(verdict) << found << remedy;
        };
        const auto problem = Verdict::Problem;
        const auto warning = Verdict::Warning;

        row("nobody listens", u"tenant"_s, problem, u"refused"_s, u"gatehouse --demo"_s,
            [](World &w) { w.tenant.stop(); });
        row("captive portal shows its page", u"tenant"_s, problem, u"shows a web page"_s,
            u"sign in to it first"_s,
            [](World &w) { w.answerDocument(html(200, "Welcome to Hotel WiFi")); });
        row("captive portal sends us on", u"tenant"_s, problem, u"on to http://login.wifi/"_s,
            u"sign in to it first"_s,
            [](World &w) { w.answerDocument(redirectTo("http://login.wifi/?a=b")); });
        row("RFC 6585 §6 captive portal with a status of its own", u"tenant"_s, problem,
            u"web page"_s, u"sign in to it first"_s,
            [](World &w) { w.answerDocument(html(511, "Sign in")); });
        row("no tenant there", u"tenant"_s, problem, u"no tenant at this address"_s,
            u"tenant.domain"_s, [](World &w) { w.answerDocument(html(404, "Not found")); });
        row("tenant in trouble", u"tenant"_s, problem, u"status 503"_s, u"Try again"_s,
            [](World &w) { w.answerDocument(html(503, "")); });
        row("too many questions", u"tenant"_s, problem, u"status 429"_s, u"Try again"_s,
            [](World &w) { w.answerDocument(html(429, "")); });
        row("no JSON", u"tenant"_s, problem, u"no JSON"_s, u"tenant.domain"_s, [](World &w) {
            w.answerDocument({200, "hello", "Content-Type: text/plain\r\n"});
        });
        row("OIDC Discovery §4.3 slash missing in the configuration", u"issuer"_s, problem,
            u"A slash is missing at the end"_s, u"\"issuer\": \"http://127.0.0.1:"_s,
            [](World &w) { w.subject.tenant.issuer.chop(1); });
        row("OIDC Discovery §4.3 slash too much", u"issuer"_s, problem, u"slash too much"_s,
            u"\"issuer\": \"http://127.0.0.1:"_s, [](World &w) {
                auto issuer = w.tenant.issuer();
                issuer.chop(1);
                w.tenant.metadata.insert(u"issuer"_s, issuer);
            });
        row("OIDC Discovery §4.3 another issuer", u"issuer"_s, problem,
            u"calls itself https://other.example/"_s, u"if that is your tenant"_s,
            [](World &w) { w.tenant.metadata.insert(u"issuer"_s, u"https://other.example/"_s); });
        row("issuer that plays with the terminal", u"issuer"_s, problem, u"\uFFFD[2J"_s,
            u"\uFFFD[2J"_s,
            [](World &w) { w.tenant.metadata.insert(u"issuer"_s, u"\u001b[2J"_s); });
        row("no issuer", u"issuer"_s, problem, u"does not say its name"_s, u"tenant.domain"_s,
            [](World &w) { w.tenant.metadata.remove(u"issuer"_s); });
        row("endpoint missing", u"endpoints"_s, problem, u"no token_endpoint"_s, u"tenant.domain"_s,
            [](World &w) { w.tenant.metadata.remove(u"token_endpoint"_s); });
        row("endpoint in the clear", u"endpoints"_s, problem, u"neither https"_s,
            u"tenant.domain"_s, [](World &w) {
                w.tenant.metadata.insert(u"token_endpoint"_s, u"http://acme.example/token"_s);
            });
        row("clock behind by a minute and more", u"clock"_s, problem, u"61 seconds behind"_s,
            u"set-ntp"_s, [](World &w) { w.setDate(httpDate(w.clock.now() + 61s)); });
        row("clock ahead", u"clock"_s, problem, u"3 hours ahead of"_s, u"set-ntp"_s,
            [](World &w) { w.setDate(httpDate(w.clock.now() - 3h)); });
        row("clock of another year", u"clock"_s, problem, u"400 days ahead of"_s, u"set-ntp"_s,
            [](World &w) { w.setDate(httpDate(w.clock.now() - 400 * 24h)); });
        row("no keys", u"keys"_s, problem, u"no key"_s, u"RS256"_s, [](World &w) {
            w.tenant.keys = {{u"keys"_s, QJsonArray{}}};
        });
        row("only keys that cannot be used", u"keys"_s, problem, u"no key"_s, u"RS256"_s,
            [](World &w) {
                w.tenant.keys = {
                    {u"keys"_s,
                     QJsonArray{QJsonObject{{u"kty"_s, u"oct"_s}, {u"k"_s, u"AAAA"_s}}}}};
            });
        row("keys are no JSON", u"keys"_s, problem, u"no key"_s, u"RS256"_s, [](World &w) {
            w.tenant.scripts["/jwks"] = [](const auto &) { return html(200, ""); };
        });
        row("keys not to be had", u"keys"_s, problem, u"status 500"_s, u"Try again"_s,
            [](World &w) {
                w.tenant.scripts["/jwks"] = [](const auto &) { return html(500, ""); };
            });

        const auto authorize = [](const FakeTenant::Script &script) {
            return [script](World &w) { w.tenant.scripts["/authorize"] = script; };
        };
        const auto page = [&](int status, const QByteArray &text) {
            return authorize([=](const auto &) { return html(status, text); });
        };
        row("RFC 6749 §4.1.2.1 client ID or callback unknown", u"application"_s, problem,
            u"gatehouse-client, or does not allow the callback URL"_s,
            u"Allowed Callback URLs, exactly: http://127.0.0.1:8377/callback"_s, page(400, "Oops"));
        row("Auth0: Callback URL mismatch", u"application"_s, problem,
            u"does not allow the callback URL http://127.0.0.1:8377/callback"_s,
            u"Allowed Callback URLs, exactly: http://127.0.0.1:8377/callback"_s,
            page(403, "Callback URL mismatch."));
        row("Auth0: Unknown client", u"application"_s, problem,
            u"no application with the client ID gatehouse-client"_s, u"tenant.clientId"_s,
            page(400, "Unknown client: gatehouse-client"));
        row("an error page of the tenant's own", u"application"_s, problem,
            u"does not allow the callback URL"_s, u"Allowed Callback URLs"_s,
            authorize([](const auto &) {
                return redirectTo("https://acme.example/oops?error=unauthorized&"
                                  "error_description=Callback+URL+mismatch");
            }));
        row("a page although none was allowed", u"application"_s, warning, u"status 200"_s,
            u"Allowed Callback URLs"_s, page(200, "Sign in"));
        row("sent to somewhere else", u"application"_s, warning, u"https://acme.example/login"_s,
            u"Allowed Callback URLs"_s,
            authorize([](const auto &) { return redirectTo("https://acme.example/login?x=y"); }));
        row("a callback that only begins like ours", u"application"_s, warning, u"callback/other"_s,
            u"Allowed Callback URLs"_s, authorize([](const auto &) {
                return redirectTo("http://127.0.0.1:8377/callback/other?a=b");
            }));
        row("sign-in in trouble", u"application"_s, problem, u"status 502"_s, u"Try again"_s,
            page(502, ""));

        const auto refuse = [&](const QByteArray &code, const QByteArray &description) {
            return authorize(callbackWith(
                "error=" + code + "&error_description=" + description.toPercentEncoding()));
        };
        for (const auto code : {"login_required", "consent_required", "interaction_required",
                                "account_selection_required"}) {
            row(code, u"api"_s, Verdict::Ok, u"knows the API"_s, {}, refuse(code, "as expected"));
        }
        row("Auth0: Service not found", u"api"_s, problem,
            u"no API with the identifier urn:todos-api"_s,
            u"Applications > APIs > Create API. The Identifier must be exactly urn:todos-api"_s,
            refuse("access_denied", "Service not found: urn:todos-api"));
        row("access_denied for another reason", u"api"_s, problem,
            u"access_denied: Not in this country"_s, u"Monitoring > Logs"_s,
            refuse("access_denied", "Not in this country"));
        row("unauthorized_client", u"api"_s, problem, u"unauthorized_client"_s, u"Grant Types"_s,
            refuse("unauthorized_client", "Grant type not allowed"));
        row("invalid_scope", u"api"_s, problem, u"invalid_scope"_s, u"read:todos"_s,
            refuse("invalid_scope", "No such scope"));
        row("invalid_request", u"api"_s, problem, u"invalid_request: PKCE is odd"_s,
            u"Monitoring > Logs"_s, refuse("invalid_request", "PKCE is odd"));
        row("an error that plays with the terminal", u"api"_s, problem,
            u"server_error: \uFFFD[2J ok"_s, u"Monitoring"_s,
            refuse("server_error", "\x1b[2J\nok"));

        const auto token = [](int status, const QString &code) {
            return [=](World &w) { w.refuseTokens(status, code); };
        };
        row("RFC 6749 §5.2 invalid_client without a secret", u"client"_s, problem,
            u"there is none"_s, u"`gatehouse tenant secret`"_s, token(401, u"invalid_client"_s));
        row("Auth0: access_denied without a secret", u"client"_s, problem, u"there is none"_s,
            u"Native"_s, token(401, u"access_denied"_s));
        row("401 without words", u"client"_s, problem, u"there is none"_s, u"Native"_s,
            [](World &w) {
                w.tenant.scripts["/token"] = [](const auto &) { return html(401, ""); };
            });
        row("wrong secret", u"client"_s, problem, u"refuses the client secret"_s, u"Credentials"_s,
            [](World &w) {
                w.subject.clientSecret = Secret("wrong");
                w.refuseTokens(401, u"access_denied"_s);
            });
        row("a secret that cannot be seen from here", u"client"_s, warning,
            u"none can be seen from here"_s, u"`gatehouse tenant secret`"_s, [](World &w) {
                w.subject.secretKnown = false;
                w.refuseTokens(401, u"invalid_client"_s);
            });
        row("may not redeem codes", u"client"_s, problem, u"unauthorized_client"_s,
            u"Grant Types"_s, token(403, u"unauthorized_client"_s));
        row("an answer that says nothing", u"client"_s, warning, u"status 400, invalid_request"_s,
            u"Monitoring"_s, token(400, u"invalid_request"_s));
        row("token endpoint in trouble", u"client"_s, problem, u"status 500"_s, u"Try again"_s,
            token(500, u"server_error"_s));
        row("offline access not listed", u"offline"_s, warning, u"does not list"_s,
            u"Allow Offline Access"_s, [](World &w) {
                w.tenant.metadata.insert(u"scopes_supported"_s, QJsonArray{u"openid"_s});
            });
        row("offline access not asked for", u"offline"_s, warning, u"leaves out"_s,
            u"offline_access"_s, [](World &w) { w.subject.tenant.scopes = {u"openid"_s}; });
        row("nothing said about scopes", u"offline"_s, Verdict::Ok, u"keep you signed in"_s,
            u"at least 30 seconds"_s,
            [](World &w) { w.tenant.metadata.remove(u"scopes_supported"_s); });
        row("where signing out leads", u"logout"_s, Verdict::Ok, u"http://127.0.0.1:8377/"_s,
            u"Allowed Logout URLs"_s, [](World &) {});
    }
    void findings()
    {
        QFETCH(Change, change);
        QFETCH(QString, subject);
        QFETCH(int, verdict);
        QFETCH(QString, found);
        QFETCH(QString, remedy);
        World world;
        change(world);
        const auto finding = world.find(subject);
        QCOMPARE(finding.subject, subject);
        const auto text = finding.found + u'\n' + finding.remedy;
        QVERIFY2(int(finding.verdict) == verdict, qPrintable(text));
        QVERIFY2(finding.found.contains(found), qPrintable(text));
        QVERIFY2(finding.remedy.contains(remedy), qPrintable(text));
        QVERIFY(!text.contains(QChar(0x1b)));
    }

    void aStrangerIsAskedNothingMore()
    {
        World world;
        world.subject.clientSecret = Secret("the-secret");
        world.tenant.metadata.insert(u"issuer"_s, u"https://other.example/"_s);
        const auto findings = world.run();
        QCOMPARE(findings.constLast().subject, u"issuer"_s);
        QCOMPARE(world.tenant.requests.size(), 1);
    }

    void howTheSecretGoes_data()
    {
        QTest::addColumn<QString>("configured");
        QTest::addColumn<QStringList>("supported");
        QTest::addColumn<bool>("inHeader");
        const QString automatic = u"none"_s;
        const QString post = u"client_secret_post"_s;
        const QString basic = u"client_secret_basic"_s;
        QTest::newRow("in the body where the tenant takes it")
            << automatic << QStringList{basic, post} << false;
        QTest::newRow("in the header else") << automatic << QStringList{basic} << true;
        QTest::newRow("RFC 8414 §2 nothing said means the header")
            << automatic << QStringList() << true;
        QTest::newRow("configured for the body") << post << QStringList{basic} << false;
        QTest::newRow("configured for the header") << basic << QStringList{post} << true;
    }
    void howTheSecretGoes()
    {
        QFETCH(QString, configured);
        QFETCH(QStringList, supported);
        QFETCH(bool, inHeader);
        World world;
        world.subject.clientSecret = Secret("s%cret:+ ");
        world.subject.tenant.clientId = u"a:b"_s;
        world.subject.tenant.authMethod = configured;
        world.tenant.metadata.insert(u"token_endpoint_auth_methods_supported"_s,
                                     QJsonArray::fromStringList(supported));
        const auto finding = world.find(u"client"_s);
        QVERIFY(finding.found.contains(u"with its client secret"_s));
        QVERIFY(!finding.found.contains(u"s%cret"_s));
        const auto asked = world.tenant.last("/token");
        QCOMPARE(asked.form("client_secret"), inHeader ? QString() : u"s%cret:+ "_s);
        // RFC 6749 §2.3.1: both are encoded before they are put together.
        const auto credentials = QByteArray("a%3Ab:s%25cret%3A%2B%20").toBase64();
        QCOMPARE(asked.header("Authorization") == "Basic " + credentials, inHeader);
        for (const auto &request : std::as_const(world.tenant.requests))
            QVERIFY(!request.path.contains("cret"));
    }

    void silenceIsSaid()
    {
        World world;
        world.tenant.hold(kDocument);
        TenantCheckup checkup({world.network, world.clock, world.random}, world.subject);
        std::optional<Findings> found;
        checkup.run(this, [&](const Findings &findings) { found = findings; });
        QTRY_COMPARE(world.tenant.requests.size(), 1);
        world.clock.advance(30s);
        QTRY_VERIFY(found.has_value());
        QVERIFY2(found->constFirst().found.contains(u"did not answer in time"_s),
                 qPrintable(found->constFirst().found));
        QVERIFY(found->constFirst().remedy.contains(u"firewall"_s));
    }

    void anUntrustedCertificateIsSaid()
    {
        World world;
        const TestAuthority nobodysAuthority;
        HttpsSite site(nobodysAuthority.serverFor(u"127.0.0.1"_s));
        world.subject.tenant.issuer = u"https://127.0.0.1:%1/"_s.arg(site.port());
        const auto finding = world.find(u"tenant"_s);
        QVERIFY2(finding.found.contains(u"(TLS)"_s), qPrintable(finding.found));
        QVERIFY(finding.remedy.contains(u"update-ca-certificates"_s));
        QVERIFY(site.requests.isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestTenantCheckup)
#include "tst_tenant_checkup.moc"
