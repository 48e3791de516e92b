// SPDX-License-Identifier: GPL-3.0-or-later
#include <base/json.h>
#include <demo/people.h>
#include <demo/todo_input.h>
#include <demo/todos_openapi.h>
#include <demo/todos_store.h>
#include <support/manual_clock.h>

#include <QFile>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace gatehouse;
using namespace gatehouse::demo;

class TestDemoTodos : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void newTodo_data();
    void newTodo();
    void newTodoRefused_data();
    void newTodoRefused();
    void change_data();
    void change();
    void changeRefused_data();
    void changeRefused();

    void seedsOnceEvenWhenAllIsDeleted();
    void seesNothingOfOthers();
    void changesOnlyWhatIsNamed();
    void holdsOnlySoMany();
    void keepsTodosInPrivateFiles();

    void toolsOfTheDocument_data();
    void toolsOfTheDocument();
    void documentResolves();
    void scopesAreDescribed();
};

void TestDemoTodos::newTodo_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("title");
    QTest::newRow("plain") << R"({"title":"Buy milk"})"_ba << u"Buy milk"_s;
    QTest::newRow("spaces around are dropped") << R"({"title":"  x "})"_ba << u"x"_s;
    QTest::newRow("200 characters")
        << R"({"title":")" + QByteArray(200, 'x') + R"("})" << QString(200, u'x');
    const auto emoji = u"😀"_s.repeated(200);
    QTest::newRow("200 characters outside the basic plane")
        << R"({"title":")" + emoji.toUtf8() + R"("})" << emoji;
    QTest::newRow("SQL is text") << R"({"title":"'); DROP TABLE todo; --"})"_ba
                                 << u"'); DROP TABLE todo; --"_s;
}

void TestDemoTodos::newTodo()
{
    QFETCH(QByteArray, body);
    QFETCH(QString, title);
    const auto todo = parseNewTodo(body);
    QVERIFY(todo.has_value());
    QCOMPARE(todo->title, title);
}

void TestDemoTodos::newTodoRefused_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("names");
    QTest::newRow("empty body") << ""_ba << u"JSON"_s;
    QTest::newRow("no JSON") << "{title"_ba << u"JSON"_s;
    QTest::newRow("a list") << "[]"_ba << u"object"_s;
    QTest::newRow("no title") << "{}"_ba << u"title"_s;
    QTest::newRow("title of another type") << R"({"title":5})"_ba << u"title"_s;
    QTest::newRow("title null") << R"({"title":null})"_ba << u"title"_s;
    QTest::newRow("empty title") << R"({"title":""})"_ba << u"title"_s;
    QTest::newRow("blank title") << R"({"title":"  "})"_ba << u"title"_s;
    QTest::newRow("201 characters")
        << R"({"title":")" + QByteArray(201, 'x') + R"("})" << u"title"_s;
    QTest::newRow("two lines") << R"({"title":"a\nb"})"_ba << u"one line"_s;
    QTest::newRow("unknown field") << R"({"title":"x","owner":"auth0|bob"})"_ba << u"owner"_s;
    QTest::newRow("a todo is never born done") << R"({"title":"x","done":true})"_ba << u"done"_s;
}

void TestDemoTodos::newTodoRefused()
{
    QFETCH(QByteArray, body);
    QFETCH(QString, names);
    const auto todo = parseNewTodo(body);
    QVERIFY(!todo.has_value());
    QVERIFY2(todo.error().contains(names), qPrintable(todo.error()));
}

void TestDemoTodos::change_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("title");
    QTest::addColumn<QString>("done");
    QTest::newRow("no body means done") << ""_ba << u"-"_s << u"true"_s;
    QTest::newRow("blank body means done") << " \n"_ba << u"-"_s << u"true"_s;
    QTest::newRow("empty object means done") << "{}"_ba << u"-"_s << u"true"_s;
    QTest::newRow("open again") << R"({"done":false})"_ba << u"-"_s << u"false"_s;
    QTest::newRow("a rename does not complete") << R"({"title":"x"})"_ba << u"x"_s << u"-"_s;
    QTest::newRow("both") << R"({"title":"x","done":true})"_ba << u"x"_s << u"true"_s;
}

void TestDemoTodos::change()
{
    QFETCH(QByteArray, body);
    QFETCH(QString, title);
    QFETCH(QString, done);
    const auto change = parseTodoChange(body);
    QVERIFY(change.has_value());
    QCOMPARE(change->title.value_or(u"-"_s), title);
    QCOMPARE(change->done ? (*change->done ? u"true"_s : u"false"_s) : u"-"_s, done);
}

void TestDemoTodos::changeRefused_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("names");
    QTest::newRow("done as a word") << R"({"done":"yes"})"_ba << u"done"_s;
    QTest::newRow("done null") << R"({"done":null})"_ba << u"done"_s;
    QTest::newRow("empty title") << R"({"title":"","done":true})"_ba << u"title"_s;
    QTest::newRow("unknown field") << R"({"id":"x"})"_ba << u"id"_s;
    QTest::newRow("no JSON") << "done"_ba << u"JSON"_s;
}

