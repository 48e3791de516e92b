// SPDX-License-Identifier: GPL-3.0-or-later
#include <app/verb_text.h>
#include <app/verbs.h>
#include <approval/approval_service.h>
#include <base/random.h>
#include <secrets/secret_store.h>
#include <service/gatehouse.h>
#include <store/account_store.h>
#include <store/client_store.h>
#include <store/database.h>
#include <store/grant_store.h>

#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace gatehouse;
using namespace gatehouse::app;

/// Scopes by account.
using Allowed = QList<std::pair<QString, QStringList>>;

/// A client that asks for access may run commands as the person: verbs that widen access leave the
/// decision to a window where there are windows.
class TestVerbs : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_directory;
    SystemClock m_clock;
    SystemRandom m_random;
    std::unique_ptr<store::Database> m_database;
    std::unique_ptr<secrets::SecretStore> m_secretStore;
    std::unique_ptr<Gatehouse> m_gatehouse;
    QStringList m_opened;

    [[nodiscard]] Verbs verbs(bool windows)
    {
        WindowOpener opener;
        if (windows)
            opener = [this](const InteractionId &request) { m_opened.append(request.value); };
        return Verbs({*m_gatehouse, m_clock, false, opener, u" --demo"_s});
    }

    /// The id of one that a website's visitor has raised.
    [[nodiscard]] QString
    waitingRequest(const ClientId &client = ClientId(u"client"_s),
                   const QString &redirectUri = u"https://site.example/callback"_s,
                   const QStringList &scopes = {})
    {
        store::Interaction request;
        request.client = client;
        request.redirectUri = redirectUri;
        request.scopes = scopes;
        request.origin = "http://localhost:8377";
        request.browserHash = "hash";
        auto &approvals = m_gatehouse->approvals();
        const auto opened = approvals.open(request);
        if (!opened)
            return {};
        approvals.raise(opened->id, this, [](const auto &) {});
        return opened->id.value;
    }
    /// What `approvals` says of one request; undefined while it is not shown.
    [[nodiscard]] QJsonValue shownRequest(const QString &id)
    {
        const auto answer = verbs(false).runNow(u"approvals"_s, {});
        const auto list = answer ? answer->toArray() : QJsonArray();
        const auto asked = std::find_if(list.begin(), list.end(), [&](const QJsonValue &value) {
            return value[u"id"_s].toString() == id;
        });
        return asked == list.end() ? QJsonValue(QJsonValue::Undefined) : QJsonValue(*asked);
    }

