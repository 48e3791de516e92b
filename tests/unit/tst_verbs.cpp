// SPDX-License-Identifier: GPL-3.0-or-later
#include <app/verbs.h>
#include <approval/approval_service.h>
#include <base/random.h>
#include <secrets/secret_store.h>
#include <service/gatehouse.h>
#include <store/database.h>

#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace gatehouse;
using namespace gatehouse::app;

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
        return Verbs({*m_gatehouse, m_clock, false, opener});
    }

    /// The id of one that a website's visitor has raised.
    [[nodiscard]] QString waitingRequest()
    {
        store::Interaction request;
        request.client = ClientId(u"client"_s);
        request.redirectUri = u"https://site.example/callback"_s;
        request.origin = "http://localhost:8377";
        request.browserHash = "hash";
        auto &approvals = m_gatehouse->approvals();
        const auto opened = approvals.open(request);
        if (!opened)
            return {};
        approvals.raise(opened->id, this, [](const auto &) {});
        return opened->id.value;
    }

private Q_SLOTS:
    void init()
    {
        auto database = store::Database::open(m_directory.filePath(u"gatehouse.db"_s));
        QVERIFY(database);
        m_database = std::move(*database);
        m_secretStore = secrets::makeMemoryStore();
        m_gatehouse = std::make_unique<Gatehouse>(
            Gatehouse::Deps{m_clock, m_random, *m_database, *m_secretStore}, Gatehouse::Options{});
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

    void unknownVerb()
    {
        const auto answer = verbs(true).runNow(u"dance"_s, {});
        QVERIFY(!answer);
        QCOMPARE(answer.error().exitCode, Failed);
        QVERIFY(!answer.error().error.remedy.isEmpty());
    }

    void secondStartShowsTheWindow()
    {
        QVERIFY(showWindow([this](const InteractionId &id) { m_opened.append(id.value); }));
        QCOMPARE(m_opened, QStringList{QString()});
        const auto headless = showWindow({});
        QVERIFY(!headless);
        QCOMPARE(headless.error().exitCode, Failed);
    }
};

QTEST_GUILESS_MAIN(TestVerbs)
#include "tst_verbs.moc"
