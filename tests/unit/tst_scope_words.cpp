// SPDX-License-Identifier: GPL-3.0-or-later
#include <apis/scope_words.h>
#include <apis/whoami.h>

#include <QTest>

using namespace gatehouse;
using namespace gatehouse::apis;
using namespace Qt::StringLiterals;

namespace {

ImportedApi api(const QString &name, const QString &scope, const QByteArrayList &methods,
                const QString &description = {})
{
    ImportedApi api;
    api.config.name = name;
    api.title = u"%1 API"_s.arg(name);
    for (const auto &method : methods) {
        Operation operation;
        operation.method = method;
        operation.scopes = {scope};
        api.operations.append(operation);
    }
    api.scopeDescriptions.insert(scope, description);
    return api;
}

} // namespace

class TestScopeWords : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void words_data();
    void words();
    void descriptions_data();
    void descriptions();
    void effects_data();
    void effects();
    void oneScopeOfTwoApis();
    void whoamiAnswers();
};

void TestScopeWords::words_data()
{
    QTest::addColumn<QString>("scope");
    QTest::addColumn<QByteArrayList>("methods");
    QTest::addColumn<QString>("words");
    const auto row = [](const QString &scope, const QByteArrayList &methods, const QString &words) {
        QTest::addRow("%s %s", qPrintable(scope), methods.join('+').constData())
            << scope << methods << words;
    };
    row(u"read:todos"_s, {"GET"}, u"Read your todos"_s);
    row(u"todos.read"_s, {"GET"}, u"Read your todos"_s);
    row(u"todos:read"_s, {"GET"}, u"Read your todos"_s);
    row(u"api:todos:read"_s, {"GET"}, u"Read your todos"_s);
    row(u"api:todos:write"_s, {"POST", "DELETE"}, u"Add and delete your todos"_s);
    row(u"write:todos"_s, {"POST", "PUT", "DELETE"}, u"Add, change and delete your todos"_s);
    row(u"write:todos"_s, {"POST", "PATCH"}, u"Add and change your todos"_s);
    row(u"write:todos"_s, {"PATCH"}, u"Change your todos"_s);
    row(u"write:todos"_s, {"DELETE"}, u"Delete your todos"_s);
    row(u"create:todos"_s, {"POST"}, u"Add your todos"_s);
    row(u"update:todos"_s, {"PUT"}, u"Change your todos"_s);
    row(u"delete:todos"_s, {"DELETE"}, u"Delete your todos"_s);
    row(u"admin:todos"_s, {"POST"}, u"Do everything with your todos"_s);
    row(u"manage:todos"_s, {"POST"}, u"Do everything with your todos"_s);
    row(u"todos:*"_s, {"POST"}, u"Do everything with your todos"_s);
    row(u"foo.bar"_s, {"GET"}, u"Use \"foo.bar\". The API does not say what this means."_s);
    row(u"todos"_s, {"GET"}, u"Use \"todos\". The API does not say what this means."_s);
    row(u"email"_s, {}, u"See your email address"_s);
    row(u"other:thing:x"_s, {}, u"Use \"other:thing:x\". The API does not say what this means."_s);
}

void TestScopeWords::words()
{
    QFETCH(QString, scope);
    QFETCH(QByteArrayList, methods);
    ScopeWords scopes;
    QVERIFY(scopes.add(api(u"todos"_s, scope, methods)).has_value());
    QTEST(scopes.scopeWords(scope), "words");
}

void TestScopeWords::descriptions_data()
{
    QTest::addColumn<QString>("description");
    QTest::addColumn<QString>("words");
    QTest::newRow("as it is") << u"See what you have to do"_s << u"See what you have to do"_s;
    QTest::newRow("one sentence") << u"See todos. Needs a licence."_s << u"See todos"_s;
    QTest::newRow("a dot inside a word ends nothing") << u"See v1.2 todos"_s << u"See v1.2 todos"_s;
    QTest::newRow("bidi override is shown") << u"Read\u202eyour"_s << u"Read\uFFFDyour"_s;
    QTest::newRow("80 characters") << QString(100, u'x') << QString(79, u'x') + u'\u2026';
    QTest::newRow("blank") << u"  "_s << u"Read your todos"_s;
}

void TestScopeWords::descriptions()
{
    QFETCH(QString, description);
    ScopeWords scopes;
    QVERIFY(scopes.add(api(u"todos"_s, u"read:todos"_s, {"GET"}, description)).has_value());
    QTEST(scopes.scopeWords(u"read:todos"_s), "words");
    QCOMPARE(scopes.apiTitle(u"read:todos"_s), u"todos API"_s);
}

void TestScopeWords::effects_data()
{
    QTest::addColumn<QByteArrayList>("methods");
    QTest::addColumn<int>("effect");
    QTest::newRow("GET") << QByteArrayList{"GET"} << int(ScopeEffect::Reads);
    QTest::newRow("GET and HEAD") << QByteArrayList{"GET", "HEAD"} << int(ScopeEffect::Reads);
    QTest::newRow("any POST") << QByteArrayList{"GET", "POST"} << int(ScopeEffect::Changes);
    QTest::newRow("only DELETE") << QByteArrayList{"DELETE"} << int(ScopeEffect::Deletes);
    QTest::newRow("GET and DELETE") << QByteArrayList{"GET", "DELETE"} << int(ScopeEffect::Changes);
    QTest::newRow("unknown") << QByteArrayList{} << int(ScopeEffect::Changes);
}

void TestScopeWords::effects()
{
    QFETCH(QByteArrayList, methods);
    ScopeWords scopes;
    QVERIFY(scopes.add(api(u"todos"_s, u"read:todos"_s, methods)).has_value());
    QTEST(int(scopes.effect(u"read:todos"_s)), "effect");
}

void TestScopeWords::oneScopeOfTwoApis()
{
    ScopeWords scopes;
    QVERIFY(scopes.add(api(u"todos"_s, u"read"_s, {"GET", "HEAD"})).has_value());
    const auto second = scopes.add(api(u"billing"_s, u"read"_s, {"GET"}));
    QVERIFY(!second.has_value());
    QVERIFY(second.error().message.contains(u"todos"_s));
    QVERIFY(second.error().message.contains(u"billing"_s));
    QCOMPARE(scopes.known(), QStringList{u"read"_s});
}

void TestScopeWords::whoamiAnswers()
{
    const auto tool = makeWhoami(
        [](const oauth::Access &access) { return mcp::ToolResult{access.account.value}; });
    QVERIFY(tool.scopes.isEmpty());
    const auto textFor = [&](const QJsonObject &arguments) {
        const auto call = std::make_shared<mcp::Call>(
            oauth::Access{{}, {}, {}, AccountId(u"ada"_s), {}}, arguments);
        mcp::ToolResult answer;
        QObject::connect(
            call.get(), &mcp::Call::finished, call.get(),
            [&](const mcp::CallResult &result) { answer = std::get<mcp::ToolResult>(result); });
        tool.run(call);
        return answer.text;
    };
    QCOMPARE(textFor({}), u"ada"_s);
}

QTEST_GUILESS_MAIN(TestScopeWords)
#include "tst_scope_words.moc"
