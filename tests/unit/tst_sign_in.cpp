// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/oauth_world.h"

using namespace gatehouse;
using namespace gatehouse::tests;

namespace {

/// A person who signs in without any client: the address from the terminal, then the browser.
class SignInWorld : public OAuthWorld {
public:
    /// Follows the address as a browser does and keeps its cookie.
    std::shared_ptr<RecordedReply> open(const QByteArray &method = "GET")
    {
        auto reply = look(method, path);
        const auto set = reply->header("set-cookie");
        if (!set.isEmpty())
            cookie = set.left(set.indexOf(';'));
        return reply;
    }
    std::shared_ptr<RecordedReply> callBack(const QByteArray &method = "GET")
    {
        return look(method, "/callback?code=x&state=" + path.mid(path.lastIndexOf('/') + 1));
    }
    std::shared_ptr<RecordedReply> goOn(const QByteArray &method = "GET")
    {
        return look(method, path + "/continue", {{"Cookie", cookie}});
    }

    QByteArray path = server.signIn().begin().path().toLatin1();
};

} // namespace

class TestSignIn : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void endsAtThePageThatSaysWho()
    {
        SignInWorld world;
        const auto opened = world.open();
        QCOMPARE(opened->status(), 302);
        QVERIFY(opened->header("location").startsWith("https://tenant.example/authorize"));
        QCOMPARE(world.callBack()->status(), 303);
        const auto done = world.goOn();
        QCOMPARE(done->status(), 200);
        QVERIFY(done->response->body.contains("Alice"));
        QCOMPARE(world.goOn()->status(), 410);
    }

    void whoIsMeant_data()
    {
        QTest::addColumn<QStringList>("signedIn");
        QTest::addColumn<QString>("hint");
        QTest::addColumn<QString>("prompt");
        QTest::newRow("who is signed out") << QStringList() << u"alice@example.com"_s << QString();
        // The tenant remembers the other one, so it must ask.
        QTest::newRow("who is signed out, while another one is in")
            << QStringList{u"bob"_s} << u"alice@example.com"_s << u"login"_s;
        QTest::newRow("another account than all that are signed in")
            << QStringList{u"alice"_s, u"bob"_s} << QString() << u"login"_s;
    }
    void whoIsMeant()
    {
        QFETCH(QStringList, signedIn);
        QFETCH(QString, hint);
        QFETCH(QString, prompt);
        SignInWorld world;
        const auto add = [&world](const QString &name, const QString &issuer) {
            store::Account account;
            account.id = AccountId(name);
            account.issuer = issuer;
            account.subject = u"auth0|"_s + name;
            account.email = name + u"@example.com"_s;
            account.signedInAt = world.clock.now();
            QVERIFY(world.accounts.upsert(account));
        };
        add(u"alice"_s, u"https://tenant.example/"_s);
        if (!signedIn.isEmpty())
            add(u"bob"_s, u"https://tenant.example/"_s);
        // Of a tenant that was configured before: none of this one's business.
        add(u"carol"_s, u"https://elsewhere.example/"_s);
        world.accountTokens.signedIn = signedIn;
        (void)world.open();
        QCOMPARE(world.signIns.lastHints.loginHint, hint);
        QCOMPARE(world.signIns.lastHints.prompt, prompt);
    }

    /// A token serves the clients of its own account: it needs nothing that others' have.
    void whatItIsAskedFor_data()
    {
        QTest::addColumn<QStringList>("signedIn");
        QTest::addColumn<QStringList>("scopes");
        QTest::newRow("what clients of who is meant have")
            << QStringList{u"bob"_s} << QStringList{u"read:billing"_s};
        QTest::newRow("what clients of the other one have")
            << QStringList{u"alice"_s} << QStringList{u"read:todos"_s};
        QTest::newRow("nobody in particular") << QStringList{u"alice"_s, u"bob"_s} << QStringList();
    }
    void whatItIsAskedFor()
    {
        QFETCH(QStringList, signedIn);
        QFETCH(QStringList, scopes);
        SignInWorld world;
        store::Account bob;
        bob.id = AccountId(u"bob"_s);
        bob.issuer = u"https://tenant.example/"_s;
        bob.subject = u"auth0|bob"_s;
        bob.signedInAt = world.clock.now();
        QVERIFY(world.accounts.upsert(bob));
        (void)world.obtainCode(world.openInteraction(world.registerClient(), u"read:billing"_s));
        world.signIns.account = bob.id;
        (void)world.obtainCode(world.openInteraction(world.registerClient(), u"read:todos"_s));
        world.accountTokens.signedIn = signedIn;
        QCOMPARE(world.open()->status(), 302);
        QCOMPARE(world.signIns.lastHints.scopes, scopes);
        QCOMPARE(world.signIns.lastHints.wanted, scopes);
    }

    void troubleSaysWhatToDo_data()
    {
        QTest::addColumn<QString>("remedy");
        QTest::addColumn<QByteArray>("shown");
        QTest::newRow("the tenant's") << u"Set the clock right."_s << "Set the clock right."_ba;
        QTest::newRow("none of its own") << QString() << "Start the sign-in again"_ba;
    }
    void troubleSaysWhatToDo()
    {
        QFETCH(QString, remedy);
        QFETCH(QByteArray, shown);
        SignInWorld world;
        world.signIns.refusal =
            oidc::SignInError{u"server_error"_s, Error{u"It did not work."_s}.withRemedy(remedy)};
        world.signIns.beginFails = true;
        const auto opened = world.open();
        QCOMPARE(opened->status(), 503);
        QVERIFY2(opened->response->body.contains(shown), opened->response->body.constData());

        world.signIns.beginFails = false;
        world.path = world.server.signIn().begin().path().toLatin1();
        QCOMPARE(world.open()->status(), 302);
        (void)world.callBack();
        const auto finished = world.goOn();
        QCOMPARE(finished->status(), 400);
        QVERIFY2(finished->response->body.contains(shown), finished->response->body.constData());
    }

    void theAddressWorksOnce()
    {
        SignInWorld world;
        QCOMPARE(world.open()->status(), 302);
        QCOMPARE(world.open()->status(), 410);
    }

    void theAddressExpires()
    {
        SignInWorld world;
        world.clock.advance(10min);
        QCOMPARE(world.open()->status(), 410);
        QVERIFY(world.signIns.returnUrls.isEmpty());
    }

    void anotherBrowserCannotGoOn()
    {
        SignInWorld world;
        (void)world.open();
        (void)world.callBack();
        const auto cookie = std::exchange(world.cookie, "gatehouse_signin=guess");
        QCOMPARE(world.goOn()->status(), 410);
        world.cookie = cookie;
        QCOMPARE(world.goOn()->status(), 200);
    }

    /// RFC 9110 §9.2.1: HEAD is safe. A link preview must not use up the address.
    void lookingAheadGoesNoStep()
    {
        SignInWorld world;
        const auto ahead = world.open("HEAD");
        QCOMPARE(ahead->status(), 405);
        QCOMPARE(ahead->header("allow"), QByteArray("GET, OPTIONS"));
        QVERIFY(world.signIns.returnUrls.isEmpty());
        QVERIFY(ahead->header("set-cookie").isEmpty());
        QCOMPARE(world.open()->status(), 302);

        QCOMPARE(world.callBack("HEAD")->status(), 405);
        QVERIFY(world.signIns.ready.isEmpty());
        QCOMPARE(world.callBack()->status(), 303);

        QCOMPARE(world.goOn("HEAD")->status(), 405);
        QCOMPARE(world.goOn()->status(), 200);
    }
};

QTEST_GUILESS_MAIN(TestSignIn)
#include "tst_sign_in.moc"