private Q_SLOTS:
    void init()
    {
        auto database = store::Database::open(m_directory.filePath(u"gatehouse.db"_s));
        QVERIFY(database);
        m_database = std::move(*database);
        m_secretStore = secrets::makeMemoryStore();
        Gatehouse::Options options;
        options.verbOptions = u" --demo"_s;
        options.configuration.tenant.issuer = u"https://tenant.example/"_s;
        m_gatehouse = std::make_unique<Gatehouse>(
            Gatehouse::Deps{m_clock, m_random, *m_database, *m_secretStore}, options);
        m_opened.clear();
    }
    void cleanup()
    {
        m_gatehouse.reset();
        m_database.reset();
    }

    void wideningOpensTheWindow_data()
    {
        QTest::addColumn<QString>("verb");
        QTest::addColumn<QString>("id");
        QTest::newRow("approve") << u"approve"_s << u"waiting"_s;
        QTest::newRow("resume") << u"resume"_s << QString();
    }
    void wideningOpensTheWindow()
    {
        QFETCH(QString, verb);
        QFETCH(QString, id);
        if (!id.isEmpty())
            id = waitingRequest();
        QCOMPARE(id.isEmpty(), verb == u"resume"_s);
        const auto answer = verbs(true).runNow(verb, QJsonObject{{u"id"_s, id}});
        QVERIFY(!answer);
        QCOMPARE(answer.error().exitCode, Failed);
        QCOMPARE(answer.error().error.message,
                 u"Gatehouse has windows: answer there. The window is open now."_s);
        QCOMPARE(m_opened, QStringList{id});
    }

    /// An email is not unique: one that several accounts have decides for none of them.
    void anAccountIsNamedByIdOrItsOwnEmail_data()
    {
        QTest::addColumn<QString>("named");
        QTest::addColumn<QString>("account"); // empty: refused
        QTest::newRow("its ID") << u"id-1"_s << u"id-1"_s;
        QTest::newRow("its email, in another case") << u"BOB@example.org"_s << u"id-3"_s;
        QTest::newRow("an email of two") << u"alice@example.org"_s << QString();
        QTest::newRow("nobody's") << u"carol@example.org"_s << QString();
    }
    void anAccountIsNamedByIdOrItsOwnEmail()
    {
        QFETCH(QString, named);
        QFETCH(QString, account);
        store::AccountStore accounts(*m_database);
        const std::array emails{u"alice@example.org"_s, u"alice@example.org"_s,
                                u"bob@example.org"_s};
        int number = 0;
        for (const auto &email : emails) {
            store::Account record;
            record.id = AccountId(u"id-%1"_s.arg(++number));
            record.issuer = u"https://tenant.example/"_s;
            record.subject = record.id.value;
            record.email = email;
            QVERIFY(accounts.upsert(record));
        }
        const auto id = waitingRequest();
        const auto answer =
            verbs(false).runNow(u"approve"_s, QJsonObject{{u"id"_s, id}, {u"account"_s, named}});
        QCOMPARE(answer.has_value(), !account.isEmpty());
        const auto decided = m_gatehouse->approvals().find(InteractionId(id)).value();
        QCOMPARE(decided->account.value_or(AccountId()).value, account);
        if (account.isEmpty()) // it still waits, and would take the others' room
            QVERIFY(verbs(false).runNow(u"deny"_s, QJsonObject{{u"id"_s, id}}));
    }

    void anUnknownRequestOpensNothing()
    {
        const auto answer = verbs(true).runNow(u"approve"_s, QJsonObject{{u"id"_s, u"abc"_s}});
        QVERIFY(!answer);
        QVERIFY(answer.error().error.message.contains(u"no such request"_s));
        QVERIFY(m_opened.isEmpty());
    }

    void narrowingIsDone()
    {
        const auto answer = verbs(true).runNow(u"deny"_s, QJsonObject{{u"id"_s, u"abc"_s}});
        QVERIFY(!answer);
        QVERIFY(!answer.error().error.message.contains(u"window"_s));
        QVERIFY(m_opened.isEmpty());
    }

    void withoutWindowsTheVerbDecides()
    {
        const auto answer = verbs(false).runNow(u"approve"_s, QJsonObject{{u"id"_s, u"abc"_s}});
        QVERIFY(!answer);
        QCOMPARE(answer.error().exitCode, Failed);
        QVERIFY(!answer.error().error.message.contains(u"window"_s));
    }

    void approvalsSayWhoDescribesTheClient_data()
    {
        QTest::addColumn<QString>("redirectUri");
        QTest::addColumn<QString>("line");
        QTest::newRow("a website")
            << u"https://site.example/callback"_s << u"    Described at claude.ai\n"_s;
        QTest::newRow("MCP 2025-11-25 Localhost Redirect URI Risks")
            << u"http://localhost:1/callback"_s
            << u"    Described at claude.ai; any program on this computer can use that "
               "description\n"_s;
    }
    void approvalsSayWhoDescribesTheClient()
    {
        QFETCH(QString, redirectUri);
        QFETCH(QString, line);
        store::Client client;
        client.id = ClientId(u"https://claude.ai/client.json"_s);
        client.kind = store::ClientKind::MetadataDocument;
        QVERIFY(store::ClientStore(*m_database).putDocument(client));
        const auto id = waitingRequest(client.id, redirectUri);
        // Another test's request may wait as well.
        QTRY_VERIFY(!shownRequest(id).isUndefined());
        const auto asked = shownRequest(id);
        QCOMPARE(asked[u"client"_s][u"describedAt"_s].toString(), u"claude.ai"_s);
        VerbCommand command;
        command.verb = u"approvals"_s;
        const auto text = textFor(command, QJsonArray{asked});
        QVERIFY2(text.contains(line), qPrintable(text));
        const auto denied = verbs(false).runNow(u"deny"_s, {{u"id"_s, id}});
        QCOMPARE((*denied)[u"client"_s][u"describedAt"_s].toString(), u"claude.ai"_s);
    }

    void approvalsMarkWhatIsNew_data()
    {
        QTest::addColumn<Allowed>("allowed");
        QTest::addColumn<QJsonValue>("newScopes");
        QTest::addColumn<QString>("line");
        const QStringList all{u"read:todos"_s, u"read:billing"_s};
        const QStringList one{u"read:todos"_s};
        QTest::newRow("a client that may do nothing yet")
            << Allowed{} << QJsonValue(QJsonValue::Undefined)
            << u"    Scopes   read:todos, read:billing\n"_s;
        QTest::newRow("MCP 2025-11-25 Step-Up Authorization Flow")
            << Allowed{{u"alice"_s, one}} << QJsonValue(QJsonArray{u"read:billing"_s})
            << u"    Scopes   read:todos, read:billing (new)\n"_s;
        QTest::newRow("allowed as one account of two")
            << Allowed{{u"alice"_s, all}, {u"bob"_s, one}}
            << QJsonValue(QJsonArray{u"read:billing"_s})
            << u"    Scopes   read:todos, read:billing (new)\n"_s;
        QTest::newRow("nothing is new") << Allowed{{u"alice"_s, all}} << QJsonValue(QJsonArray())
                                        << u"    Scopes   read:todos, read:billing\n"_s;
    }
    void approvalsMarkWhatIsNew()
    {
        QFETCH(Allowed, allowed);
        QFETCH(QJsonValue, newScopes);
        QFETCH(QString, line);
        const ClientId client(QString::fromUtf8(QTest::currentDataTag()));
        store::AccountStore accounts(*m_database);
        store::GrantStore grants(*m_database);
        for (const auto &[account, scopes] : allowed) {
            store::Account record;
            record.id = AccountId(account);
            record.issuer = u"https://tenant.example/"_s;
            record.subject = account;
            QVERIFY(accounts.upsert(record));
            store::Grant grant;
            grant.id = GrantId(client.value + account);
            grant.client = client;
            grant.account = AccountId(account);
            grant.scopes = scopes;
            grant.createdAt = m_clock.now();
            QVERIFY(grants.insert(grant));
        }
        const auto id = waitingRequest(client, u"https://stepping.example/callback"_s,
                                       {u"read:todos"_s, u"read:billing"_s});
        QTRY_VERIFY(!shownRequest(id).isUndefined());
        const auto asked = shownRequest(id);
        QCOMPARE(asked[u"newScopes"_s], newScopes);
        VerbCommand command;
        command.verb = u"approvals"_s;
        const auto text = textFor(command, QJsonArray{asked});
        QVERIFY2(text.contains(line), qPrintable(text));
        QVERIFY(verbs(false).runNow(u"deny"_s, {{u"id"_s, id}}));
    }

    void adviceNamesThisInstance_data()
    {
        QTest::addColumn<bool>("windows");
        QTest::addColumn<QString>("verb");
        QTest::addColumn<QString>("advice");
        QTest::newRow("a request that nobody knows")
            << false << u"deny"_s << u"`gatehouse approvals --demo`"_s;
        QTest::newRow("the same, with windows")
            << true << u"approve"_s << u"`gatehouse approvals --demo`"_s;
    }
    void adviceNamesThisInstance()
    {
        QFETCH(bool, windows);
        QFETCH(QString, verb);
        QFETCH(QString, advice);
        const auto answer = verbs(windows).runNow(verb, {{u"id"_s, u"abc"_s}});
        QVERIFY(!answer);
        QVERIFY2(answer.error().error.remedy.contains(advice),
                 qPrintable(answer.error().error.remedy));
    }

    void unknownVerb()
    {
        const auto answer = verbs(true).runNow(u"dance"_s, {});
        QVERIFY(!answer);
        QCOMPARE(answer.error().exitCode, Failed);
        QVERIFY(!answer.error().error.remedy.isEmpty());
    }

    void secondStartShowsTheWindow()
    {
        QVERIFY(showWindow([this](const InteractionId &id) { m_opened.append(id.value); }, {}));
        QCOMPARE(m_opened, QStringList{QString()});
        const auto headless = showWindow({}, u" --demo"_s);
        QVERIFY(!headless);
        QCOMPARE(headless.error().exitCode, Failed);
        QVERIFY(headless.error().error.remedy.contains(u"`gatehouse status --demo`"_s));
    }
};

QTEST_GUILESS_MAIN(TestVerbs)
#include "tst_verbs.moc"
