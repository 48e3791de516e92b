// SPDX-License-Identifier: GPL-3.0-or-later
#include <apis/openapi_importer.h>
#include <base/json.h>
#include <demo/demo_configuration.h>

#include <QFile>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace gatehouse;

/// The demo's document goes through the same import as any organisation's.
class TestDemoImport : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void becomesTools_data();
    void becomesTools();
    void describesScopes();

private:
    apis::ImportedApi m_api;
};

void TestDemoImport::initTestCase()
{
    QTemporaryDir directory;
    demo::DemoOptions options;
    options.dataDirectory = directory.path();
    QVERIFY(demo::writeDemoConfiguration(options).has_value());
    QFile file(directory.filePath(u"gatehouse.json"_s));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const auto entry = parseJsonObject(file.readAll())->value("apis"_L1).toArray().at(0).toObject();
    apis::ApiConfig config;
    config.name = entry.value("name"_L1).toString();
    config.openapi = entry.value("openapi"_L1).toString();
    config.baseUrl = QUrl(entry.value("baseUrl"_L1).toString());
    config.audience = entry.value("audience"_L1).toString();
    const auto imported = apis::importApi(config, directory.path());
    QVERIFY2(imported.has_value(), imported ? "" : qPrintable(imported.error().forPerson()));
    m_api = *imported;
    QCOMPARE(m_api.operations.size(), 5);
}

void TestDemoImport::becomesTools_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QString>("scope");
    QTest::addColumn<QStringList>("arguments"); // required ones end with "!"
    QTest::newRow("list-todos") << u"list-todos"_s << "GET"_ba << u"read:todos"_s
                                << QStringList{u"done"_s};
    QTest::newRow("create-todo") << u"create-todo"_s << "POST"_ba << u"write:todos"_s
                                 << QStringList{u"title!"_s};
    QTest::newRow("complete-todo") << u"complete-todo"_s << "PATCH"_ba << u"write:todos"_s
                                   << QStringList{u"done"_s, u"id!"_s, u"title"_s};
    QTest::newRow("delete-todo") << u"delete-todo"_s << "DELETE"_ba << u"write:todos"_s
                                 << QStringList{u"id!"_s};
    QTest::newRow("list-billing") << u"list-billing"_s << "GET"_ba << u"read:billing"_s
                                  << QStringList{};
}

void TestDemoImport::becomesTools()
{
    QFETCH(QString, name);
    QFETCH(QByteArray, method);
    QFETCH(QString, scope);
    QFETCH(QStringList, arguments);
    const auto found = std::find_if(m_api.operations.begin(), m_api.operations.end(),
                                    [&](const auto &operation) { return operation.name == name; });
    QVERIFY(found != m_api.operations.end());
    QCOMPARE(found->method, method);
    QCOMPARE(found->scopes, QStringList{scope});
    QVERIFY(!found->title.isEmpty());
    QVERIFY(!found->description.isEmpty());
    QStringList names;
    for (const auto &argument : found->arguments)
        names.append(argument.isRequired ? argument.name + u'!' : argument.name);
    names.sort();
    QCOMPARE(names, arguments);
}

void TestDemoImport::describesScopes()
{
    const QHash<QString, QString> expected{
        {u"read:todos"_s, u"Read your todos"_s},
        {u"write:todos"_s, u"Add, change and delete your todos"_s},
        {u"read:billing"_s, u"Read your billing details"_s}};
    QCOMPARE(m_api.scopeDescriptions, expected);
}

QTEST_GUILESS_MAIN(TestDemoImport)
#include "tst_demo_import.moc"