void TestDemoTodos::changeRefused()
{
    QFETCH(QByteArray, body);
    QFETCH(QString, names);
    const auto change = parseTodoChange(body);
    QVERIFY(!change.has_value());
    QVERIFY2(change.error().contains(names), qPrintable(change.error()));
}

namespace {

/// A store in a directory of its own.
struct StoreFixture {
    QTemporaryDir directory;
    tests::ManualClock clock;
    SystemRandom random;
    std::unique_ptr<TodosStore> store;

    [[nodiscard]] QString path() const { return directory.filePath(u"demo-todos.sqlite"_s); }
    [[nodiscard]] bool open()
    {
        store.reset();
        auto opened = TodosStore::open(path(), {clock, random});
        if (opened)
            store = *std::move(opened);
        return store != nullptr;
    }
    [[nodiscard]] QList<Todo> list(const QString &owner) const
    {
        return store->list(owner, std::nullopt).value_or(QList<Todo>());
    }
};

} // namespace

void TestDemoTodos::seedsOnceEvenWhenAllIsDeleted()
{
    StoreFixture f;
    QVERIFY(f.open());
    QVERIFY(f.store->seedOnce(u"alice"_s, {u"a"_s, u"b"_s}).has_value());
    QCOMPARE(f.list(u"alice"_s).size(), 2);
    QCOMPARE(f.list(u"alice"_s).at(0).title, u"a"_s);
    for (const auto &todo : f.list(u"alice"_s))
        QCOMPARE(f.store->remove(u"alice"_s, todo.id), true);

    QVERIFY(f.open()); // also after a restart
    QVERIFY(f.store->seedOnce(u"alice"_s, {u"a"_s, u"b"_s}).has_value());
    QCOMPARE(f.list(u"alice"_s).size(), 0);
}

void TestDemoTodos::seesNothingOfOthers()
{
    StoreFixture f;
    QVERIFY(f.open());
    QVERIFY(f.store->seedOnce(u"alice"_s, {u"secret plan"_s}).has_value());
    const auto id = f.list(u"alice"_s).at(0).id;
    QCOMPARE(f.list(u"bob"_s).size(), 0);
    QCOMPARE(f.store->find(u"bob"_s, id)->has_value(), false);
    QCOMPARE(f.store->change(u"bob"_s, id, {u"mine now"_s, true})->has_value(), false);
    QCOMPARE(f.store->remove(u"bob"_s, id), false);
    QCOMPARE(f.list(u"alice"_s).at(0).title, u"secret plan"_s);
    QCOMPARE(f.list(u"alice"_s).at(0).done, false);
}

void TestDemoTodos::changesOnlyWhatIsNamed()
{
    StoreFixture f;
    QVERIFY(f.open());
    const auto id = f.store->add(u"alice"_s, {u"x"_s})->value().id;
    const auto other = f.store->add(u"alice"_s, {u"y"_s})->value().id;
    QCOMPARE(f.store->change(u"alice"_s, id, {std::nullopt, true})->value().title, u"x"_s);
    QCOMPARE(f.store->change(u"alice"_s, id, {u"z"_s, std::nullopt})->value().done, true);
    QCOMPARE(f.store->find(u"alice"_s, other)->value().done, false);
    QCOMPARE(f.store->find(u"alice"_s, other)->value().title, u"y"_s);
    QCOMPARE(f.store->list(u"alice"_s, true)->size(), 1);
    QCOMPARE(f.store->list(u"alice"_s, false)->size(), 1);
    QCOMPARE(f.store->list(u"alice"_s, true)->at(0).title, u"z"_s);
}

void TestDemoTodos::holdsOnlySoMany()
{
    StoreFixture f;
    QVERIFY(f.open());
    QVERIFY(f.store->seedOnce(u"alice"_s, QStringList(kMaxTodosPerPerson, u"x"_s)).has_value());
    QCOMPARE(f.store->add(u"alice"_s, {u"one more"_s})->has_value(), false);
    QCOMPARE(f.store->add(u"bob"_s, {u"room here"_s})->has_value(), true);
    QCOMPARE(f.store->remove(u"alice"_s, f.list(u"alice"_s).at(0).id), true);
    QCOMPARE(f.store->add(u"alice"_s, {u"one more"_s})->has_value(), true);
}

void TestDemoTodos::keepsTodosInPrivateFiles()
{
    StoreFixture f;
    QVERIFY(f.open());
    QVERIFY(f.store->add(u"alice"_s, {u"x"_s})->has_value());
    const auto others = QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther;
    for (const auto &suffix : {u""_s, u"-wal"_s, u"-shm"_s}) {
        QVERIFY2(QFile::exists(f.path() + suffix), qPrintable(suffix));
        QVERIFY2(!(QFile::permissions(f.path() + suffix) & others), qPrintable(suffix));
    }
}

