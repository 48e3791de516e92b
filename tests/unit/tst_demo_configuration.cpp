// SPDX-License-Identifier: GPL-3.0-or-later
#include <base/json.h>
#include <demo/demo_configuration.h>

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace gatehouse;
using namespace gatehouse::demo;

namespace {

void write(const QString &path, const QByteArray &content)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(content), content.size());
}

QByteArray read(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

class TestDemoConfiguration : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void writesAnOrdinaryConfiguration();
    void makesAPrivateDirectory();
    void describesTheApiForImport();
    void keepsWhatThePersonAdded();
    void leavesAnUnchangedFileAlone();
    void refusesOtherConfigurations_data();
    void refusesOtherConfigurations();

private:
    [[nodiscard]] DemoOptions options(quint16 port = 9000) const
    {
        DemoOptions result;
        result.dataDirectory = m_directory->path();
        result.port = port;
        return result;
    }
    [[nodiscard]] QString path(const QString &name) const { return m_directory->filePath(name); }
    [[nodiscard]] QJsonObject configuration() const
    {
        return parseJsonObject(read(path(u"gatehouse.json"_s))).value_or(QJsonObject());
    }

    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestDemoConfiguration::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
    QVERIFY(m_directory->isValid());
}

void TestDemoConfiguration::writesAnOrdinaryConfiguration()
{
    QVERIFY(writeDemoConfiguration(options()).has_value());
    const auto expected = parseJsonObject(R"({
        "listen": {"port": 9000},
        "tenant": {
            "issuer": "http://localhost:9001/",
            "clientId": "gatehouse-demo",
            "scopes": ["openid", "profile", "email", "offline_access", "read:todos", "write:todos"],
            "callbackHost": "127.0.0.1"
        },
        "apis": [{
            "name": "todos",
            "openapi": "todos-openapi.json",
            "baseUrl": "http://127.0.0.1:9002",
            "audience": "urn:todos-api",
            "scopes": ["read:todos", "write:todos"]
        }]
    })");
    QVERIFY(expected.has_value());
    QCOMPARE(configuration(), *expected);
    const auto ownerOnly =
        QFile::ReadOwner | QFile::WriteOwner | QFile::ReadUser | QFile::WriteUser;
    QCOMPARE(QFile::permissions(path(u"gatehouse.json"_s)), ownerOnly);
    QCOMPARE(QFile::permissions(path(u"todos-openapi.json"_s)), ownerOnly);
}

void TestDemoConfiguration::makesAPrivateDirectory()
{
    auto deeper = options();
    deeper.dataDirectory = path(u"a/b"_s);
    deeper.issuerHost = u"127.0.0.1"_s;
    QVERIFY(writeDemoConfiguration(deeper).has_value());
    const auto permissions = QFile::permissions(deeper.dataDirectory);
    QVERIFY(
        !(permissions & (QFile::ReadGroup | QFile::ExeGroup | QFile::ReadOther | QFile::ExeOther)));
    const auto written = parseJsonObject(read(path(u"a/b/gatehouse.json"_s)));
    QVERIFY(written.has_value());
    QCOMPARE(written->value("tenant"_L1)["issuer"_L1].toString(), u"http://127.0.0.1:9001/"_s);
}

void TestDemoConfiguration::describesTheApiForImport()
{
    QVERIFY(writeDemoConfiguration(options()).has_value());
    const auto document = parseJsonObject(read(path(u"todos-openapi.json"_s)));
    QVERIFY(document.has_value());
    QCOMPARE(document->value("servers"_L1).toArray().at(0)["url"_L1].toString(),
             u"http://127.0.0.1:9002"_s);
    const auto flow = document->value(
        "components"_L1)["securitySchemes"_L1]["tenant"_L1]["flows"_L1]["authorizationCode"_L1];
    QCOMPARE(flow["authorizationUrl"_L1].toString(), u"http://localhost:9001/authorize"_s);
    QCOMPARE(flow["tokenUrl"_L1].toString(), u"http://localhost:9001/oauth/token"_s);
}

