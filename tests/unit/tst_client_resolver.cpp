// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/fake_client_metadata.h"
#include "support/manual_clock.h"

#include <oauth/client_resolver.h>
#include <store/client_store.h>
#include <store/database.h>

#include <QTemporaryDir>
#include <QTest>

using namespace gatehouse;
using namespace gatehouse::tests;
using oauth::PageError;

namespace {

const auto kId = u"https://claude.ai/oauth/claude-code.json"_s;

struct World {
    QTemporaryDir directory;
    ManualClock clock;
    std::unique_ptr<store::Database> database =
        std::move(*store::Database::open(directory.filePath(u"gatehouse.db"_s)));
    store::ClientStore clients{*database};
    FakeClientMetadata web;
    oauth::ClientResolver resolver;

    explicit World(oauth::MetadataLimits limits = {}) : resolver({clock, clients, web}, limits) { }

    using Answer = std::optional<Result<store::Client, PageError>>;

    /// The answer that comes, or will.
    std::shared_ptr<Answer> ask(const QString &id, bool mayFetch = true)
    {
        auto answer = std::make_shared<Answer>();
        resolver.resolve(ClientId(id), mayFetch, &context,
                         [answer](const auto &result) { *answer = result; });
        return answer;
    }
    Result<store::Client, PageError> resolve(const QString &id, bool mayFetch = true)
    {
        const auto answer = ask(id, mayFetch);
        if (!QTest::qWaitFor([&] { return answer->has_value(); }))
            return fail(PageError{u"silence"_s, {}, {}, {}});
        return **answer;
    }
    /// As after the person has allowed it.
    void use(const QString &id) { QVERIFY(clients.touch(ClientId(id), clock.now())); }
    static QString addressOf(int number) { return u"https://host%1.example/client"_s.arg(number); }

    QObject context;
};

} // namespace

