// SPDX-License-Identifier: GPL-3.0-or-later
#include <app/control_client.h>
#include <app/data_directory.h>

#include <QElapsedTimer>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace gatehouse;
using namespace gatehouse::app;

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
        return process.waitForFinished(10'000) && timer.elapsed() < 5000
            && process.exitStatus() == QProcess::NormalExit && process.exitCode() == Done;
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
        QVERIFY(endsInTime(tray));
    }
};

QTEST_GUILESS_MAIN(TestPrograms)
#include "tst_programs.moc"
