// SPDX-License-Identifier: GPL-3.0-or-later
#include <service/configuration.h>

#include <QTest>

using namespace Qt::StringLiterals;
using namespace gatehouse;

namespace {

/// JSON written with single quotes.
QByteArray json(QByteArray text)
{
    return text.replace('\'', '"');
}

const QByteArray kTenant =
    json("'tenant':{'issuer':'https://acme.eu.auth0.com/','clientId':'abc'}");
const QByteArray kApi = json("{'name':'todos','openapi':'o.json',"
                             "'baseUrl':'https://todos.example.com','audience':'urn:todos'}");

} // namespace

class TestConfiguration : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsTheLeast()
    {
        const auto configuration = parseConfiguration('{' + kTenant + '}', u"file"_s);
        QVERIFY(configuration);
        QCOMPARE(configuration->port, kDefaultPort);
        QCOMPARE(configuration->tenant.callbackHost, u"127.0.0.1"_s);
        QVERIFY(configuration->tenant.scopes.contains(u"offline_access"_s));
    }

    void aDomainStandsForItsIssuer()
    {
        const auto configuration = parseConfiguration(
            json("{'tenant':{'domain':'Acme.EU.auth0.com','clientId':'a'}}"), u"file"_s);
        QVERIFY(configuration);
        QCOMPARE(configuration->tenant.issuer, u"https://acme.eu.auth0.com/"_s);
        QCOMPARE(configuration->tenant.tokenEndpointAuthMethod, u"none"_s);
    }

    void authMethods_data()
    {
        QTest::addColumn<QString>("method");
        QTest::addColumn<bool>("accepted");
        QTest::newRow("automatic") << u"none"_s << true;
        QTest::newRow("RFC 6749 §2.3.1 in the body") << u"client_secret_post"_s << true;
        QTest::newRow("RFC 6749 §2.3.1 Basic") << u"client_secret_basic"_s << true;
        QTest::newRow("of a key") << u"private_key_jwt"_s << false;
        QTest::newRow("empty") << QString() << false;
    }
    void authMethods()
    {
        QFETCH(QString, method);
        QFETCH(bool, accepted);
        const auto configuration = parseConfiguration(
            json("{'tenant':{'domain':'a.example','clientId':'a','tokenEndpointAuthMethod':'"
                 + method.toUtf8() + "'}}"),
            u"file"_s);
        QCOMPARE(configuration.has_value(), accepted);
        if (accepted)
            QCOMPARE(configuration->tenant.tokenEndpointAuthMethod, method);
        else
            QVERIFY(configuration.error().message.contains(u"tenant.tokenEndpointAuthMethod"_s));
    }

    void tenantsInWords_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("issuer"); // empty: refused
        QTest::newRow("domain") << u"acme.eu.auth0.com"_s << u"https://acme.eu.auth0.com/"_s;
        QTest::newRow("issuer as it is") << u"https://id.example/x"_s << u"https://id.example/x"_s;
        QTest::newRow("http on 127.0.0.1")
            << u"http://127.0.0.1:8378/"_s << u"http://127.0.0.1:8378/"_s;
        QTest::newRow("http on ::1") << u"http://[::1]:8378/"_s << u"http://[::1]:8378/"_s;
        QTest::newRow("http on localhost")
            << u"http://localhost:8378/"_s << u"http://localhost:8378/"_s;
        QTest::newRow("http elsewhere") << u"http://acme.eu.auth0.com/"_s << QString();
        QTest::newRow("http on a name that begins like loopback")
            << u"http://localhost.evil.example/"_s << QString();
        QTest::newRow("domain with a port") << u"acme.example:443"_s << QString();
        QTest::newRow("domain with a path") << u"acme.example/"_s << QString();
        QTest::newRow("domain with a user") << u"a@acme.example"_s << QString();
        QTest::newRow("one word") << u"localhost"_s << QString();
        QTest::newRow("address") << u"127.0.0.1"_s << QString();
        QTest::newRow("space") << u"acme .example"_s << QString();
        QTest::newRow("line break at the end") << u"acme.example\n"_s << QString();
        QTest::newRow("dot at the end") << u"acme.example."_s << QString();
        QTest::newRow("not ASCII") << u"acm\u00e9.example"_s << QString();
        QTest::newRow("issuer with a user") << u"https://a:b@acme.example/"_s << QString();
        QTest::newRow("OIDC Discovery §3 issuer with a query")
            << u"https://acme.example/?a=b"_s << QString();
        QTest::newRow("OIDC Discovery §3 issuer with a fragment")
            << u"https://acme.example/#a"_s << QString();
        QTest::newRow("empty") << QString() << QString();
    }
    void tenantsInWords()
    {
        QFETCH(QString, text);
        QFETCH(QString, issuer);
        const auto found = tenantIssuer(text);
        QCOMPARE(found.value_or(QString()), issuer);
        if (!found)
            QVERIFY(found.error().message.contains(u"acme.eu.auth0.com"_s));
    }

    void overrides_data()
    {
        QTest::addColumn<QByteArray>("tenant");
        QTest::addColumn<QString>("issuer");
        QTest::addColumn<QString>("clientId");
        QTest::addColumn<QString>("result"); // issuer and client ID, or the path of a complaint
        const QString other = u"https://other.example/"_s;
        const QByteArray whole = ',' + kTenant;
        QTest::newRow("issuer in place of the file's")
            << whole << other << QString() << u"https://other.example/ abc"_s;
        QTest::newRow("client ID in place of the file's")
            << whole << QString() << u"def"_s << u"https://acme.eu.auth0.com/ def"_s;
        QTest::newRow("in place of a domain")
            << json(",'tenant':{'domain':'acme.example','clientId':'abc'}") << other << QString()
            << u"https://other.example/ abc"_s;
        QTest::newRow("completes half a tenant") << json(",'tenant':{'clientId':'abc'}") << other
                                                 << QString() << u"https://other.example/ abc"_s;
        QTest::newRow("completes a file without one")
            << QByteArray() << other << u"def"_s << u"https://other.example/ def"_s;
        QTest::newRow("does not complete it")
            << QByteArray() << other << QString() << u"tenant.clientId: is missing"_s;
        QTest::newRow("nor with the client ID alone")
            << QByteArray() << QString() << u"def"_s << u"tenant.domain: is missing"_s;
        QTest::newRow("hides no mistake of the file")
            << json(",'tenant':{'issuer':'acme','clientId':'abc'}") << other << QString()
            << u"tenant.issuer"_s;
    }
    void overrides()
    {
        QFETCH(QByteArray, tenant);
        QFETCH(QString, issuer);
        QFETCH(QString, clientId);
        QFETCH(QString, result);
        const auto configuration = parseConfiguration(
            json("{'listen':{'port':9000}") + tenant + '}', u"file"_s, {issuer, clientId});
        if (!configuration) {
            QVERIFY2(configuration.error().message.contains(result),
                     qPrintable(configuration.error().message));
            return;
        }
        QCOMPARE(configuration->tenant.issuer + u' ' + configuration->tenant.clientId, result);
        QCOMPARE(configuration->port, 9000);
        QVERIFY(configuration->tenant.scopes.contains(u"openid"_s));
    }

    void aWholeOverrideNeedsNoFile()
    {
        const auto configuration =
            readConfiguration(u"/nowhere/gatehouse.json"_s, {u"https://a.example/"_s, u"a"_s});
        QVERIFY(configuration);
        QCOMPARE(configuration->tenant.issuer, u"https://a.example/"_s);
    }

    void halfAnOverrideSaysWhichIsMissing_data()
    {
        QTest::addColumn<QString>("issuer");
        QTest::addColumn<QString>("clientId");
        QTest::addColumn<QString>("missing");
        QTest::addColumn<QString>("option");
        QTest::newRow("tenant") << QString() << u"a"_s << u"the tenant is not given"_s
                                << u"--tenant"_s;
        QTest::newRow("client ID") << u"https://a.example/"_s << QString()
                                   << u"the client ID is not given"_s << u"--client-id"_s;
    }
    void halfAnOverrideSaysWhichIsMissing()
    {
        QFETCH(const QString, issuer);
        QFETCH(const QString, clientId);
        QFETCH(const QString, missing);
        QFETCH(const QString, option);
        const auto read = readConfiguration(u"/nowhere/gatehouse.json"_s, {issuer, clientId});
        QVERIFY(!read);
        QVERIFY2(read.error().message.contains(missing), qPrintable(read.error().message));
        QVERIFY2(read.error().remedy.contains(option), qPrintable(read.error().remedy));
    }

    void complains_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("path");
        const auto with = [](const QByteArray &more) {
            return '{' + kTenant + ',' + json(more) + '}';
        };
        QTest::newRow("broken JSON says the line") << QByteArray("{\n\n x") << u"line 3"_s;
        QTest::newRow("no tenant") << QByteArray("{}") << u"tenant: is missing"_s;
        QTest::newRow("http issuer elsewhere")
            << json("{'tenant':{'issuer':'http://acme.example/','clientId':'a'}}")
            << u"tenant.issuer"_s;
        QTest::newRow("neither issuer nor domain")
            << json("{'tenant':{'clientId':'a'}}") << u"tenant.domain: is missing"_s;
        QTest::newRow("both issuer and domain")
            << json("{'tenant':{'issuer':'https://a.example/','domain':'a.example',"
                    "'clientId':'a'}}")
            << u"tenant.domain: stands beside"_s;
        QTest::newRow("domain with a scheme says what to write")
            << json("{'tenant':{'domain':'https://acme.eu.auth0.com','clientId':'a'}}")
            << u"tenant.domain: must be the name alone, such as \"acme.eu.auth0.com\""_s;
        QTest::newRow("domain with a path")
            << json("{'tenant':{'domain':'acme.eu.auth0.com/','clientId':'a'}}")
            << u"tenant.domain"_s;
        QTest::newRow("domain with a port")
            << json("{'tenant':{'domain':'acme.eu.auth0.com:443','clientId':'a'}}")
            << u"tenant.domain"_s;
        QTest::newRow("domain is no text")
            << json("{'tenant':{'domain':5,'clientId':'a'}}") << u"tenant.domain"_s;
        QTest::newRow("no client ID")
            << json("{'tenant':{'issuer':'https://acme.example/'}}") << u"tenant.clientId"_s;
        QTest::newRow("scopes without openid")
            << json("{'tenant':{'issuer':'https://a.example/','clientId':'a','scopes':['x']}}")
            << u"tenant.scopes"_s;
        QTest::newRow("callback elsewhere")
            << json("{'tenant':{'issuer':'https://a.example/','clientId':'a',"
                    "'callbackHost':'example.com'}}")
            << u"tenant.callbackHost"_s;
        QTest::newRow("port") << with("'listen':{'port':70000}") << u"listen.port"_s;
        QTest::newRow("unknown key") << with("'lisen':{}") << u"lisen"_s;
        QTest::newRow("unknown inner key") << with("'listen':{'prt':1}") << u"listen.prt"_s;
        QTest::newRow("API is no object") << with("'apis':['x']") << u"apis[0]"_s;
        QTest::newRow("API without audience")
            << with("'apis':[{'name':'a','openapi':'o','baseUrl':'https://a.example'}]")
            << u"apis[0].audience"_s;
        QTest::newRow("API over http") << with(
            "'apis':[{'name':'a','openapi':'o','baseUrl':'http://a.example','audience':'u'}]")
                                       << u"apis[0].baseUrl"_s;
        QTest::newRow("quote in a scope")
            << with("'apis':[{'name':'a','openapi':'o','baseUrl':'https://a.example',"
                    "'audience':'u','scopes':['a\\\\b']}]")
            << u"apis[0].scopes"_s;
        QTest::newRow("two APIs of one name")
            << '{' + kTenant + R"(,"apis":[)" + kApi + ',' + kApi + "]}" << u"apis: \"todos\""_s;
        QTest::newRow("client with a bad redirect URI")
            << with("'clients':[{'id':'a','name':'A','redirectUris':['http://a.example/']}]")
            << u"clients[0].redirectUris"_s;
    }
    void complains()
    {
        QFETCH(QByteArray, text);
        QFETCH(QString, path);
        const auto configuration = parseConfiguration(text, u"/home/a/gatehouse.json"_s);
        QVERIFY(!configuration);
        QVERIFY2(configuration.error().message.contains(path),
                 qPrintable(configuration.error().message));
        QVERIFY(configuration.error().message.contains(u"/home/a/gatehouse.json"_s));
        QVERIFY(!configuration.error().remedy.isEmpty());
    }

    void aMissingFileSaysWhatToDo()
    {
        const auto configuration = readConfiguration(u"/nowhere/gatehouse.json"_s);
        QVERIFY(!configuration);
        QVERIFY(configuration.error().remedy.contains(u"--demo"_s));
    }
};

QTEST_GUILESS_MAIN(TestConfiguration)
#include "tst_configuration.moc"