namespace {

QJsonObject document()
{
    return todosOpenApi(u"http://127.0.0.1:9002"_s, u"http://localhost:9001/"_s);
}

struct Operation {
    QByteArray method;
    QString path;
    QJsonObject content;
};

QList<Operation> operations()
{
    QList<Operation> result;
    const auto paths = document().value("paths"_L1).toObject();
    for (auto path = paths.begin(); path != paths.end(); ++path) {
        const auto item = path.value().toObject();
        for (const auto &method : {u"get"_s, u"post"_s, u"patch"_s, u"delete"_s, u"put"_s}) {
            if (item.contains(method))
                result.append({method.toLatin1(), path.key(), item.value(method).toObject()});
        }
    }
    return result;
}

/// Every {"$ref"} anywhere below a value.
QStringList references(const QJsonValue &value)
{
    QStringList result;
    const auto object = value.toObject();
    for (auto it = object.begin(); it != object.end(); ++it)
        result += it.key() == u"$ref" ? QStringList{it.value().toString()} : references(it.value());
    const auto array = value.toArray();
    for (const auto &element : array)
        result += references(element);
    return result;
}

} // namespace

void TestDemoTodos::toolsOfTheDocument_data()
{
    QTest::addColumn<QString>("operationId");
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("scope");
    QTest::addColumn<bool>("isTool");
    QTest::newRow("list-todos") << u"list-todos"_s << "get"_ba << u"/api/todos"_s << u"read:todos"_s
                                << true;
    QTest::newRow("create-todo") << u"create-todo"_s << "post"_ba << u"/api/todos"_s
                                 << u"write:todos"_s << true;
    QTest::newRow("complete-todo")
        << u"complete-todo"_s << "patch"_ba << u"/api/todos/{id}"_s << u"write:todos"_s << true;
    QTest::newRow("delete-todo") << u"delete-todo"_s << "delete"_ba << u"/api/todos/{id}"_s
                                 << u"write:todos"_s << true;
    QTest::newRow("list-billing") << u"list-billing"_s << "get"_ba << u"/api/billing"_s
                                  << u"read:billing"_s << true;
    QTest::newRow("get-todo") << u"get-todo"_s << "get"_ba << u"/api/todos/{id}"_s
                              << u"read:todos"_s << false;
    QTest::newRow("me") << u"me"_s << "get"_ba << u"/api/me"_s << QString() << false;
    QTest::newRow("health") << u"health"_s << "get"_ba << u"/api/health"_s << QString() << false;
}

void TestDemoTodos::toolsOfTheDocument()
{
    QFETCH(QString, operationId);
    QFETCH(QByteArray, method);
    QFETCH(QString, path);
    QFETCH(QString, scope);
    QFETCH(bool, isTool);
    const auto all = operations();
    QCOMPARE(all.size(), 8);
    const auto found = std::find_if(all.begin(), all.end(), [&](const Operation &operation) {
        return operation.content.value("operationId"_L1) == operationId;
    });
    QVERIFY(found != all.end());
    QCOMPARE(found->method, method);
    QCOMPARE(found->path, path);
    QVERIFY(!found->content.value("summary"_L1).toString().isEmpty());
    QCOMPARE(
        found->content.value("security"_L1).toArray().at(0)["tenant"_L1].toArray().at(0).toString(),
        scope);
    QCOMPARE(found->content.value("x-mcp"_L1)["enabled"_L1].toBool(true), isTool);
    QCOMPARE(found->content.contains("description"_L1), isTool);
}

void TestDemoTodos::documentResolves()
{
    const auto all = references(document());
    QVERIFY(all.size() > 10);
    for (const auto &reference : all) {
        QJsonValue target = document();
        const auto steps = reference.mid(2).split(u'/');
        for (const auto &step : steps)
            target = target[step];
        QVERIFY2(target.isObject(), qPrintable(reference));
    }
    QCOMPARE(document().value("openapi"_L1).toString(), u"3.1.0"_s);
}

void TestDemoTodos::scopesAreDescribed()
{
    const auto flow = document().value(
        "components"_L1)["securitySchemes"_L1]["tenant"_L1]["flows"_L1]["authorizationCode"_L1];
    const QJsonObject expected{{u"read:todos"_s, u"Read your todos"_s},
                               {u"write:todos"_s, u"Add, change and delete your todos"_s},
                               {u"read:billing"_s, u"Read your billing details"_s}};
    QCOMPARE(flow["scopes"_L1].toObject(), expected);
    for (const auto &person : samplePeople()) {
        for (const auto &permission : person.permissions)
            QVERIFY(expected.contains(permission));
    }
}

QTEST_GUILESS_MAIN(TestDemoTodos)
#include "tst_demo_todos.moc"