void TestDemoConfiguration::keepsWhatThePersonAdded()
{
    QVERIFY(writeDemoConfiguration(options(9000)).has_value());
    auto changed = configuration();
    changed.insert(u"clients"_s, QJsonArray{QJsonObject{{u"id"_s, u"mine"_s}}});
    auto apis = changed.value("apis"_L1).toArray();
    auto todos = apis.at(0).toObject();
    todos.insert(u"scopes"_s, QJsonArray{u"read:todos"_s, u"read:billing"_s});
    apis.replace(0, todos);
    apis.prepend(QJsonObject{{u"name"_s, u"other"_s}});
    changed.insert(u"apis"_s, apis);
    write(path(u"gatehouse.json"_s), toCompactJson(changed));

    QVERIFY(writeDemoConfiguration(options(9100)).has_value());
    const auto after = configuration();
    QCOMPARE(after.value("listen"_L1)["port"_L1].toInt(), 9100);
    QCOMPARE(after.value("tenant"_L1)["issuer"_L1].toString(), u"http://localhost:9101/"_s);
    QCOMPARE(after.value("clients"_L1), changed.value("clients"_L1));
    QCOMPARE(after.value("apis"_L1).toArray().size(), 2);
    QCOMPARE(after.value("apis"_L1).toArray().at(0), apis.at(0));
    QCOMPARE(after.value("apis"_L1).toArray().at(1)["baseUrl"_L1].toString(),
             u"http://127.0.0.1:9102"_s);
    QCOMPARE(after.value("apis"_L1).toArray().at(1)["scopes"_L1], todos.value("scopes"_L1));
}

void TestDemoConfiguration::leavesAnUnchangedFileAlone()
{
    QVERIFY(writeDemoConfiguration(options()).has_value());
    const auto compact = toCompactJson(configuration());
    write(path(u"gatehouse.json"_s), compact);
    QVERIFY(writeDemoConfiguration(options()).has_value());
    QCOMPARE(read(path(u"gatehouse.json"_s)), compact);
}

void TestDemoConfiguration::refusesOtherConfigurations_data()
{
    QTest::addColumn<QByteArray>("existing");
    QTest::newRow("a real tenant")
        << R"({"tenant":{"issuer":"https://acme.eu.auth0.com/","clientId":"x"}})"_ba;
    QTest::newRow("a real tenant with the demo's client id")
        << R"({"tenant":{"issuer":"https://acme.eu.auth0.com/","clientId":"gatehouse-demo"}})"_ba;
    QTest::newRow("a real tenant that is called like loopback")
        << R"({"tenant":{"issuer":"http://localhost.example/","clientId":"gatehouse-demo"}})"_ba;
    QTest::newRow("another tenant on loopback")
        << R"({"tenant":{"issuer":"http://localhost:8378/","clientId":"mine"}})"_ba;
    QTest::newRow("no tenant yet") << R"({"listen":{"port":1}})"_ba;
    QTest::newRow("no JSON") << "{"_ba;
    QTest::newRow("an empty file") << ""_ba;
}

void TestDemoConfiguration::refusesOtherConfigurations()
{
    QFETCH(QByteArray, existing);
    write(path(u"gatehouse.json"_s), existing);
    const auto written = writeDemoConfiguration(options());
    QVERIFY(!written.has_value());
    QVERIFY(written.error().message.contains(path(u"gatehouse.json"_s)));
    QVERIFY(!written.error().remedy.isEmpty());
    QCOMPARE(read(path(u"gatehouse.json"_s)), existing);
    QVERIFY(!QFile::exists(path(u"todos-openapi.json"_s)));
}

QTEST_GUILESS_MAIN(TestDemoConfiguration)
#include "tst_demo_configuration.moc"
