// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/oauth_world.h"

#include <oauth/personal_tokens.h>

using namespace gatehouse;
using namespace gatehouse::tests;

using Answer = std::optional<Result<oauth::PersonalToken>>;

class TestPersonalTokens : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void isAClientWithOneGrant()
    {
        OAuthWorld world;
        world.accountTokens.signedIn = {u"alice"_s};
        const auto made = world.server.personalTokens().create(
            {u"  Backup script "_s, {u"read:todos"_s}, {}, world.clock.now() + 24h});
        QVERIFY(made);
        QCOMPARE(made->name, u"Backup script"_s);
        QVERIFY(made->value.reveal().startsWith("gatehouse_"));
        const auto access = world.server.verifier().verify("Bearer " + made->value.reveal());
        QVERIFY(access);
        QCOMPARE(access->scopes, QStringList{u"read:todos"_s});
        QCOMPARE(access->account.value, u"alice"_s);
        const auto clients = world.clients.listKnown(world.clock.now());
        QCOMPARE(clients->size(), 1);
        QCOMPARE(clients->first().kind, store::ClientKind::Token);
        world.clock.advance(24h);
        QVERIFY(!world.server.verifier().verify("Bearer " + made->value.reveal()));
    }

    void endsWhenItIsRevoked()
    {
        OAuthWorld world;
        world.accountTokens.signedIn = {u"alice"_s};
        const auto made = world.server.personalTokens().create({u"Script"_s});
        QVERIFY(made);
        QCOMPARE(made->scopes, world.scopes.defaults);
        QVERIFY(!made->expiresAt);
        world.clock.advance(10 * 365 * 24h);
        QVERIFY(world.server.verifier().verify("Bearer " + made->value.reveal()));
        QCOMPARE(world.server.grants().revoke(made->grant, u"test"_s), true);
        QVERIFY(!world.server.verifier().verify("Bearer " + made->value.reveal()));
    }

    void onlyItsHashIsStored()
    {
        OAuthWorld world;
        world.accountTokens.signedIn = {u"alice"_s};
        const auto made = world.server.personalTokens().create({u"Script"_s});
        QByteArray stored;
        for (const auto &name : {u"gatehouse.db"_s, u"gatehouse.db-wal"_s}) {
            QFile file(world.directory.filePath(name));
            QVERIFY(file.open(QIODevice::ReadOnly));
            stored += file.readAll();
        }
        QVERIFY(stored.contains("Script")); // what is there is found
        QVERIFY(!stored.contains(made->value.reveal().mid(10)));
    }

    void refuses_data()
    {
        QTest::addColumn<oauth::TokenWish>("wish");
        QTest::addColumn<QStringList>("signedIn");
        QTest::addColumn<QString>("words");
        const QStringList alice{u"alice"_s};
        QTest::newRow("no name") << oauth::TokenWish{u" "_s} << alice << u"name"_s;
        QTest::newRow("a name of 201 characters")
            << oauth::TokenWish{QString(201, u'x')} << alice << u"200 characters"_s;
        QTest::newRow("a permission that does not exist")
            << oauth::TokenWish{u"A"_s, {u"read:mail"_s}} << alice << u"read:mail"_s;
        QTest::newRow("an end in the past")
            << oauth::TokenWish{u"A"_s, {}, {}, fromMilliseconds(1000)} << alice << u"past"_s;
        QTest::newRow("nobody is signed in")
            << oauth::TokenWish{u"A"_s} << QStringList() << u"nobody is signed in"_s;
        QTest::newRow("several accounts are signed in, and none is named")
            << oauth::TokenWish{u"A"_s} << QStringList{u"alice"_s, u"bob"_s}
            << u"Several accounts"_s;
        QTest::newRow("another account")
            << oauth::TokenWish{u"A"_s, {}, AccountId(u"bob"_s)} << alice << u"unknown"_s;
    }
    void refuses()
    {
        QFETCH(oauth::TokenWish, wish);
        QFETCH(QStringList, signedIn);
        QFETCH(QString, words);
        OAuthWorld world;
        world.accountTokens.signedIn = signedIn;
        addBob(world);
        const auto made = world.server.personalTokens().create(wish);
        QVERIFY(!made);
        QVERIFY2(made.error().forPerson().contains(words), qPrintable(made.error().forPerson()));
        QCOMPARE(world.server.grants().active()->size(), 0);
    }

    void adviceNamesThisInstance_data()
    {
        QTest::addColumn<QStringList>("signedIn");
        QTest::addColumn<QString>("account");
        QTest::addColumn<QString>("advice");
        QTest::newRow("nobody is signed in")
            << QStringList() << QString() << u"`gatehouse signin --demo`"_s;
        QTest::newRow("several accounts") << QStringList{u"alice"_s, u"bob"_s} << QString()
                                          << u"`gatehouse status --json --demo`"_s;
        QTest::newRow("another account")
            << QStringList{u"alice"_s} << u"bob"_s << u"`gatehouse status --json --demo`"_s;
    }
    void adviceNamesThisInstance()
    {
        QFETCH(QStringList, signedIn);
        QFETCH(QString, account);
        QFETCH(QString, advice);
        OAuthWorld world;
        world.accountTokens.signedIn = signedIn;
        addBob(world);
        oauth::PersonalTokens tokens{{world.clock, world.random, world.accounts, world.approvals,
                                      world.accountTokens, world.server.grants(), world.scopes,
                                      u" --demo"_s}};
        oauth::TokenWish wish{u"Script"_s};
        if (!account.isEmpty())
            wish.account = AccountId(account);
        const auto made = tokens.create(wish);
        QVERIFY(!made);
        QVERIFY2(made.error().remedy.contains(advice), qPrintable(made.error().remedy));
    }

    void thePersonIsAsked()
    {
        OAuthWorld world;
        world.accountTokens.signedIn = {u"alice"_s};
        Answer answer;
        const auto asked = ask(world, answer);
        QVERIFY(asked);
        QCOMPARE(world.approvals.waiting()->size(), 1);
        QVERIFY(!answer);
        approval::Decision decision{true, {u"read:todos"_s}};
        decision.until = world.clock.now() + 1h;
        QVERIFY(world.approvals.decide(asked->id, decision));
        QVERIFY(answer && *answer);
        QCOMPARE((*answer)->scopes, QStringList{u"read:todos"_s}); // as the person changed it
        QCOMPARE((*answer)->expiresAt, decision.until);
        QVERIFY(world.server.verifier().verify("Bearer " + (*answer)->value.reveal()));
        QCOMPARE(world.interactions.find(asked->id).value()->state,
                 store::InteractionState::Finished);
    }

    void deniedExpiredOrWithdrawn_data()
    {
        QTest::addColumn<QString>("end");
        QTest::addColumn<bool>("isAnswered");
        QTest::newRow("denied") << u"deny"_s << true;
        QTest::newRow("expired") << u"expire"_s << true;
        QTest::newRow("the command was interrupted") << u"withdraw"_s << false;
        QTest::newRow("Gatehouse was started anew meanwhile") << u"restart"_s << false;
    }
    void deniedExpiredOrWithdrawn()
    {
        QFETCH(QString, end);
        QFETCH(bool, isAnswered);
        OAuthWorld world;
        world.accountTokens.signedIn = {u"alice"_s};
        Answer answer;
        const auto asked = ask(world, answer);
        if (end == u"deny"_s)
            QVERIFY(world.approvals.decide(asked->id, {false}));
        else if (end == u"expire"_s)
            world.clock.advance(10min);
        else if (end == u"withdraw"_s)
            world.server.personalTokens().withdraw(asked->id);
        else
            world.server.personalTokens().start();
        QCOMPARE(answer.has_value(), isAnswered);
        QVERIFY(!answer || !*answer);
        QCOMPARE(world.approvals.waiting()->size(), 0);
        QCOMPARE(world.server.grants().active()->size(), 0);
        // Nothing can be allowed any more.
        QVERIFY(!world.approvals.decide(asked->id, {true}));
        QCOMPARE(world.server.grants().active()->size(), 0);
    }

    /// Between the person's answer and the making of the token, everything may be taken back.
    void onlyWhatIsStillAllowedIsMade()
    {
        OAuthWorld world;
        world.accountTokens.signedIn = {u"alice"_s};
        Answer answer;
        const auto asked = ask(world, answer);
        // As a revocation of everything would, just before the token is made.
        QVERIFY(world.approvals.decide(asked->id, {false}));
        store::Client client;
        client.id = ClientId(u"token"_s);
        const auto made = world.server.grants().addPersonal(client, {}, {}, asked->id);
        QVERIFY(!made);
        QCOMPARE(made.error().message, u"The request was withdrawn."_s);
        QCOMPARE(world.server.grants().active()->size(), 0);
        QCOMPARE(world.clients.find(client.id)->has_value(), false);
    }

    /// Two windows of terminals at a time: what waits behind them ends like any other.
    void whatWaitsForRoomIsAnsweredToo()
    {
        OAuthWorld world;
        world.accountTokens.signedIn = {u"alice"_s};
        Answer first;
        Answer second;
        Answer third;
        QVERIFY(ask(world, first)->raised);
        QVERIFY(ask(world, second)->raised);
        const auto behind = ask(world, third);
        QVERIFY(!behind->raised);
        world.clock.advance(10min);
        QVERIFY(third && !*third);
    }

    /// Web pages cannot ask for tokens, so they cannot use up the room for them either.
    void pagesLeaveRoomForTokens()
    {
        OAuthWorld world;
        world.accountTokens.signedIn = {u"alice"_s};
        const approval::ApprovalLimits limits;
        InteractionId ofPage;
        for (int i = 0; i < limits.withoutOwnListener; ++i) {
            store::Interaction request;
            request.redirectUri = u"https://site%1.example/"_s.arg(i);
            request.browserHash = "hash";
            const auto shown = world.approvals.openShown(request);
            QVERIFY(shown->raised);
            ofPage = shown->id;
        }
        Answer answer;
        QVERIFY(ask(world, answer)->raised);
        // Nor do tokens use up theirs.
        QVERIFY(world.approvals.decide(ofPage, {false}));
        store::Interaction request;
        request.redirectUri = u"https://another.example/"_s;
        request.browserHash = "hash";
        QVERIFY(world.approvals.openShown(request)->raised);
    }

    /// What one program may have waiting counts its tokens too.
    void aProgramThatWaitsForMuchWaitsWithItsTokens()
    {
        OAuthWorld world;
        world.accountTokens.signedIn = {u"alice"_s};
        for (int port = 50'001; port <= 50'004; ++port) {
            world.processes.listen(quint16(port), u"zsh"_s, 7);
            store::Interaction request;
            request.redirectUri = u"http://localhost:%1/"_s.arg(port);
            request.browserHash = "hash";
            const auto opened = world.approvals.open(request);
            world.approvals.raise(opened->id, this, [](const auto &) {});
        }
        QCOMPARE(world.approvals.waiting()->size(), 4);
        const auto askAs = [&](qint64 pid) {
            return world.server.personalTokens().ask({u"Script"_s, {}, {}, {}, asker(pid)}, this,
                                                     [](const auto &) {});
        };
        QVERIFY(!askAs(7)->raised);
        QVERIFY(askAs(8)->raised);
    }

    void noTerminalOfAnEarlierProcessIsAnswered()
    {
        OAuthWorld world;
        world.accountTokens.signedIn = {u"alice"_s};
        Answer answer;
        for (int i = 0; i < 3; ++i)
            QVERIFY(ask(world, answer));
        approval::ApprovalService approvals{{world.clock, world.random, *world.database,
                                             world.interactions, world.blockedTargets,
                                             world.accounts, world.processes}};
        oauth::PersonalTokens anew{{world.clock, world.random, world.accounts, approvals,
                                    world.accountTokens, world.server.grants(), world.scopes}};
        anew.start();
        approvals.start();
        QCOMPARE(approvals.waiting()->size(), 0);
        QCOMPARE(*approvals.unraisedCount(), 0);
    }

    /// The window begins with what the command said.
    void theWishIsKept()
    {
        OAuthWorld world;
        world.accountTokens.signedIn = {u"alice"_s};
        const auto asked = world.server.personalTokens().ask(
            {u"Script"_s, {}, AccountId(u"alice"_s), world.clock.now() + 2h, asker(7)}, this,
            [](const auto &) {});
        const auto kept = world.interactions.find(asked->id).value();
        QCOMPARE(kept->registrar->name, u"zsh"_s);
        QVERIFY(!kept->listener && !kept->hasOwnListener); // nobody listens for the answer
        QCOMPARE(kept->account, std::optional(AccountId(u"alice"_s)));
        QCOMPARE(kept->grantUntil, std::optional(world.clock.now() + 2h));
    }

    void givenBackItIsGoneFromTheList()
    {
        // RFC 7009 §2.1; there is nothing else of this grant.
        OAuthWorld world;
        world.accountTokens.signedIn = {u"alice"_s};
        const auto made = world.server.personalTokens().create({u"Script"_s});
        const auto client = world.clients.listKnown(world.clock.now())->first();
        const auto reply =
            world.post("/revoke",
                       OAuthWorld::form({{u"client_id"_s, client.id.value},
                                         {u"token"_s, QString::fromLatin1(made->value.reveal())}}));
        QCOMPARE(reply->status(), 200);
        QCOMPARE(world.server.grants().active()->size(), 0);
    }

    /// Whoever guesses the address of a request in a browser finds nothing to go on with.
    void noBrowserCanGoOnWithIt()
    {
        OAuthWorld world;
        world.accountTokens.signedIn = {u"alice"_s};
        Answer answer;
        const auto asked = ask(world, answer);
        QCOMPARE(world.visit(asked->id)->status(), 403);
        QCOMPARE(world.visit(asked->id, "/continue")->status(), 403);
    }

private:
    static void addBob(OAuthWorld &world)
    {
        store::Account bob;
        bob.id = AccountId(u"bob"_s);
        bob.issuer = u"https://tenant.example/"_s;
        bob.subject = u"auth0|bob"_s;
        QVERIFY(world.accounts.upsert(bob));
    }
    static platform::ProcessInfo asker(qint64 pid) { return {pid, u"zsh"_s, {}, {}}; }
    Result<store::Interaction> ask(OAuthWorld &world, Answer &answer)
    {
        return world.server.personalTokens().ask(
            {u"Script"_s, {u"read:todos"_s, u"write:todos"_s}}, this,
            [&answer](const Result<oauth::PersonalToken> &made) { answer = made; });
    }
};

Q_DECLARE_METATYPE(gatehouse::oauth::TokenWish)

QTEST_GUILESS_MAIN(TestPersonalTokens)
#include "tst_personal_tokens.moc"
