// SPDX-License-Identifier: GPL-3.0-or-later
#include <app/program.h>

#include <app/client_secret.h>
#include <app/command_line.h>
#include <app/control_client.h>
#include <app/data_directory.h>
#include <app/doctor.h>
#include <app/doctor_report.h>
#include <app/headless_service.h>
#include <app/sign_out.h>
#include <app/terminal.h>
#include <app/verb_text.h>
#include <base/json.h>
#include <base/logging.h>
#include <base/platform/console.h>
#include <base/platform/process.h>
#include <secrets/secret_store.h>

#include <QCoreApplication>
#include <QJsonDocument>
#include <QTextStream>
#include <QTimer>

#include <cstdio>
#include <utility>

namespace gatehouse::app {

using namespace Qt::StringLiterals;

namespace {

QByteArray jsonText(const QJsonValue &value)
{
    return value.isArray() ? toCompactJson(value.toArray()) : toCompactJson(value.toObject());
}

/// What the command line must not say, because every program sees it there.
Result<std::monostate> completeFromInput(VerbCommand &command)
{
    if (command.verb != "tenant"_L1 || command.arguments.value(u"remove"_s).toBool())
        return std::monostate();
    const auto secret = askForClientSecret();
    if (!secret)
        return fail(secret.error());
    command.arguments.insert(u"secret"_s, QString::fromLatin1(secret->reveal()));
    return std::monostate();
}

/// `signout` says what it means before it does it; where nobody is there to answer, it does not.
Result<std::monostate, VerbFailure> confirm(VerbCommand &command)
{
    if (command.verb != "signout"_L1 || !command.arguments.value(u"ask"_s).toBool())
        return std::monostate();
    const auto meant = askInstance(dataDirectoryFor(command.instance), command);
    if (!meant)
        return fail(meant.error());
    const auto consequence = signOutConsequence(meant->toObject());
    if (!platform::isInputTerminal()) {
        return fail(VerbFailure{Failed,
                                {consequence + u" Nothing was changed."_s,
                                 u"Add --yes to sign out without being asked."_s}});
    }
    sayAside(consequence);
    sayAside(u"Sign out? Type y and press Enter."_s);
    QTextStream input(stdin);
    if (input.readLine().trimmed().compare("y"_L1, Qt::CaseInsensitive) != 0)
        return fail(VerbFailure{Failed, {u"Nothing was changed."_s}});
    command.arguments.insert(u"id"_s, meant->toObject().value(u"account"_s));
    command.arguments.insert(u"ask"_s, false);
    return std::monostate();
}

int runVerb(VerbCommand command)
{
    if (const auto completed = completeFromInput(command); !completed) {
        complain(completed.error());
        return Failed;
    }
    if (const auto confirmed = confirm(command); !confirmed) {
        complain(confirmed.error().error);
        return confirmed.error().exitCode;
    }
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

int diagnose(const DoctorCommand &command)
{
    installLogSink();
    Doctor doctor(command.serve, secrets::makeKeychainStore);
    QTimer::singleShot(0, &doctor, [&] {
        doctor.run([&](const Findings &findings) {
            const auto text = command.json ? toCompactJson(reportJson(findings)) + '\n'
                                           : reportText(findings).toUtf8();
            std::fputs(text.constData(), stdout);
            QCoreApplication::exit(isHealthy(findings) ? Done : Failed);
        });
    });
    return QCoreApplication::exec();
}

/// Becomes gatehouse-tray where a display exists; returns otherwise.
void serveWithWindows(const Secret &clientSecret)
{
    if (!platform::hasDisplay())
        return say(u"There is no display, so Gatehouse runs without windows."_s);
    const auto program = QCoreApplication::applicationDirPath() + u"/gatehouse-tray"_s;
    handOnClientSecret(clientSecret);
    platform::becomeProgram(program, QCoreApplication::arguments().mid(1));
    [[maybe_unused]] const auto takenBack = takeEnvironment();
    say(u"%1 cannot be started, so Gatehouse runs without windows."_s.arg(program));
}

int serve(QCoreApplication &application, const ServeCommand &command,
          const AddFeatures &addFeatures)
{
    if (!command.headless)
        serveWithWindows(command.clientSecret);
    installLogSink();
    platform::raiseDescriptorLimit();
    HeadlessService service(command, addFeatures);
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

int runProgram(int argc, char *argv[], const AddFeatures &addFeatures)
{
    platform::hardenProcess();
    const auto environment = takeEnvironment();
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(u"gatehouse"_s);
    QCoreApplication::setApplicationVersion(QStringLiteral(GATEHOUSE_VERSION));

    const auto command = parseCommandLine(QCoreApplication::arguments().mid(1), environment);
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
    if (const auto *doctor = std::get_if<DoctorCommand>(&*command))
        return diagnose(*doctor);
    return serve(application, std::get<ServeCommand>(*command), addFeatures);
}

} // namespace gatehouse::app
