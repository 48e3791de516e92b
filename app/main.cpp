// SPDX-License-Identifier: GPL-3.0-or-later
#include <app/command_line.h>
#include <app/control_client.h>
#include <app/data_directory.h>
#include <app/headless_service.h>
#include <app/verb_text.h>
#include <base/json.h>
#include <base/logging.h>
#include <base/platform/process.h>

#include <QCoreApplication>
#include <QJsonDocument>
#include <QTimer>

#include <cstdio>
#include <utility>

namespace {

using namespace gatehouse;
using namespace gatehouse::app;

void complain(const Error &error)
{
    std::fprintf(stderr, "gatehouse: %s\n", qUtf8Printable(error.forPerson()));
}

QByteArray jsonText(const QJsonValue &value)
{
    return value.isArray() ? toCompactJson(value.toArray()) : toCompactJson(value.toObject());
}

int runVerb(const VerbCommand &command)
{
    const auto answer = askInstance(dataDirectoryFor(command.instance), command);
    if (!answer) {
        complain(answer.error().error);
        return answer.error().exitCode;
    }
    const QByteArray text =
        command.json ? jsonText(*answer) + '\n' : textFor(command, *answer).toUtf8();
    std::fputs(text.constData(), stdout);
    return Done;
}

int serve(QCoreApplication &application, const ServeCommand &command)
{
    installLogSink();
    platform::raiseDescriptorLimit();
    HeadlessService service(command);
    bool ending = false;
    platform::onTerminationSignal(&application, [&] {
        // Who asks twice does not want to wait.
        if (std::exchange(ending, true))
            return QCoreApplication::exit(Done);
        service.finish([] { QCoreApplication::exit(Done); });
    });
    QTimer::singleShot(0, &service, [&] {
        service.start([](const Result<std::monostate> &started) {
            if (!started) {
                complain(started.error());
                QCoreApplication::exit(Failed);
            }
        });
    });
    return QCoreApplication::exec();
}

} // namespace

int main(int argc, char *argv[])
{
    platform::hardenProcess();
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("gatehouse"));
    QCoreApplication::setApplicationVersion(QStringLiteral(GATEHOUSE_VERSION));

    const auto command = parseCommandLine(QCoreApplication::arguments().mid(1));
    if (!command) {
        complain(command.error());
        return WrongUsage;
    }
    if (const auto *print = std::get_if<PrintCommand>(&*command)) {
        std::fputs(qUtf8Printable(print->text), stdout);
        return Done;
    }
    if (const auto *verb = std::get_if<VerbCommand>(&*command))
        return runVerb(*verb);
    return serve(application, std::get<ServeCommand>(*command));
}
