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
