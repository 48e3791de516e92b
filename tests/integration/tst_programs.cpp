// SPDX-License-Identifier: GPL-3.0-or-later
#include <support/fake_tenant.h>
#include <support/free_ports.h>
#include <support/manual_clock.h>

#include <app/control_client.h>
#include <app/data_directory.h>

#include <QElapsedTimer>
#include <QJsonArray>
#include <QJsonDocument>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace gatehouse;
using namespace gatehouse::app;
using namespace gatehouse::tests;

/// Both programs as they are started, with and without a display.
class TestPrograms : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> m_directory;

    [[nodiscard]] QStringList options() const
    {
        return {u"--demo"_s, u"--data-dir"_s, m_directory->filePath(u"data"_s),
                u"--port"_s, u"0"_s,          u"--secret-store"_s,
                u"memory"_s};
    }
    /// The offscreen platform opens windows without a server; DISPLAY only says that there is one.
    static QProcessEnvironment withDisplay()
    {
        auto environment = QProcessEnvironment::systemEnvironment();
        environment.insert(u"QT_QPA_PLATFORM"_s, u"offscreen"_s);
        environment.insert(u"DISPLAY"_s, u":987"_s);
        return environment;
    }
    static QProcessEnvironment withoutDisplay()
    {
        auto environment = QProcessEnvironment::systemEnvironment();
        for (const auto &name : {u"QT_QPA_PLATFORM"_s, u"DISPLAY"_s, u"WAYLAND_DISPLAY"_s})
            environment.remove(name);
        return environment;
    }
    static void start(QProcess &process, const QString &program, const QStringList &arguments,
                      const QProcessEnvironment &environment)
    {
        process.setProcessEnvironment(environment);
        process.start(QLatin1String(GATEHOUSE_PROGRAMS) + u'/' + program, arguments);
    }
    /// Runs it to its end while this process answers as the tenant; its exit code.
    [[nodiscard]] static int run(QProcess &process, const QStringList &arguments,
                                 const QProcessEnvironment &environment, const QByteArray &input)
    {
        bool ended = false;
        QObject::connect(&process, &QProcess::finished, &process, [&ended] { ended = true; });
        start(process, u"gatehouse"_s, arguments, environment);
        process.write(input);
        process.closeWriteChannel();
        return QTest::qWaitFor([&ended] { return ended; }, 30'000) ? process.exitCode() : -1;
    }
    /// JSON written with single quotes.
    [[nodiscard]] static QByteArray json(QByteArray text) { return text.replace('\'', '"'); }
    void writeSettings(const QByteArray &text) const
    {
        QDir().mkpath(m_directory->filePath(u"data"_s));
        QFile file(m_directory->filePath(u"data/gatehouse.json"_s));
        if (!file.open(QIODevice::WriteOnly) || file.write(json(text)) < 0)
            qFatal("no configuration");
    }
    [[nodiscard]] QStringList dataDirectory() const
    {
        return {u"--data-dir"_s, m_directory->filePath(u"data"_s)};
    }
    [[nodiscard]] static QHash<QString, QString> verdicts(const QByteArray &report)
    {
        QHash<QString, QString> verdicts;
        const auto checks = QJsonDocument::fromJson(report).object().value(u"checks"_s).toArray();
        for (const auto &check : checks) {
            verdicts.insert(check.toObject().value(u"subject"_s).toString(),
                            check.toObject().value(u"verdict"_s).toString());
        }
        return verdicts;
    }
    [[nodiscard]] VerbResult status() const
    {
        const InstanceOptions instance{m_directory->filePath(u"data"_s), true};
        return askInstance(instance.dataDirectory, {instance, u"status"_s});
    }
    [[nodiscard]] bool isServing(bool headless) const
    {
        return QTest::qWaitFor([this] { return status().has_value(); }, 10'000)
            && (*status())[u"headless"_s].toBool() == headless;
    }
    /// Ends it as a session manager does.
    [[nodiscard]] static bool endsInTime(QProcess &process)
    {
        QElapsedTimer timer;
        timer.start();
        process.terminate();
        const bool ended = process.waitForFinished(10'000) && timer.elapsed() < 5000
            && process.exitStatus() == QProcess::NormalExit && process.exitCode() == Done;
        if (!ended) {
            qWarning("after %lld ms: exit code %d, %s\n%s", timer.elapsed(), process.exitCode(),
                     qPrintable(process.errorString()), process.readAllStandardError().constData());
        }
        return ended;
    }

private Q_SLOTS:
    void init() { m_directory = std::make_unique<QTemporaryDir>(); }

    void windowsWhereADisplayIs()
    {
        QProcess gatehouse;
        start(gatehouse, u"gatehouse"_s, options(), withDisplay());
        QVERIFY(isServing(false));

        QProcess second;
        start(second, u"gatehouse-tray"_s, options(), withDisplay());
        QVERIFY(second.waitForFinished());
        QCOMPARE(second.exitCode(), int(Done));

        QVERIFY(endsInTime(gatehouse));
    }

    void headless_data()
    {
        QTest::addColumn<bool>("display");
        QTest::addColumn<QByteArray>("says");
        QTest::newRow("asked for") << true << QByteArray();
        QTest::newRow("no display") << false << QByteArray("There is no display");
    }
    void headless()
    {
        QFETCH(bool, display);
        QFETCH(QByteArray, says);
        QProcess gatehouse;
        start(gatehouse, u"gatehouse"_s,
              options() + (display ? QStringList{u"--headless"_s} : QStringList()),
              display ? withDisplay() : withoutDisplay());
        QVERIFY(isServing(true));

        QProcess windows;
        start(windows, u"gatehouse-tray"_s, options(), withDisplay());
        QVERIFY(windows.waitForFinished());
        QCOMPARE(windows.exitCode(), int(Failed));
        QVERIFY(windows.readAllStandardError().contains("without windows"));

        QVERIFY(endsInTime(gatehouse));
        QVERIFY(gatehouse.readAllStandardOutput().contains(says));
    }

    /// A real tenant's data directory, and a tenant that takes one client secret.
    void theDoctorLooksAtEverything_data()
    {
        QTest::addColumn<QByteArray>("secret");
        QTest::addColumn<QByteArray>("audience");
        QTest::addColumn<QString>("broken"); // subject of the one problem
        const QByteArray right = "s3cret";
        QTest::newRow("all is well") << right << QByteArray("urn:known") << QString();
        QTest::newRow("wrong secret")
            << QByteArray("other") << QByteArray("urn:known") << u"client"_s;
        QTest::newRow("no secret") << QByteArray() << QByteArray("urn:known") << u"client"_s;
        QTest::newRow("unknown API") << right << QByteArray("urn:other") << u"api"_s;
    }
    void theDoctorLooksAtEverything()
    {
        QFETCH(QByteArray, secret);
        QFETCH(QByteArray, audience);
        QFETCH(QString, broken);
        ManualClock clock;
        FakeTenant tenant(clock);
        tenant.scripts["/authorize"] = [](const FakeTenant::Request &request) {
            const QByteArray error = request.query("audience") == u"urn:known"_s
                ? "login_required"
                : "access_denied&error_description=Service+not+found";
            return FakeTenant::Answer{302,
                                      {},
                                      "Location: " + request.query("redirect_uri").toUtf8()
                                          + "?error=" + error + "\r\n"};
        };
        tenant.scripts["/token"] = [](const FakeTenant::Request &request) {
            const auto credentials = QByteArray("abc:s3cret").toBase64();
            return request.header("Authorization") == "Basic " + credentials
                ? FakeTenant::error(403, u"invalid_grant"_s)
                : FakeTenant::error(401, u"invalid_client"_s);
        };
        // The tenant and the client ID come from elsewhere; the file has the rest.
        writeSettings(
            "{'apis':[{'name':'none','openapi':'api.json','baseUrl':'https://api.example',"
            "'audience':'"
            + audience + "'}]}");
        QFile document(m_directory->filePath(u"data/api.json"_s));
        QVERIFY(document.open(QIODevice::WriteOnly));
        document.write(
            json("{'openapi':'3.1.0','info':{'title':'None','version':'1'},'paths':{}}"));
        document.close();
        auto environment = withoutDisplay();
        environment.insert(u"GATEHOUSE_TENANT_ISSUER"_s, tenant.issuer());
        environment.insert(u"GATEHOUSE_CLIENT_SECRET"_s, QString::fromLatin1(secret));
        environment.insert(u"GATEHOUSE_PORT"_s, QString::number(freePorts(1)));
        environment.insert(u"GATEHOUSE_SECRET_STORE"_s, u"memory"_s);

        QProcess doctor;
        const int code =
            run(doctor,
                QStringList{u"doctor"_s, u"--json"_s, u"--client-id"_s, u"abc"_s} + dataDirectory(),
                environment, {});
        const auto report = doctor.readAllStandardOutput();
        QVERIFY2(code == (broken.isEmpty() ? Done : Failed), report.constData());
        const auto found = verdicts(report);
        for (const auto &subject :
             {u"settings"_s, u"openapi"_s, u"instance"_s, u"port"_s, u"secrets"_s, u"tenant"_s,
              u"clock"_s, u"issuer"_s, u"endpoints"_s, u"keys"_s, u"application"_s, u"api"_s,
              u"client"_s, u"offline"_s, u"logout"_s}) {
            QVERIFY2(found.value(subject) == (subject == broken ? u"problem"_s : u"ok"_s),
                     qPrintable(subject + u": "_s + QString::fromUtf8(report)));
        }
        QVERIFY(secret.isEmpty() || !report.contains(secret));
        QVERIFY(!doctor.readAllStandardError().contains("s3cret"));
        // It has only looked.
        const QDir data(m_directory->filePath(u"data"_s));
        QCOMPARE(data.entryList(QDir::Files | QDir::Hidden),
                 (QStringList{u"api.json"_s, u"gatehouse.json"_s}));
    }

    void theDoctorNamesWhoHoldsThePort()
    {
        writeSettings("{'tenant':{'domain':'acme.example'}}");
        QTcpServer other;
        QVERIFY(other.listen(QHostAddress::LocalHost));
        QProcess doctor;
        const int code = run(doctor,
                             QStringList{u"doctor"_s, u"--secret-store"_s, u"memory"_s, u"--port"_s,
                                         QString::number(other.serverPort())}
                                 + dataDirectory(),
                             withoutDisplay(), {});
        QCOMPARE(code, int(Failed));
        const auto report = doctor.readAllStandardOutput();
        QVERIFY2(report.contains("problem  settings"), report.constData());
        QVERIFY2(report.contains("problem  port") && report.contains("tst_programs"),
                 report.constData());
    }

    void theDoctorVisitsARunningDemo()
    {
        QProcess gatehouse;
        start(gatehouse, u"gatehouse"_s, options() + QStringList{u"--headless"_s},
              withoutDisplay());
        QVERIFY(isServing(true));
        const auto doctorOptions =
            QStringList{u"doctor"_s, u"--demo"_s, u"--secret-store"_s, u"memory"_s}
            + dataDirectory();
        QProcess doctor;
        const int code = run(doctor, doctorOptions, withoutDisplay(), {});
        const auto report = doctor.readAllStandardOutput();
        QVERIFY2(code == Done && report.contains("Problems: 0, warnings: 0."), report.constData());
        QVERIFY2(report.contains("held by the running Gatehouse"), report.constData());
        QVERIFY(endsInTime(gatehouse));

        QProcess later;
        QCOMPARE(run(later, doctorOptions, withoutDisplay(), {}), int(Failed));
        const auto laterReport = later.readAllStandardOutput();
        QVERIFY2(laterReport.contains("start `gatehouse --demo`"), laterReport.constData());
    }

    void theClientSecretComesFromTheInput_data()
    {
        QTest::addColumn<QByteArray>("input");
        QTest::addColumn<bool>("running");
        QTest::addColumn<int>("code");
        QTest::newRow("a line") << QByteArray("s3cret\nmore\n") << true << int(Done);
        QTest::newRow("a line without its end") << QByteArray("s3cret") << true << int(Done);
        QTest::newRow("empty") << QByteArray() << true << int(Failed);
        QTest::newRow("control character") << QByteArray("s3c\x1bret\n") << true << int(Failed);
        QTest::newRow("nobody to give it to") << QByteArray("s3cret\n") << false << int(NotRunning);
    }
    void theClientSecretComesFromTheInput()
    {
        QFETCH(QByteArray, input);
        QFETCH(bool, running);
        QFETCH(int, code);
        QProcess gatehouse;
        if (running) {
            start(gatehouse, u"gatehouse"_s, options(), withDisplay());
            QVERIFY(isServing(false)); // with windows: it gives no client more than it has
        }
        QProcess verb;
        QCOMPARE(run(verb, QStringList{u"tenant"_s, u"secret"_s, u"--demo"_s} + dataDirectory(),
                     withoutDisplay(), input),
                 code);
        const auto said = verb.readAllStandardOutput() + verb.readAllStandardError();
        QVERIFY(!said.contains("s3c"));
        if (code == Done)
            QVERIFY2(said.contains("used from now on"), said.constData());
        if (!running)
            return;
        QProcess removal;
        QCOMPARE(
            run(removal,
                QStringList{u"tenant"_s, u"secret"_s, u"--remove"_s, u"--demo"_s} + dataDirectory(),
                withoutDisplay(), {}),
            int(Done));
        QVERIFY(removal.readAllStandardOutput().contains("removed"));
        QVERIFY(endsInTime(gatehouse));
    }

    void theServiceChecksASecretItself()
    {
        QProcess gatehouse;
        start(gatehouse, u"gatehouse"_s, options() + QStringList{u"--headless"_s},
              withoutDisplay());
        QVERIFY(isServing(true));
        const InstanceOptions instance{m_directory->filePath(u"data"_s), true};
        for (const auto &secret : {QString(), u"s3c\tret"_s}) {
            const auto answer =
                askInstance(instance.dataDirectory,
                            {instance, u"tenant"_s, QJsonObject{{u"secret"_s, secret}}});
            QVERIFY(!answer);
            QCOMPARE(answer.error().exitCode, Failed);
            QVERIFY(answer.error().error.message.contains(u"client secret"_s));
        }
        QVERIFY(endsInTime(gatehouse));
    }

    void theProgramWithWindowsGetsTheSecret()
    {
        // In its place stands a program that only says what it was given.
        const auto program = m_directory->filePath(u"gatehouse"_s);
        QVERIFY(QFile::copy(QLatin1String(GATEHOUSE_PROGRAMS) + u"/gatehouse"_s, program));
        QFile windows(m_directory->filePath(u"gatehouse-tray"_s));
        QVERIFY(windows.open(QIODevice::WriteOnly));
        windows.write("#!/bin/sh\necho \"$GATEHOUSE_CLIENT_SECRET $*\"\n");
        windows.close();
        QVERIFY(windows.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner));
        auto environment = withDisplay();
        environment.insert(u"GATEHOUSE_CLIENT_SECRET"_s, u"s3cret"_s);
        QProcess gatehouse;
        gatehouse.setProcessEnvironment(environment);
        gatehouse.start(program, {u"--client-id"_s, u"abc"_s});
        QVERIFY(gatehouse.waitForFinished());
        QCOMPARE(gatehouse.readAllStandardOutput(), "s3cret --client-id abc\n");
    }

    void aTerminalDoesNotShowTheSecret()
    {
        QProcess gatehouse;
        start(gatehouse, u"gatehouse"_s, options() + QStringList{u"--headless"_s},
              withoutDisplay());
        QVERIFY(isServing(true));
        // script(1) runs it at a terminal of its own and copies what that shows.
        QProcess terminal;
        terminal.setProcessEnvironment(withoutDisplay());
        terminal.start(u"script"_s,
                       {u"-qec"_s,
                        u"%1/gatehouse tenant secret --demo --data-dir %2"_s.arg(
                            QLatin1String(GATEHOUSE_PROGRAMS), m_directory->filePath(u"data"_s)),
                        u"/dev/null"_s});
        QByteArray shown;
        QVERIFY(QTest::qWaitFor([&] {
            shown += terminal.readAllStandardOutput();
            return shown.contains("It is not shown.");
        }));
        terminal.write("s3cret\r");
        QVERIFY(QTest::qWaitFor([&] {
            shown += terminal.readAllStandardOutput();
            return shown.contains("used from now on");
        }));
        QVERIFY2(!shown.contains("s3cret"), shown.constData());
        terminal.closeWriteChannel();
        QTRY_COMPARE(terminal.state(), QProcess::NotRunning);
        QCOMPARE(terminal.exitCode(), int(Done));
        QVERIFY(endsInTime(gatehouse));
    }

    void noProgramInheritsTheClientSecret_data()
    {
        QTest::addColumn<bool>("headless");
        QTest::newRow("headless") << true;
        QTest::newRow("windows, in another program of the same process") << false;
    }
    void noProgramInheritsTheClientSecret()
    {
        QFETCH(bool, headless);
        writeSettings("{'tenant':{'issuer':'http://127.0.0.1:9/','clientId':'a'}}");
        auto environment = headless ? withoutDisplay() : withDisplay();
        environment.insert(u"GATEHOUSE_CLIENT_SECRET"_s, u"s3cret"_s);
        QProcess gatehouse;
        start(gatehouse, u"gatehouse"_s,
              QStringList{u"--port"_s, QString::number(freePorts(1)), u"--secret-store"_s,
                          u"memory"_s}
                  + dataDirectory(),
              environment);
        QVERIFY(isServing(headless));
        QFile seen(u"/proc/%1/environ"_s.arg(gatehouse.processId()));
        // A release lets nobody look.
        if (seen.open(QIODevice::ReadOnly)) {
            const auto variables = seen.readAll();
            QVERIFY(variables.contains("PATH="));
            QVERIFY(!variables.contains("s3cret"));
        }
        QVERIFY(endsInTime(gatehouse));
    }

    void aWrongVariableIsNamed()
    {
        auto environment = withoutDisplay();
        environment.insert(u"GATEHOUSE_PORT"_s, u"http"_s);
        QProcess gatehouse;
        QCOMPARE(run(gatehouse, dataDirectory(), environment, {}), int(WrongUsage));
        QVERIFY(gatehouse.readAllStandardError().contains("GATEHOUSE_PORT"));
    }

    void displayThatCannotBeOpened()
    {
        auto environment = withDisplay();
        environment.insert(u"QT_QPA_PLATFORM"_s, u"xcb"_s);
        QProcess tray;
        start(tray, u"gatehouse-tray"_s, options(), environment);
        QVERIFY(tray.waitForFinished());
        QCOMPARE(tray.exitStatus(), QProcess::NormalExit);
        QCOMPARE(tray.exitCode(), int(Failed));
        QVERIFY(tray.readAllStandardError().contains("--headless"));
    }

    void wrongUsage()
    {
        QProcess tray;
        start(tray, u"gatehouse-tray"_s, {u"status"_s}, withDisplay());
        QVERIFY(tray.waitForFinished());
        QCOMPARE(tray.exitCode(), int(WrongUsage));
    }

    void endsWithoutAService()
    {
        // No configuration: the window says so, and the program stays.
        QProcess tray;
        const QStringList real{u"--data-dir"_s, m_directory->filePath(u"data"_s)};
        start(tray, u"gatehouse-tray"_s, real, withDisplay());
        QVERIFY(QTest::qWaitFor(
            [this] {
                const auto answer = status();
                return !answer && answer.error().error.message.contains(u"configuration"_s);
            },
            10'000));
        QProcess doctor;
        QCOMPARE(run(doctor,
                     QStringList{u"doctor"_s, u"--json"_s, u"--secret-store"_s, u"memory"_s}
                         + dataDirectory(),
                     withoutDisplay(), {}),
                 int(Failed));
        QCOMPARE(verdicts(doctor.readAllStandardOutput()).value(u"instance"_s), u"warning"_s);
        QVERIFY(endsInTime(tray));
    }
};

QTEST_GUILESS_MAIN(TestPrograms)
#include "tst_programs.moc"
