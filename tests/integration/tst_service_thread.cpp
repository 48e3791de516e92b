// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/free_ports.h"

#include <app/control_client.h>
#include <app/service_desk.h>
#include <tour/browser.h>
#include <tour/mcp_client.h>

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace gatehouse;
using namespace gatehouse::app;

/// The whole service on its thread, seen and steered from this one. The clients block while they
/// talk to it: it needs nothing of this thread's event loop to answer.
class TestServiceThread : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> m_directory;

    [[nodiscard]] QString dataDirectory() const { return m_directory->filePath(u"data"_s); }
    [[nodiscard]] ServeCommand demo(quint16 port = 0) const
    {
        return {{dataDirectory(), true}, port, SecretStoreKind::Memory};
    }
    [[nodiscard]] VerbResult ask(const QString &verb, const QJsonObject &arguments = {}) const
    {
        return askInstance(dataDirectory(), {{dataDirectory(), true}, verb, arguments});
    }
    /// Waits for a command's answer; true when it was done.
    [[nodiscard]] bool isDone(const std::function<void(ui::Desk::Done)> &command)
    {
        std::optional<bool> done;
        command([&done](const Result<std::monostate> &result) { done = result.has_value(); });
        return QTest::qWaitFor([&] { return done.has_value(); }) && *done;
    }
    static tour::McpClient makeClient(const QString &name, quint16 port)
    {
        return {name, QUrl(u"http://localhost:%1/mcp"_s.arg(port))};
    }
    static void askForAccess(tour::McpClient &client, tour::Browser &browser)
    {
        client.discover(client.challenge());
        client.registerClient();
        browser.open(client.authorizeUrl());
    }
    static QStringList scopesOf(const ui::AccessRequest &request)
    {
        QStringList scopes;
        for (const auto &line : request.scopes)
            scopes.append(line.scope);
        return scopes;
    }