class TestClientResolver : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void registeredClientsAnswerAtOnce_data()
    {
        QTest::addColumn<store::ClientKind>("kind");
        QTest::addColumn<QString>("id");
        QTest::newRow("dynamic") << store::ClientKind::Dynamic << u"abc"_s;
        QTest::newRow("CIMD draft §6.10 an address that the settings name")
            << store::ClientKind::PreRegistered << kId;
    }
    void registeredClientsAnswerAtOnce()
    {
        QFETCH(store::ClientKind, kind);
        QFETCH(QString, id);
        World world;
        store::Client client;
        client.id = ClientId(id);
        client.kind = kind;
        client.name = u"Registered"_s;
        client.authMethod = u"none"_s;
        QVERIFY(world.clients.insert(client));
        const auto answer = world.ask(id, false);
        QVERIFY(answer->has_value());
        QCOMPARE((**answer)->name, u"Registered"_s);
        QVERIFY(world.web.fetched.isEmpty());
    }

    void refusals_data()
    {
        QTest::addColumn<QString>("id");
        QTest::addColumn<QString>("code");
        QTest::addColumn<bool>("isRead");
        QTest::newRow("RFC 6749 §4.1.2.1 no client_id")
            << QString() << u"invalid_request"_s << false;
        QTest::newRow("RFC 6749 §4.1.2.1 unknown") << u"nobody"_s << u"invalid_client"_s << false;
        QTest::newRow("CIMD draft §3 http")
            << u"http://claude.ai/client"_s << u"invalid_client"_s << false;
        QTest::newRow("CIMD draft §3 dot segments")
            << u"https://claude.ai/../client"_s << u"invalid_client"_s << false;
        QTest::newRow("CIMD draft §4.3 cannot be read")
            << u"https://gone.example/client"_s << u"temporarily_unavailable"_s << true;
        QTest::newRow("CIMD draft §4.1 another client's document")
            << u"https://evil.example/client"_s << u"invalid_client"_s << true;
    }
    void refusals()
    {
        QFETCH(QString, id);
        QFETCH(QString, code);
        QFETCH(bool, isRead);
        World world;
        world.web.put(u"https://evil.example/client"_s, {{u"client_id"_s, kId}});
        const auto client = world.resolve(id);
        QVERIFY(!client);
        QCOMPARE(client.error().code, code);
        QCOMPARE(world.web.fetched.size(), isRead ? 1 : 0);
        QCOMPARE(*world.clients.count(store::ClientKind::MetadataDocument), 0); // CIMD draft §4.4
    }

    void readsAndKeeps()
    {
        World world;
        world.web.put(kId, {}, 600s);
        const auto client = world.resolve(kId);
        QVERIFY(client);
        QCOMPARE(client->name, u"Claude Code"_s);
        const auto stored = world.clients.find(ClientId(kId));
        QCOMPARE((*stored)->kind, store::ClientKind::MetadataDocument);
        QCOMPARE((*stored)->redirectUris, client->redirectUris);
        QCOMPARE((*stored)->createdAt, world.clock.now());
        QCOMPARE((*stored)->freshUntil, std::optional(world.clock.now() + 600s));
    }

    void readsAgainWhenNoLongerFresh_data()
    {
        QTest::addColumn<qint64>("freshFor"); // in seconds
        QTest::addColumn<int>("readings");
        QTest::newRow("RFC 9111 §4.2 fresh") << qint64(601) << 1;
        QTest::newRow("RFC 9111 §4.2 no longer fresh") << qint64(600) << 2;
        QTest::newRow("RFC 9111 §5.2.2.5 no-store") << qint64(0) << 2;
    }
    void readsAgainWhenNoLongerFresh()
    {
        QFETCH(qint64, freshFor);
        QFETCH(int, readings);
        World world;
        world.web.put(kId, {}, std::chrono::seconds(freshFor));
        QVERIFY(world.resolve(kId));
        const auto created = world.clock.now();
        world.use(kId);
        world.clock.advance(600s);
        world.web.put(kId, {{u"client_name"_s, u"Renamed"_s}});
        const auto again = world.resolve(kId);
        QCOMPARE(again->name, readings == 1 ? u"Claude Code"_s : u"Renamed"_s);
        QCOMPARE(world.web.fetched.size(), readings);
        const auto stored = world.clients.find(ClientId(kId));
        QCOMPARE((*stored)->createdAt, created);
        QCOMPARE((*stored)->lastUsedAt, std::optional(created));
    }

    void errorsAreNotKept()
    {
        // CIMD draft §4.4.
        World world;
        QVERIFY(!world.resolve(kId));
        world.web.put(kId);
        QVERIFY(world.resolve(kId));
    }

    void manyAskersOneReading()
    {
        World world;
        world.web.put(kId);
        world.web.isHeld = true;
        const auto first = world.ask(kId);
        const auto second = world.ask(kId);
        QVERIFY(!first->has_value());
        world.web.release();
        QTRY_VERIFY(first->has_value() && second->has_value());
        QCOMPARE((**first)->name, (**second)->name);
        QCOMPARE(world.web.fetched.size(), 1);
    }

    void whoHasLeftIsNotAnswered()
    {
        World world;
        world.web.isHeld = true;
        auto context = std::make_unique<QObject>();
        world.resolver.resolve(ClientId(kId), true, context.get(),
                               [](const auto &) { QFAIL("answered nobody"); });
        context.reset();
        world.web.release();
        QCoreApplication::processEvents();
    }

    void nothingIsReadForForeignPages()
    {
        World world;
        world.web.put(kId);
        const auto client = world.resolve(kId, false);
        QCOMPARE(client.error().code, u"invalid_request"_s);
        QVERIFY(world.web.fetched.isEmpty());
    }

    void oldRecordWithoutAnswer_data()
    {
        QTest::addColumn<bool>("isAllowedBefore");
        QTest::addColumn<qint64>("days");
        QTest::addColumn<bool>("isUsed");
        QTest::newRow("allowed before, a day later") << true << qint64(1) << true;
        QTest::newRow("allowed before, eight days later") << true << qint64(8) << false;
        QTest::newRow("a stranger, a day later") << false << qint64(1) << false;
    }
    void oldRecordWithoutAnswer()
    {
        QFETCH(bool, isAllowedBefore);
        QFETCH(qint64, days);
        World world;
        world.web.put(kId);
        QVERIFY(world.resolve(kId));
        if (isAllowedBefore)
            world.use(kId);
        world.web.documents.clear();
        world.clock.advance(days * 24h);
        QTEST(world.resolve(kId).has_value(), "isUsed");
        QCOMPARE(world.web.fetched.size(), 2);
    }

    void oldRecordIsNotUsedAgainstItsOwner()
    {
        World world;
        world.web.put(kId);
        QVERIFY(world.resolve(kId));
        world.use(kId);
        world.web.put(kId, {{u"redirect_uris"_s, QJsonArray()}});
        const auto client = world.resolve(kId);
        QVERIFY(!client);
        QCOMPARE(client.error().code, u"invalid_client"_s);
        // Nor afterwards, when nobody answers there.
        world.web.documents.clear();
        world.clock.advance(1h);
        QVERIFY(!world.resolve(kId));
    }

    void boundedAtOnce()
    {
        World world({2, 100, 100});
        world.web.isHeld = true;
        const auto first = world.ask(World::addressOf(1));
        const auto second = world.ask(World::addressOf(2));
        const auto third = world.resolve(World::addressOf(3));
        QCOMPARE(third.error().code, u"temporarily_unavailable"_s);
        QCOMPARE(world.web.fetched.size(), 2);
        world.web.release();
        QTRY_VERIFY(first->has_value() && second->has_value());
        (void)world.resolve(World::addressOf(3));
        QCOMPARE(world.web.fetched.size(), 3);
    }

    void boundedPerMinute()
    {
        World world({8, 3, 100});
        for (int number = 0; number < 5; ++number) {
            (void)world.resolve(World::addressOf(number));
            world.clock.advance(1s);
        }
        QCOMPARE(world.web.fetched.size(), 3);
        world.clock.advance(60s);
        (void)world.resolve(World::addressOf(5));
        QCOMPARE(world.web.fetched.size(), 4);
    }

    void floodShutsNoKnownClientOut()
    {
        World world({8, 1, 100});
        world.web.put(kId);
        QVERIFY(world.resolve(kId));
        world.use(kId);
        QVERIFY(world.resolve(kId));
        QCOMPARE(world.web.fetched.size(), 1);
    }

    void recordsAreBounded()
    {
        World world({8, 100, 3});
        for (int number = 0; number < 6; ++number) {
            const auto id = World::addressOf(number);
            world.web.put(id);
            QVERIFY(world.resolve(id));
            if (number == 0)
                world.use(id);
            world.clock.advance(1s);
        }
        QCOMPARE(*world.clients.count(store::ClientKind::MetadataDocument), 3);
        // The oldest went, but not one that is used.
        for (const int kept : {0, 4, 5})
            QVERIFY((*world.clients.find(ClientId(World::addressOf(kept)))).has_value());
    }

    void unusedRecordsAreForgotten()
    {
        World world;
        const auto used = World::addressOf(1);
        for (const auto &id : {kId, used}) {
            world.web.put(id);
            QVERIFY(world.resolve(id));
        }
        world.use(used);
        world.clock.advance(25h);
        QCOMPARE(*world.clients.purgeUnused(world.clock.now() - 24h, 100), 1);
        QVERIFY(!(*world.clients.find(ClientId(kId))).has_value());
        QVERIFY((*world.clients.find(ClientId(used))).has_value());
    }

    void theSettingsReplaceADocument()
    {
        World world;
        world.web.put(kId);
        auto client = world.resolve(kId);
        QVERIFY(client);
        client->kind = store::ClientKind::PreRegistered;
        QVERIFY(world.clients.replacePreRegistered({*client}));
        QCOMPARE((*world.clients.find(ClientId(kId)))->kind, store::ClientKind::PreRegistered);
        // And a document never replaces what the settings say.
        client->kind = store::ClientKind::MetadataDocument;
        client->name = u"Other"_s;
        QVERIFY(world.clients.putDocument(*client));
        QCOMPARE((*world.clients.find(ClientId(kId)))->name, u"Claude Code"_s);
    }
};

QTEST_GUILESS_MAIN(TestClientResolver)
#include "tst_client_resolver.moc"
