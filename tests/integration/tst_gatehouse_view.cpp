// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/manual_clock.h"

#include <apis/scope_words.h>
#include <approval/approval_service.h>
#include <approval/redirect_target.h>
#include <base/random.h>
#include <oauth/grants.h>
#include <oauth/personal_tokens.h>
#include <oidc/sign_in.h>
#include <secrets/secret_store.h>
#include <service/gatehouse.h>
#include <store/account_store.h>
#include <store/client_store.h>
#include <store/database.h>
#include <store/grant_store.h>
#include <ui/desk_worker.h>
#include <ui/request_words.h>

#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace gatehouse;
using namespace gatehouse::tests;
using approval::RiskLevel;

namespace {

constexpr auto kApi = R"({"openapi":"3.1.0","info":{"title":"Todos API","version":"1"},"paths":{
"/todos":{"get":{"operationId":"list","security":[{"t":["read:todos"]}],"responses":{}},
"delete":{"operationId":"clear","security":[{"t":["delete:todos"]}],"responses":{}}}},
"components":{"securitySchemes":{"t":{"type":"oauth2","flows":{}}}}})";

/// A running Gatehouse whose records a test writes itself.
class ServiceWorld {
public:
    ServiceWorld()
    {
        QFile api(directory.filePath(u"api.json"_s));
        if (!api.open(QIODevice::WriteOnly) || api.write(kApi) < 0)
            qFatal("no API");
        api.close();
        options.dataDirectory = directory.path();
        options.verbOptions = u" --demo"_s;
        options.configuration.tenant = {
            u"http://127.0.0.1:1/"_s, u"id"_s, {u"openid"_s}, u"127.0.0.1"_s};
        options.configuration.apis = {
            {u"todos"_s, u"api.json"_s, QUrl(u"https://todos.example"_s), u"urn:todos"_s, {}}};
        options.configuration.clients = {
            {u"configured"_s, u"Claude Code"_s, {u"https://configured.example/cb"_s}}};
        store::Account alice;
        alice.id = AccountId(u"alice"_s);
        alice.issuer = u"http://127.0.0.1:1/"_s;
        secrets->write(u"refresh-token/alice/id/urn:todos"_s, Secret("r"), &context,
                       [](const Result<std::monostate> &) {});
        if (!accounts.upsert(alice))
            qFatal("no account");
        start();
    }

    /// Anew, with the records that are there.
    void start()
    {
        gatehouse.reset();
        gatehouse = std::make_unique<Gatehouse>(Gatehouse::Deps{clock, random, *database, *secrets},
                                                options);
        bool started = false;
        gatehouse->start(&context, [&](const Result<std::monostate> &result) {
            if (!result)
                qFatal("not started: %s", qUtf8Printable(result.error().message));
            started = true;
        });
        if (!QTest::qWaitFor([&] { return started; }))
            qFatal("not started in time");
    }

    ClientId addClient(const QString &name, const QString &program)
    {
        store::Client client;
        client.id = ClientId(u"client %1"_s.arg(++m_number));
        client.name = name;
        client.createdAt = clock.now();
        if (!program.isEmpty())
            client.registeredBy = platform::ProcessInfo{1, program, {}, {}};
        if (!clients.insert(client))
            qFatal("no client");
        return client.id;
    }
    ClientId addDocumentClient(const QString &id, const QString &name)
    {
        store::Client client;
        client.id = ClientId(id);
        client.kind = store::ClientKind::MetadataDocument;
        client.name = name;
        client.createdAt = clock.now();
        if (!clients.putDocument(client))
            qFatal("no client");
        return client.id;
    }
    GrantId addGrant(const ClientId &client, const QString &name, const QStringList &scopes,
                     const QString &target, std::optional<std::chrono::milliseconds> duration)
    {
        store::Grant grant;
        grant.id = GrantId(u"grant %1"_s.arg(++m_number));
        grant.client = client;
        grant.clientName = name;
        grant.account = AccountId(u"alice"_s);
        grant.scopes = scopes;
        grant.target = target;
        grant.createdAt = clock.now();
        if (duration)
            grant.expiresAt = clock.now() + *duration;
        if (!grants.insert(grant))
            qFatal("no grant");
        return grant.id;
    }
    store::Interaction open(const ClientId &client, const QString &name, const QString &uri,
                            const QStringList &scopes)
    {
        store::Interaction request;
        request.client = client;
        request.clientName = name;
        request.redirectUri = uri;
        request.scopes = scopes;
        request.origin = "http://localhost:8377";
        request.browserHash = "hash";
        return *gatehouse->approvals().open(request);
    }