private Q_SLOTS:
    void init() { m_directory = std::make_unique<QTemporaryDir>(); }

    void fromRequestToRevocation()
    {
        ServiceDesk desk(demo());
        desk.start();
        QTRY_VERIFY_WITH_TIMEOUT(desk.state().running, 30000);
        QVERIFY(desk.state().demo);
        QVERIFY(desk.state().secretsInMemory);
        QCOMPARE(desk.state().tenant, u"localhost"_s);

        tour::McpClient client(makeClient(u"Claude Code"_s, desk.state().port));
        tour::Browser browser(client.redirectUri());
        askForAccess(client, browser);
        QTRY_COMPARE(desk.state().requests.size(), 1);
        const auto request = desk.state().requests.first();
        QCOMPARE(request.clientName, u"Claude Code"_s);
        QCOMPARE(request.targetKind, ui::TargetKind::Loopback);
        QCOMPARE(request.target,
                 u"%1:%2"_s.arg(client.redirectUri().host()).arg(client.redirectUri().port()));
        QVERIFY(browser.page().body.contains(request.matchingCode.toLatin1()));
        QVERIFY(request.listener);
        QCOMPARE(request.listener->pid, QCoreApplication::applicationPid());
        QVERIFY(!request.scopes.isEmpty());
        QVERIFY(!request.scopes.first().words.isEmpty());
        QVERIFY(!request.allowedBefore);

        QVERIFY(!isDone(
            [&](const auto &then) { desk.answer(request.id, {.allow = true}, this, then); }));
        QVERIFY(isDone([&](const auto &then) {
            desk.answer(request.id, {.allow = true, .scopes = scopesOf(request)}, this, then);
        }));
        QTRY_VERIFY(desk.state().requests.isEmpty());
        QVERIFY(!isDone([&](const auto &then) { desk.answer(request.id, {}, this, then); }));

        browser.reload();
        browser.press(u"Continue as Alice"_s);
        QVERIFY(browser.arrivedAtClient());
        client.setTokens(client.redeem(client.checkRedirect(browser.url()).value(u"code"_s)));
        client.initialize();
        client.callTool(u"whoami"_s);
        QTRY_COMPARE(desk.state().clients.size(), 1);
        QTRY_COMPARE(desk.state().clients.first().state, ui::ClientState::Connected);
        const auto line = desk.state().clients.first();
        QVERIFY(line.account.signedIn);
        QCOMPARE(line.scopes.size(), request.scopes.size());

        QVERIFY(isDone([&](const auto &then) { desk.pause(15min, this, then); }));
        QTRY_COMPARE(desk.state().clients.first().state, ui::ClientState::Paused);
        QVERIFY(isDone([&](const auto &then) { desk.resume(this, then); }));
        QTRY_VERIFY(!desk.state().paused);

        std::optional<Result<oidc::SignOutReport>> report;
        desk.signOut(line.account.id, this, [&report](const auto &answer) { report = answer; });
        QTRY_VERIFY(report.has_value());
        QVERIFY(*report && (*report)->isRevoked);
        QCOMPARE((*report)->browserUrl.path(), u"/v2/logout"_s);
        QTRY_COMPARE(desk.state().clients.first().state, ui::ClientState::SignedOut);

        QVERIFY(isDone([&](const auto &then) { desk.revoke(line.grant, this, then); }));
        QTRY_COMPARE(desk.state().clients.first().state, ui::ClientState::Revoked);
        QCOMPARE(client.tryTool(u"whoami"_s).status, 401);
    }

    void denyAndBlock()
    {
        ServiceDesk desk(demo());
        desk.start();
        QTRY_VERIFY_WITH_TIMEOUT(desk.state().running, 30000);
        tour::McpClient client(makeClient(u"Unwanted"_s, desk.state().port));
        tour::Browser browser(client.redirectUri());
        askForAccess(client, browser);
        QTRY_COMPARE(desk.state().requests.size(), 1);
        const auto request = desk.state().requests.first().id;
        QVERIFY(isDone([&](const auto &then) {
            desk.answer(request, {.allow = false, .block = true}, this, then);
        }));
        QTRY_COMPARE(desk.state().blocked.size(), 1);
        QVERIFY(desk.state().requests.isEmpty());
        const auto target = desk.state().blocked.first().target;
        QVERIFY(isDone([&](const auto &then) { desk.unblock(target, this, then); }));
        QTRY_VERIFY(desk.state().blocked.isEmpty());
        QVERIFY(!isDone([&](const auto &then) { desk.unblock(target, this, then); }));
    }

    void signInPage()
    {
        ServiceDesk desk(demo());
        std::optional<bool> answered;
        const auto note = [&](const Result<QUrl> &page) { answered = page.has_value(); };
        desk.start();
        QTRY_VERIFY_WITH_TIMEOUT(desk.state().running, 30000);
        desk.beginSignIn(this, note);
        QTRY_COMPARE(answered, std::optional(true));
    }

    void portTakenThenFree()
    {
        const auto port = tests::freePorts(3);
        QTcpServer holder;
        QVERIFY(holder.listen(QHostAddress::LocalHost, port));
        ServiceDesk desk(demo(port));
        desk.start();
        QTRY_COMPARE(desk.state().trouble.kind, ui::TroubleKind::Port);
        QVERIFY(!desk.state().running);
        QCOMPARE(desk.state().port, port);
        QVERIFY(!desk.state().trouble.error.remedy.isEmpty());
        QVERIFY(!isDone([&](const auto &then) { desk.revokeAll(this, then); }));

        const auto status = ask(u"status"_s);
        QVERIFY(!status);
        QCOMPARE(status.error().exitCode, NotRunning);
        QVERIFY(status.error().error.message.contains(QString::number(port)));
        QSignalSpy wanted(&desk, &ui::Desk::windowWanted);
        QVERIFY(ask(kShowVerb));
        QTRY_COMPARE(wanted.count(), 1);

        desk.restart();
        desk.restart();
        QTRY_COMPARE(desk.state().trouble.kind, ui::TroubleKind::Port);
        holder.close();
        desk.restart();
        QTRY_VERIFY_WITH_TIMEOUT(desk.state().running, 30000);
        QCOMPARE(desk.state().trouble.kind, ui::TroubleKind::None);
        QVERIFY(ask(u"status"_s));
    }

    void troubles_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<ui::TroubleKind>("kind");
        QTest::newRow("damaged database") << u"gatehouse.db"_s << ui::TroubleKind::Database;
        QTest::newRow("settings not understood")
            << u"gatehouse.json"_s << ui::TroubleKind::Settings;
    }
    void troubles()
    {
        QFETCH(QString, file);
        QFETCH(ui::TroubleKind, kind);
        QVERIFY(QDir().mkpath(dataDirectory()));
        QFile broken(dataDirectory() + u'/' + file);
        QVERIFY(broken.open(QIODevice::WriteOnly));
        broken.write(QByteArray(8192, 'x'));
        broken.close();
        // The demo writes settings of its own, so that nothing but the file is wrong.
        const bool demo = kind == ui::TroubleKind::Database;
        ServiceDesk desk({{dataDirectory(), demo}, tests::freePorts(3), SecretStoreKind::Memory});
        desk.start();
        QTRY_COMPARE(desk.state().trouble.kind, kind);
        QVERIFY(!desk.state().trouble.error.message.isEmpty());
    }

    void noKeychain()
    {
        const auto bus = qgetenv("DBUS_SESSION_BUS_ADDRESS");
        qputenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
        auto command = demo();
        command.secretStore = SecretStoreKind::Keychain;
        ServiceDesk desk(command);
        desk.start();
        QTRY_COMPARE(desk.state().trouble.kind, ui::TroubleKind::NoKeychain);
        QVERIFY(!desk.state().secretsInMemory);
        qputenv("DBUS_SESSION_BUS_ADDRESS", bus);
    }

    void secondInstance()
    {
        auto directory = DataDirectory::open(dataDirectory());
        QVERIFY(directory);
        ServiceDesk desk(demo(), std::move(*directory));
        desk.start();
        QTRY_VERIFY_WITH_TIMEOUT(desk.state().running, 30000);
        const auto second = DataDirectory::open(dataDirectory());
        QVERIFY(!second);
        QVERIFY(second.error().inUse);

        QList<InteractionId> wanted;
        connect(&desk, &ui::Desk::windowWanted, this,
                [&](const InteractionId &request) { wanted.append(request); });
        QVERIFY(ask(kShowVerb));
        QTRY_COMPARE(wanted, QList<InteractionId>{InteractionId()});
        const auto resume = ask(u"resume"_s);
        QVERIFY(!resume);
        QCOMPARE(resume.error().exitCode, Failed);
        QTRY_COMPARE(wanted.size(), 2);

        desk.stop();
        QVERIFY(DataDirectory::open(dataDirectory()));
        QVERIFY(tests::isPortFree(desk.state().port));
    }

    void aPauseThatEndsSoonerWidens_data()
    {
        QTest::addColumn<QJsonObject>("now");
        QTest::addColumn<QJsonObject>("then");
        QTest::addColumn<bool>("done");
        const QJsonObject open;
        const auto lasting = [](int seconds) {
            return QJsonObject{{u"durationMs"_s, seconds * 1000}};
        };
        QTest::newRow("until resumed, then for a second") << open << lasting(1) << false;
        QTest::newRow("for an hour, then for a second") << lasting(3600) << lasting(1) << false;
        QTest::newRow("for an hour, then for two") << lasting(3600) << lasting(7200) << true;
        QTest::newRow("for an hour, then until resumed") << lasting(3600) << open << true;
        QTest::newRow("until resumed, again") << open << open << true;
    }
    void aPauseThatEndsSoonerWidens()
    {
        QFETCH(QJsonObject, now);
        QFETCH(QJsonObject, then);
        QFETCH(bool, done);
        ServiceDesk desk(demo());
        QSignalSpy wanted(&desk, &ui::Desk::windowWanted);
        desk.start();
        QTRY_VERIFY_WITH_TIMEOUT(desk.state().running, 30000);
        QVERIFY(ask(u"pause"_s, now));
        QTRY_VERIFY(desk.state().paused);
        const auto until = desk.state().pausedUntil;
        QCOMPARE(ask(u"pause"_s, then).has_value(), done);
        QTRY_COMPARE(wanted.count(), done ? 0 : 1);
        QVERIFY(desk.state().paused);
        if (!done)
            QCOMPARE(desk.state().pausedUntil, until);
    }

    void finishesWithoutBlocking()
    {
        ServiceDesk desk(demo());
        desk.start();
        QTRY_VERIFY_WITH_TIMEOUT(desk.state().running, 30000);
        const auto port = desk.state().port;
        bool finished = false;
        desk.finish([&finished] { finished = true; });
        QVERIFY(!finished);
        QTRY_VERIFY(finished);
        QVERIFY(tests::isPortFree(port));
    }

    void endsWhileStarting()
    {
        ServiceDesk desk(demo());
        desk.start();
    }

    void endsWithWorkUnderWay()
    {
        ServiceDesk desk(demo());
        desk.start();
        QTRY_VERIFY_WITH_TIMEOUT(desk.state().running, 30000);
        for (int i = 0; i < 100; ++i)
            desk.pause(15min, this, [](const auto &) {});
    }
};

QTEST_GUILESS_MAIN(TestServiceThread)
#include "tst_service_thread.moc"
