// SPDX-License-Identifier: GPL-3.0-or-later
#include <app/command_line.h>

#include <app/duration.h>

#include <QCommandLineParser>
#include <QDir>
#include <QRegularExpression>

namespace gatehouse::app {

using namespace Qt::StringLiterals;

namespace {

struct VerbShape {
    QLatin1String name;
    QLatin1String arguments; ///< for usage
    int least = 0;
    int most = 0;
};

constexpr std::array kVerbs{
    VerbShape{"status"_L1, ""_L1, 0, 0},
    VerbShape{"approvals"_L1, ""_L1, 0, 0},
    VerbShape{"clients"_L1, ""_L1, 0, 0},
    VerbShape{"activity"_L1, ""_L1, 0, 0},
    VerbShape{"approve"_L1, "ID [--scopes \"a b\"] [--account ID] [--for DURATION]"_L1, 1, 1},
    VerbShape{"deny"_L1, "ID"_L1, 1, 1},
    VerbShape{"revoke"_L1, "ID | --all"_L1, 0, 1},
    VerbShape{"pause"_L1, "[DURATION]"_L1, 0, 1},
    VerbShape{"resume"_L1, ""_L1, 0, 0},
    VerbShape{"token"_L1, "create NAME [--scopes \"a b\"] [--account ID] [--for DURATION]"_L1, 2,
              2},
    VerbShape{"signin"_L1, ""_L1, 0, 0},
};

QString usage()
{
    QString text = u"Usage:\n"
                   "  gatehouse [--headless] [--demo] [--data-dir DIR] [--port N]\n"
                   "            [--secret-store keychain|memory]      start the service\n"_s;
    for (const auto &verb : kVerbs)
        text += u"  gatehouse %1 %2\n"_s.arg(verb.name, verb.arguments);
    return text
        + u"\nEvery verb takes --json, --data-dir DIR and --demo and talks to the running "
          "service.\nDURATION is a number and s, m, h or d, or until-revoked (default 30d).\n"
          "Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 not running.\n"_s;
}

const VerbShape *findVerb(const QString &name)
{
    for (const auto &verb : kVerbs) {
        if (name == verb.name)
            return &verb;
    }
    return nullptr;
}

tl::unexpected<Error> wrong(const QString &what)
{
    return fail(Error{what, usage()});
}

/// Every option, with the commands it belongs to; anything else is refused rather than ignored.
struct Options {
    QCommandLineOption dataDir{u"data-dir"_s, {}, u"DIR"_s};
    QCommandLineOption demo{u"demo"_s};
    QCommandLineOption port{u"port"_s, {}, u"N"_s};
    QCommandLineOption headless{u"headless"_s};
    QCommandLineOption secretStore{u"secret-store"_s, {}, u"KIND"_s};
    QCommandLineOption demoIssuerHost{u"demo-issuer-host"_s, {}, u"HOST"_s};
    QCommandLineOption json{u"json"_s};
    QCommandLineOption scopes{u"scopes"_s, {}, u"LIST"_s};
    QCommandLineOption account{u"account"_s, {}, u"ID"_s};
    QCommandLineOption duration{u"for"_s, {}, u"DURATION"_s};
    QCommandLineOption all{u"all"_s};
    QCommandLineOption help{{u"h"_s, u"help"_s}};
    QCommandLineOption version{{u"v"_s, u"version"_s}};

