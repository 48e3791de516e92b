// SPDX-License-Identifier: GPL-3.0-or-later
#include <app/control_client.h>
#include <app/service_desk.h>
#include <app/terminal.h>
#include <base/logging.h>
#include <base/platform/process.h>
#include <ui/desk_windows.h>
#include <ui/look.h>

#include <QApplication>
#include <QDBusConnection>
#include <QDeadlineTimer>
#include <QDesktopServices>
#include <QSystemTrayIcon>
#include <QThread>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

namespace {

using namespace gatehouse;
using namespace gatehouse::app;
using namespace Qt::StringLiterals;

/// How long a first instance may take from its lock to its control socket.
constexpr auto kFirstInstancePatience = 5s;

/// Qt ends the process with abort() when it cannot open the display: this answers first.
void explainDisplay(QtMsgType type, const QMessageLogContext &, const QString &message)
{
    if (type != QtFatalMsg)
        return;
    complain({u"The display cannot be opened, so no window can be shown."_s,
              u"Run `gatehouse --headless` to do without windows."_s});
    std::fprintf(stderr, "%s\n", qUtf8Printable(message));
    std::_Exit(Failed);
}

QStringList argumentsOf(int argc, char *argv[])
{
    QStringList arguments;
    for (int i = 1; i < argc; ++i)
        arguments.append(QString::fromLocal8Bit(argv[i]));
    return arguments;
}

/// Asks the instance that holds the data directory for its window.
int showFirstInstance(const InstanceOptions &instance)
{
    const QDeadlineTimer deadline(kFirstInstancePatience);
    for (;;) {
        const auto shown = askInstance(dataDirectoryFor(instance), {instance, kShowVerb});
        if (shown)
            return Done;
        if (shown.error().exitCode != NotRunning || deadline.hasExpired()) {
            complain(shown.error().error);
            return Failed;
        }
        QThread::msleep(100);
    }
}

int showWindows(QApplication &application, const ServeCommand &command,
                std::unique_ptr<DataDirectory> directory)
{
    ServiceDesk desk(command, std::move(directory));
    ui::installLook(application);
    auto windows = std::make_unique<ui::DeskWindows>(
        desk,
        ui::DeskWindows::Desktop{QDBusConnection::sessionBus(),
                                 &QSystemTrayIcon::isSystemTrayAvailable,
                                 &QDesktopServices::openUrl});
    const auto end = [&desk, &windows] {
        // Who asks twice does not want to wait.
        if (!std::exchange(windows, nullptr))
            return QCoreApplication::exit(Done);
        desk.finish([] { QCoreApplication::exit(Done); });
    };
    platform::onTerminationSignal(&application, end);
    QObject::connect(windows.get(), &ui::DeskWindows::quitWanted, &application, end,
                     Qt::QueuedConnection);
    desk.start();
    windows->start();
    return QApplication::exec();
}

int serve(QApplication &application, const ServeCommand &command)
{
    platform::raiseDescriptorLimit();
    // Another failure is shown in the window, where the person can try again.
    auto directory = DataDirectory::open(dataDirectoryFor(command.instance));
    if (!directory && directory.error().inUse)
        return showFirstInstance(command.instance);
    return showWindows(application, command,
                       directory ? *std::move(directory) : std::unique_ptr<DataDirectory>());
}

} // namespace

int main(int argc, char *argv[])
{
    platform::hardenProcess();
    const auto command = parseCommandLine(argumentsOf(argc, argv), takeEnvironment());
    if (!command) {
        complain(command.error());
        return WrongUsage;
    }
    if (const auto *print = std::get_if<PrintCommand>(&*command)) {
        std::fputs(qUtf8Printable(print->text), stdout);
        return Done;
    }
    const auto *serving = std::get_if<ServeCommand>(&*command);
    if (serving == nullptr || serving->headless) {
        complain({u"gatehouse-tray only shows windows."_s, u"Use `gatehouse` for this."_s});
        return WrongUsage;
    }

    qInstallMessageHandler(explainDisplay);
    QApplication application(argc, argv);
    installLogSink();
    QApplication::setApplicationName(u"gatehouse"_s);
    QApplication::setApplicationVersion(QStringLiteral(GATEHOUSE_VERSION));
    QApplication::setDesktopFileName(u"gatehouse"_s);
    QApplication::setQuitOnLastWindowClosed(false);
    return serve(application, *serving);
}