    Gatehouse::Options options;
    QObject context;
    QTemporaryDir directory;
    ManualClock clock;
    SystemRandom random;
    std::unique_ptr<store::Database> database =
        std::move(*store::Database::open(directory.filePath(u"gatehouse.db"_s)));
    std::unique_ptr<secrets::SecretStore> secrets = secrets::makeMemoryStore();
    store::AccountStore accounts{*database};
    store::ClientStore clients{*database};
    store::GrantStore grants{*database};
    std::unique_ptr<Gatehouse> gatehouse;

private:
    int m_number = 0;
};

} // namespace

class TestGatehouseView : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aFirstRequestHasNoBackground()
    {
        ServiceWorld world;
        const auto client = world.addClient(u"My tool"_s, u"mytool"_s);
        auto request =
            world.open(client, u"My tool"_s, u"http://localhost:1/cb"_s, {u"read:todos"_s});
        request.listener = platform::ProcessInfo{1, u"mytool"_s, {}, {}};
        const auto background = world.gatehouse->background(request);
        QVERIFY(background);
        QCOMPARE(background->client->name, u"My tool"_s);
        QVERIFY(!background->allowedAt && !background->lastDuration);
        QVERIFY(background->allowedScopes.isEmpty());
        QCOMPARE(background->risk.level, RiskLevel::Plain);
        QCOMPARE(world.gatehouse->scopeWords().scopeWords(u"read:todos"_s), u"Read your todos"_s);
        QCOMPARE(world.gatehouse->scopeWords().apiTitle(u"read:todos"_s), u"Todos API"_s);
    }

    void tellsWhatTheClientMayDoAlready()
    {
        ServiceWorld world;
        const auto client = world.addClient(u"My tool"_s, u"mytool"_s);
        world.addGrant(client, u"My tool"_s, {u"delete:todos"_s}, u"loopback:1"_s, 1h);
        world.clock.advance(2h);
        world.addGrant(client, u"My tool"_s, {u"read:todos"_s}, u"loopback:1"_s, 24h);
        const auto allowedAt = world.clock.now();
        world.clock.advance(1min);
        auto request = world.open(client, u"My tool"_s, u"http://localhost:1/cb"_s,
                                  {u"read:todos"_s, u"delete:todos"_s});
        request.listener = platform::ProcessInfo{1, u"mytool"_s, {}, {}};
        const auto background = world.gatehouse->background(request);
        QVERIFY(background);
        QCOMPARE(background->allowedAt, allowedAt);
        QCOMPARE(background->lastDuration, std::chrono::milliseconds(24h));
        QCOMPARE(background->allowedScopes.values(), QList<QStringList>{{u"read:todos"_s}});
        // Only what would be new counts.
        QCOMPARE(background->risk.reasons.size(), 1);
        QCOMPARE(background->risk.reasons.first().sentence, u"One permission deletes data."_s);
    }

    void aNameThatWasAllowedBelongsToItsProgram()
    {
        ServiceWorld world;
        const auto known = world.addClient(u"Ledger"_s, u"ledger"_s);
        world.addGrant(known, u"Ledger"_s, {u"read:todos"_s}, u"loopback:1"_s, {});
        const auto client = world.addClient(u"Ledger"_s, u"python3"_s);
        auto request =
            world.open(client, u"Ledger"_s, u"http://localhost:2/cb"_s, {u"read:todos"_s});
        request.listener = platform::ProcessInfo{1, u"python3"_s, {}, {}};
        const auto background = world.gatehouse->background(request);
        QVERIFY(background);
        QCOMPARE(background->risk.level, RiskLevel::Danger);
        QCOMPARE(background->risk.reasons.first().sentence,
                 u"This name usually belongs to \"ledger\", but \"python3\" asked."_s);
    }

    /// Whoever asks for a token names it, so such a name is neither trusted nor suspected.
    void theNameOfATokenMeansNothing()
    {
        ServiceWorld world;
        store::Client token;
        token.id = ClientId(u"token"_s);
        token.kind = store::ClientKind::Token;
        token.name = u"Claude Code"_s;
        token.createdAt = world.clock.now();
        token.registeredBy = platform::ProcessInfo{1, u"bash"_s, {}, {}};
        QVERIFY(world.clients.insert(token));
        world.addGrant(token.id, token.name, {u"read:todos"_s}, {}, {});
        const auto client = world.addClient(u"Claude Code"_s, u"claude"_s);
        auto request =
            world.open(client, u"Claude Code"_s, u"http://localhost:2/cb"_s, {u"read:todos"_s});
        request.listener = platform::ProcessInfo{1, u"claude"_s, {}, {}};
        auto background = world.gatehouse->background(request);
        for (const auto &reason : std::as_const(background->risk.reasons))
            QVERIFY2(!reason.sentence.contains(u"usually belongs"_s), qPrintable(reason.sentence));

        // And the other way round: a token may be named after a program that was allowed.
        world.addGrant(client, u"Claude Code"_s, {u"read:todos"_s}, u"loopback:2"_s, {});
        auto wish = request;
        wish.kind = store::InteractionKind::Token;
        wish.redirectUri.clear();
        wish.client = {};
        wish.listener.reset();
        wish.registrar = platform::ProcessInfo{1, u"bash"_s, {}, {}};
        background = world.gatehouse->background(wish);
        for (const auto &reason : std::as_const(background->risk.reasons))
            QVERIFY2(!reason.sentence.contains(u"usually belongs"_s), qPrintable(reason.sentence));
    }

    void whatWasRevokedIsNotTrusted()
    {
        ServiceWorld world;
        const auto uri = u"https://site.example/cb"_s;
        const auto target = approval::redirectTargetOf(uri).key;
        const auto client = world.addClient(u"Cursor"_s, u"node"_s);
        for (const auto &where : {u"loopback:1"_s, target}) {
            const auto grant =
                world.addGrant(client, u"Cursor"_s, {u"read:todos"_s}, where, std::nullopt);
            QVERIFY(world.grants.revoke(grant, world.clock.now(), u"revoked by the person"_s));
        }
        auto request =
            world.open(client, u"Cursor"_s, u"http://localhost:2/cb"_s, {u"read:todos"_s});
        request.listener = platform::ProcessInfo{1, u"node"_s, {}, {}};
        auto background = world.gatehouse->background(request);
        QVERIFY(!background->allowedAt && !background->lastDuration);
        QCOMPARE(background->risk.level, RiskLevel::Danger);
        request = world.open(world.addClient(u"Site"_s, {}), u"Site"_s, uri, {u"read:todos"_s});
        background = world.gatehouse->background(request);
        QCOMPARE(background->risk.reasons.first().sentence,
                 u"You have not allowed this website before."_s);
    }

    void nobodyListensWhereTheAnswerGoes()
    {
        ServiceWorld world;
        const auto client = world.addClient(u"My tool"_s, u"mytool"_s);
        auto request =
            world.open(client, u"My tool"_s, u"http://localhost:1/cb"_s, {u"read:todos"_s});
        request.registrar = platform::ProcessInfo{1, u"mytool"_s, {}, {}};
        QCOMPARE(world.gatehouse->background(request)->risk.reasons.first().sentence,
                 u"Gatehouse cannot tell which program asked."_s);
    }

    void aTokenIsAskedForByWhoeverRanTheCommand_data()
    {
        QTest::addColumn<bool>("known");
        QTest::newRow("a program that can be told") << true;
        QTest::newRow("nobody knows who") << false;
    }
    void aTokenIsAskedForByWhoeverRanTheCommand()
    {
        QFETCH(bool, known);
        ServiceWorld world;
        oauth::TokenWish wish{u"Backup script"_s, {u"read:todos"_s}};
        if (known)
            wish.asker = platform::ProcessInfo{7, u"zsh"_s, {}, {u"gnome-terminal"_s}};
        const auto asked =
            world.gatehouse->personalTokens().ask(wish, &world.context, [](const auto &) {});
        QVERIFY(asked);
        const auto reasons = world.gatehouse->background(*asked)->risk.reasons;
        QCOMPARE(reasons.size(), known ? 0 : 1);
        ui::DeskState state;
        ui::DeskWorker worker(*world.gatehouse, world.clock, {},
                              [&](const ui::DeskState &published) { state = published; });
        world.clock.advance(1s);
        QCOMPARE(ui::requestWords(state.requests.first()).who,
                 known ? u"zsh, started from gnome-terminal"_s : u"An unknown program"_s);
    }

    void adviceNamesThisInstance()
    {
        ServiceWorld world;
        const auto made = world.gatehouse->personalTokens().create(
            {u"Script"_s, {u"read:todos"_s}, AccountId(u"bob"_s)});
        QVERIFY(!made);
        QVERIFY(made.error().remedy.contains(u"`gatehouse status --json --demo`"_s));
    }

    void whatIsAllowedIsToldByAccount()
    {
        ServiceWorld world;
        store::Account bob;
        bob.id = AccountId(u"bob"_s);
        bob.subject = u"bob"_s;
        QVERIFY(world.accounts.upsert(bob));
        const auto client = world.addClient(u"My tool"_s, u"mytool"_s);
        world.addGrant(client, u"My tool"_s, {u"read:todos"_s, u"delete:todos"_s}, u"loopback:1"_s,
                       24h);
        const auto request = world.open(client, u"My tool"_s, u"https://site.example/cb"_s,
                                        {u"read:todos"_s, u"delete:todos"_s});
        world.gatehouse->approvals().raise(request.id, &world.context, [](const auto &) {});
        ui::DeskState state;
        ui::DeskWorker worker(*world.gatehouse, world.clock, {},
                              [&](const ui::DeskState &published) { state = published; });
        world.clock.advance(1s);
        QCOMPARE(state.requests.size(), 1);
        const auto asked = state.requests.first();
        QCOMPARE(ui::forAccount(asked, AccountId(u"alice"_s)).scopes.size(), 0);
        QCOMPARE(ui::forAccount(asked, bob.id).scopes.size(), 2);
        QCOMPARE(ui::forAccount(asked, std::nullopt).allowedScopes.size(), 0);
    }

    void whoDescribesTheClient()
    {
        ServiceWorld world;
        const auto client =
            world.addDocumentClient(u"https://tool.example/client.json"_s, u"My tool"_s);
        world.addGrant(world.addDocumentClient(u"https://other.example/x"_s, u"Other"_s),
                       u"Other"_s, {u"read:todos"_s}, u"loopback:1"_s, 24h);
        const auto request =
            world.open(client, u"My tool"_s, u"https://site.example/cb"_s, {u"read:todos"_s});
        world.gatehouse->approvals().raise(request.id, &world.context, [](const auto &) {});
        ui::DeskState state;
        ui::DeskWorker worker(*world.gatehouse, world.clock, {},
                              [&](const ui::DeskState &published) { state = published; });
        world.clock.advance(1s);
        QCOMPARE(state.requests.first().documentHost, u"tool.example"_s);
        QCOMPARE(state.requests.first().risk.reasons.first().sentence,
                 u"tool.example describes this program, but the answer goes to site.example."_s);
        QCOMPARE(state.clients.first().documentHost, u"other.example"_s);
    }

    void tellsWhichRequestsTheirPagesCancelled_data()
    {
        QTest::addColumn<bool>("cancelled");
        QTest::newRow("the page's own button") << true;
        QTest::newRow("denied by the person") << false;
    }
    void tellsWhichRequestsTheirPagesCancelled()
    {
        QFETCH(bool, cancelled);
        ServiceWorld world;
        const auto id = world
                            .open(world.addClient(u"Site"_s, {}), u"Site"_s,
                                  u"https://site.example/cb"_s, {u"read:todos"_s})
                            .id;
        auto &approvals = world.gatehouse->approvals();
        approvals.raise(id, &world.context, [](const auto &) {});
        QList<ui::DeskState> states;
        ui::DeskWorker worker(*world.gatehouse, world.clock, {},
                              [&](const ui::DeskState &published) { states.append(published); });
        world.clock.advance(1s);
        QCOMPARE(states.last().requests.size(), 1);
        QVERIFY(states.last().withdrawn.isEmpty());
        QVERIFY(cancelled ? approvals.cancel(id) : approvals.decide(id, {false}));
        states.clear();
        world.clock.advance(1s);
        QVERIFY(states.first().requests.isEmpty());
        QCOMPARE(states.first().withdrawn.contains(id), cancelled);
        QVERIFY(world.gatehouse->pause(std::nullopt));
        world.clock.advance(1s);
        QVERIFY(states.last().paused && states.last().withdrawn.isEmpty());
    }

    void anAnswerWithoutPermissions_data()
    {
        QTest::addColumn<QStringList>("scopes");
        QTest::addColumn<bool>("done");
        QTest::newRow("asked for some: choose at least one")
            << QStringList{u"read:todos"_s} << false;
        QTest::newRow("asked for none: it may only connect") << QStringList() << true;
    }
    void anAnswerWithoutPermissions()
    {
        QFETCH(QStringList, scopes);
        QFETCH(bool, done);
        ServiceWorld world;
        const auto request = world.open(world.addClient(u"Site"_s, {}), u"Site"_s,
                                        u"https://site.example/cb"_s, scopes);
        world.gatehouse->approvals().raise(request.id, &world.context, [](const auto &) {});
        ui::DeskWorker worker(*world.gatehouse, world.clock, {}, [](const auto &) {});
        QCOMPARE(worker.answer(request.id, {.allow = true}).has_value(), done);
    }

    void aWebsiteIsKnownOnceAnyClientOfItWasAllowed()
    {
        ServiceWorld world;
        const auto first = world.addClient(u"Site"_s, {});
        const auto uri = u"https://site.example/cb"_s;
        auto request = world.open(first, u"Site"_s, uri, {u"read:todos"_s});
        QCOMPARE(world.gatehouse->background(request)->risk.reasons.first().sentence,
                 u"You have not allowed this website before."_s);
        world.addGrant(first, u"Site"_s, {u"read:todos"_s}, request.target, 1h);
        world.clock.advance(2h);
        const auto second = world.addClient(u"Site"_s, {});
        request = world.open(second, u"Site"_s, uri, {u"read:todos"_s});
        QCOMPARE(world.gatehouse->background(request)->risk.level, RiskLevel::Plain);
    }

    void theAdministratorsClientIsTrustedToBeIt()
    {
        ServiceWorld world;
        auto request = world.open(ClientId(u"configured"_s), u"Claude Code"_s,
                                  u"https://configured.example/cb"_s, {u"read:todos"_s});
        request.registrar = platform::ProcessInfo{1, u"python3"_s, {}, {}};
        QCOMPARE(world.gatehouse->background(request)->risk.level, RiskLevel::Plain);
    }

    void endedAccessIsListedForAWeek()
    {
        ServiceWorld world;
        const auto client = world.addClient(u"My tool"_s, {});
        const auto active = world.addGrant(client, u"My tool"_s, {}, {}, {});
        const auto revoked = world.addGrant(client, u"My tool"_s, {}, {}, {});
        const auto expired = world.addGrant(client, u"My tool"_s, {}, {}, 1h);
        QVERIFY(*world.gatehouse->grants().revoke(revoked, u"test"_s));
        world.clock.advance(2h);
        const auto ended = *world.gatehouse->endedGrants();
        QCOMPARE(ended.size(), 2);
        QCOMPARE(ended.at(0).id, expired);
        QCOMPARE(ended.at(1).id, revoked);
        QCOMPARE(world.gatehouse->grants().active()->size(), 1);
        QCOMPARE(world.gatehouse->grants().active()->first().id, active);
        world.clock.advance(7 * 24h);
        QVERIFY(world.gatehouse->endedGrants()->isEmpty());
    }

    void connectedMeansUsedJustNow()
    {
        ServiceWorld world;
        const auto client = world.addClient(u"My tool"_s, {});
        const auto grant = world.addGrant(client, u"My tool"_s, {}, {}, {});
        QVERIFY(world.gatehouse->connectedGrants()->isEmpty());
        QVERIFY(world.grants.touch({{grant, world.clock.now()}}));
        QCOMPARE(*world.gatehouse->connectedGrants(), QSet{grant});
        world.clock.advance(2min + 1s);
        QVERIFY(world.gatehouse->connectedGrants()->isEmpty());
    }

    void signingOutForgetsTheTokens()
    {
        ServiceWorld world;
        const AccountId alice(u"alice"_s);
        QVERIFY(world.gatehouse->accountTokens().isSignedIn(alice));
        QSignalSpy changed(world.gatehouse.get(), &Gatehouse::changed);
        bool done = false;
        world.gatehouse->signOut(alice, this, [&](const Result<oidc::SignOutReport> &report) {
            // The tenant cannot be reached, which changes nothing here.
            done = report && !report->isRevoked && report->browserUrl.isEmpty();
        });
        QTRY_VERIFY(done);
        QVERIFY(!world.gatehouse->accountTokens().isSignedIn(alice));
        QCOMPARE(changed.count(), 1);
        bool isGone = false;
        world.secrets->read(u"refresh-token/alice/id/urn:todos"_s, this,
                            [&](const Result<std::optional<Secret>> &stored) {
                                isGone = stored && !stored->has_value();
                            });
        QTRY_VERIFY(isGone);
    }

    /// After the configuration names another tenant, that one must not get this one's tokens.
    void anAccountOfAnotherTenantIsLeftAlone()
    {
        ServiceWorld world;
        store::Account other;
        other.id = AccountId(u"other"_s);
        other.issuer = u"https://elsewhere.example/"_s;
        other.subject = u"x"_s;
        QVERIFY(world.accounts.upsert(other));
        world.secrets->write(u"refresh-token/other/id/urn:todos"_s, Secret("r"), this,
                             [](const auto &) {});
        world.start();
        QVERIFY(world.gatehouse->accountTokens().isSignedIn(AccountId(u"alice"_s)));
        QVERIFY(!world.gatehouse->accountTokens().isSignedIn(other.id));
        std::optional<oidc::TokenTrouble> trouble;
        world.gatehouse->accountTokens().accessToken(
            other.id, u"urn:todos"_s, this,
            [&](const auto &token) { trouble = token.error().trouble; });
        QTRY_VERIFY(trouble.has_value());
        QCOMPARE(*trouble, oidc::TokenTrouble::SignedOut);
        std::optional<Error> refusal;
        world.gatehouse->signOut(other.id, this,
                                 [&](const auto &report) { refusal = report.error(); });
        QTRY_VERIFY(refusal.has_value());
        QVERIFY(refusal->message.contains(u"another tenant"_s));
        bool isKept = false;
        world.secrets->read(u"refresh-token/other/id/urn:todos"_s, this,
                            [&](const auto &stored) { isKept = stored && stored->has_value(); });
        QTRY_VERIFY(isKept);
    }

    void saysWhenSomethingIsAnother()
    {
        ServiceWorld world;
        QSignalSpy changed(world.gatehouse.get(), &Gatehouse::changed);
        const auto isTold = [&] {
            return std::exchange(m_told, changed.count()) < changed.count();
        };
        m_told = 0;
        const auto client = world.addClient(u"Site"_s, {});
        const auto raise = [&](const InteractionId &id) {
            world.gatehouse->approvals().raise(id, this, [](const auto &) {});
        };
        const auto request = world.open(client, u"Site"_s, u"https://a.example/"_s, {});
        raise(request.id);
        QVERIFY(isTold());
        QVERIFY(world.gatehouse->approvals().decide(request.id, {false, {}, {}, {}, true}));
        QVERIFY(isTold());
        QVERIFY(world.gatehouse->approvals().unblock(u"a.example"_s));
        QVERIFY(isTold());
        raise(world.open(client, u"Site"_s, u"https://a.example/"_s, {}).id);
        QVERIFY(isTold());
        world.clock.advance(10min);
        QVERIFY(isTold());
        const auto grant = world.addGrant(client, u"Site"_s, {}, {}, {});
        QVERIFY(*world.gatehouse->grants().revoke(grant, u"test"_s));
        QVERIFY(isTold());
        QVERIFY(world.gatehouse->pause({}));
        QVERIFY(isTold());
        QVERIFY(world.gatehouse->resume());
        QVERIFY(isTold());
    }

private:
    qsizetype m_told = 0;
};

QTEST_GUILESS_MAIN(TestGatehouseView)
#include "tst_gatehouse_view.moc"