    [[nodiscard]] QList<QCommandLineOption> everything() const
    {
        return {dataDir, demo,    port,     headless, secretStore, demoIssuerHost, json,
                scopes,  account, duration, all,      help,        version};
    }
    [[nodiscard]] QStringList allowedFor(const QString &verb) const
    {
        QStringList names{u"data-dir"_s, u"demo"_s};
        if (verb.isEmpty()) {
            return names
                + QStringList{u"port"_s, u"headless"_s, u"secret-store"_s, u"demo-issuer-host"_s};
        }
        names.append(u"json"_s);
        if (verb == "approve"_L1 || verb == "token"_L1)
            names += {u"scopes"_s, u"account"_s, u"for"_s};
        if (verb == "revoke"_L1)
            names += {u"all"_s};
        return names;
    }
};

Result<Command> serveCommand(const QCommandLineParser &parser, const Options &options,
                             const InstanceOptions &instance)
{
    ServeCommand command{instance};
    command.headless = parser.isSet(options.headless);
    if (parser.isSet(options.port)) {
        bool ok = false;
        const auto port = parser.value(options.port).toUShort(&ok);
        if (!ok || (instance.demo && port > 65533))
            return wrong(u"--port takes a number from 0 to 65535."_s);
        command.port = port;
    }
    if (parser.isSet(options.secretStore)) {
        const auto kind = parser.value(options.secretStore);
        if (kind != "keychain"_L1 && kind != "memory"_L1)
            return wrong(u"--secret-store takes keychain or memory."_s);
        command.secretStore =
            kind == "memory"_L1 ? SecretStoreKind::Memory : SecretStoreKind::Keychain;
    }
    if (parser.isSet(options.demoIssuerHost)) {
        command.demoIssuerHost = parser.value(options.demoIssuerHost);
        if (!instance.demo
            || (command.demoIssuerHost != "localhost"_L1
                && command.demoIssuerHost != "127.0.0.1"_L1))
            return wrong(u"--demo-issuer-host takes localhost or 127.0.0.1, with --demo."_s);
    }
    return command;
}

Result<Command> verbCommand(const QCommandLineParser &parser, const Options &options,
                            const InstanceOptions &instance)
{
    auto positional = parser.positionalArguments();
    VerbCommand command{instance, positional.takeFirst(), {}, parser.isSet(options.json)};
    const VerbShape *shape = findVerb(command.verb);
    if (shape == nullptr)
        return wrong(u"\"%1\" is not a verb."_s.arg(command.verb));
    if (positional.size() < shape->least || positional.size() > shape->most)
        return wrong(u"%1 takes: %2"_s.arg(command.verb, shape->arguments));
    auto &arguments = command.arguments;

    if (command.verb == "pause"_L1) {
        if (positional.isEmpty())
            return command;
        const auto duration = parseDuration(positional.first());
        if (!duration || !*duration)
            return wrong(u"\"%1\" is not a duration."_s.arg(positional.first()));
        arguments.insert(u"durationMs"_s, qint64((*duration)->count()));
        return command;
    }
    if (command.verb == "revoke"_L1 && positional.isEmpty() != parser.isSet(options.all))
        return wrong(u"revoke takes an ID or --all."_s);
    if (command.verb == "token"_L1) {
        if (positional.first() != "create"_L1)
            return wrong(u"token takes: %1"_s.arg(shape->arguments));
        arguments.insert(u"name"_s, positional.at(1));
    } else if (!positional.isEmpty()) {
        arguments.insert(u"id"_s, positional.first());
    }
    if (parser.isSet(options.scopes)) {
        const auto scopes = parser.value(options.scopes).split(u' ', Qt::SkipEmptyParts);
        if (scopes.isEmpty())
            return wrong(u"--scopes needs at least one scope."_s);
        arguments.insert(u"scopes"_s, scopes.join(u' '));
    }
    if (parser.isSet(options.account))
        arguments.insert(u"account"_s, parser.value(options.account));
    if (command.verb == "approve"_L1 || command.verb == "token"_L1) {
        const auto text =
            parser.isSet(options.duration) ? parser.value(options.duration) : u"30d"_s;
        const auto duration = parseDuration(text);
        if (!duration)
            return wrong(duration.error().forPerson());
        if (*duration)
            arguments.insert(u"durationMs"_s, qint64((*duration)->count()));
    }
    return command;
}

/// POSIX.1-2024, Shell Command Language, 2.2.2: nothing has a meaning between single quotes.
QString quotedForShell(const QString &word)
{
    static const QRegularExpression plain(u"\\A[A-Za-z0-9_./:-]+\\z"_s);
    if (plain.match(word).hasMatch())
        return word;
    return u'\'' + QString(word).replace(u'\'', u"'\\''"_s) + u'\'';
}

} // namespace

Result<Command> parseCommandLine(const QStringList &arguments)
{
    const Options options;
    QCommandLineParser parser;
    parser.addOptions(options.everything());
    if (!parser.parse(QStringList{u"gatehouse"_s} + arguments))
        return wrong(parser.errorText());
    if (parser.isSet(options.help))
        return PrintCommand{usage()};
    if (parser.isSet(options.version))
        return PrintCommand{u"gatehouse %1\n"_s.arg(QLatin1String(GATEHOUSE_VERSION))};

    const auto verb = parser.positionalArguments().value(0);
    const auto allowed = options.allowedFor(verb);
    const auto given = parser.optionNames();
    for (const auto &name : given) {
        if (!allowed.contains(name))
            return wrong(u"--%1 does not belong here."_s.arg(name));
    }
    InstanceOptions instance;
    instance.demo = parser.isSet(options.demo);
    if (parser.isSet(options.dataDir)) {
        if (parser.value(options.dataDir).isEmpty())
            return wrong(u"--data-dir needs a directory."_s);
        instance.dataDirectory = QDir(parser.value(options.dataDir)).absolutePath();
    }
    return verb.isEmpty() ? serveCommand(parser, options, instance)
                          : verbCommand(parser, options, instance);
}

QString verbOptions(const InstanceOptions &instance)
{
    if (!instance.dataDirectory.isEmpty())
        return u" --data-dir "_s + quotedForShell(instance.dataDirectory);
    return instance.demo ? u" --demo"_s : QString();
}

} // namespace gatehouse::app
