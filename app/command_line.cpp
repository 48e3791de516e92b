// SPDX-License-Identifier: GPL-3.0-or-later
#include <app/command_line.h>

#include <app/duration.h>
#include <base/text.h>
#include <service/client_secret.h>

#include <QCommandLineParser>
#include <QDir>
#include <QRegularExpression>

namespace gatehouse::app {

using namespace Qt::StringLiterals;

namespace {

/// No verb for the running service: it works without one.
constexpr auto kDoctor = "doctor"_L1;

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
    VerbShape{"signout"_L1, "[ID|EMAIL] [--yes]"_L1, 0, 1},
    VerbShape{"tenant"_L1, "secret [--remove]"_L1, 1, 1},
};

QString usage()
{
    QString text = u"Usage:\n"
                   "  gatehouse [--headless] [--demo] [--data-dir DIR] [--port N]\n"
                   "            [--secret-store keychain|memory] [--tenant DOMAIN|ISSUER]\n"
                   "            [--client-id ID]                      start the service\n"
                   "  gatehouse doctor [the same options]             check what a start needs\n"_s;
    for (const auto &verb : kVerbs)
        text += u"  gatehouse %1 %2\n"_s.arg(verb.name, verb.arguments);
    return text
        + u"\nEvery verb takes --json, --data-dir DIR and --demo and talks to the running "
          "service.\nDURATION is a number and s, m, h or d, or until-revoked (default 30d).\n"
          "tenant secret reads the client secret from standard input.\n"
          "The variables GATEHOUSE_PORT, GATEHOUSE_DATA_DIR, GATEHOUSE_SECRET_STORE,\n"
          "GATEHOUSE_TENANT_DOMAIN, GATEHOUSE_TENANT_ISSUER and GATEHOUSE_CLIENT_ID say the same\n"
          "as options; GATEHOUSE_CLIENT_SECRET is used for one run.\n"
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
    QCommandLineOption tenant{u"tenant"_s, {}, u"DOMAIN|ISSUER"_s};
    QCommandLineOption clientId{u"client-id"_s, {}, u"ID"_s};
    QCommandLineOption demoIssuerHost{u"demo-issuer-host"_s, {}, u"HOST"_s};
    QCommandLineOption json{u"json"_s};
    QCommandLineOption scopes{u"scopes"_s, {}, u"LIST"_s};
    QCommandLineOption account{u"account"_s, {}, u"ID"_s};
    QCommandLineOption duration{u"for"_s, {}, u"DURATION"_s};
    QCommandLineOption all{u"all"_s};
    QCommandLineOption remove{u"remove"_s};
    QCommandLineOption yes{u"yes"_s};
    QCommandLineOption help{{u"h"_s, u"help"_s}};
    QCommandLineOption version{{u"v"_s, u"version"_s}};

    [[nodiscard]] QList<QCommandLineOption> everything() const
    {
        return {dataDir,  demo,           port, headless, secretStore, tenant,
                clientId, demoIssuerHost, json, scopes,   account,     duration,
                all,      remove,         yes,  help,     version};
    }
    [[nodiscard]] QStringList allowedFor(const QString &verb) const
    {
        QStringList names{u"data-dir"_s, u"demo"_s};
        if (verb.isEmpty() || verb == kDoctor)
            names += {u"port"_s, u"secret-store"_s, u"tenant"_s, u"client-id"_s};
        if (verb.isEmpty())
            return names + QStringList{u"headless"_s, u"demo-issuer-host"_s};
        names.append(u"json"_s);
        if (verb == "approve"_L1 || verb == "token"_L1)
            names += {u"scopes"_s, u"account"_s, u"for"_s};
        if (verb == "revoke"_L1)
            names += {u"all"_s};
        if (verb == "tenant"_L1)
            names += {u"remove"_s};
        if (verb == "signout"_L1)
            names += {u"yes"_s};
        return names;
    }
};

/// What an option and the variable of the same meaning say: the option wins.
struct Given {
    QString value;
    QString name; ///< of the option or variable, for complaints; empty when neither is there
    bool isOption = false;
};

Given given(const QCommandLineParser &parser, const QCommandLineOption &option,
            const QString &variable, const QString &itsValue)
{
    if (parser.isSet(option))
        return {parser.value(option), u"--"_s + option.names().constFirst(), true};
    return itsValue.isEmpty() ? Given{} : Given{itsValue, variable};
}

tl::unexpected<Error> wrong(const Given &given, const QString &what)
{
    const auto sentence = u"%1 %2."_s.arg(given.name, what);
    if (given.isOption)
        return wrong(sentence);
    return fail(Error{sentence, u"Correct this variable of the environment, or unset it."_s});
}

Result<std::monostate> readPort(ServeCommand &command, const Given &given)
{
    if (given.name.isEmpty())
        return std::monostate();
    bool ok = false;
    const auto port = given.value.toUShort(&ok);
    if (!ok || (command.instance.demo && port > 65533))
        return wrong(given, u"takes a number from 0 to 65535"_s);
    command.port = port;
    return std::monostate();
}

Result<std::monostate> readSecretStore(ServeCommand &command, const Given &given)
{
    if (given.name.isEmpty())
        return std::monostate();
    if (given.value != "keychain"_L1 && given.value != "memory"_L1)
        return wrong(given, u"takes keychain or memory"_s);
    command.secretStore =
        given.value == "memory"_L1 ? SecretStoreKind::Memory : SecretStoreKind::Keychain;
    return std::monostate();
}

/// The tenant as the option names it, or as one of two variables does.
Result<Given> givenTenant(const QCommandLineParser &parser, const Options &options,
                          const Environment &environment)
{
    const Given domain{environment.tenantDomain, u"GATEHOUSE_TENANT_DOMAIN"_s};
    const Given issuer{environment.tenantIssuer, u"GATEHOUSE_TENANT_ISSUER"_s};
    if (parser.isSet(options.tenant))
        return given(parser, options.tenant, {}, {});
    if (!domain.value.isEmpty() && !issuer.value.isEmpty())
        return wrong(domain, u"and GATEHOUSE_TENANT_ISSUER say the same thing: keep one"_s);
    if (domain.value.contains("://"_L1))
        return wrong(domain, tenantIssuer(u"/"_s).error().message);
    if (!issuer.value.isEmpty() && !issuer.value.contains("://"_L1))
        return wrong(issuer, tenantIssuer(u"://"_s).error().message);
    if (!domain.value.isEmpty())
        return domain;
    return issuer.value.isEmpty() ? Given{} : issuer;
}

Result<std::monostate> readTenant(ServeCommand &command, const Given &tenant, const Given &clientId)
{
    if (!tenant.name.isEmpty()) {
        const auto issuer = tenantIssuer(tenant.value);
        if (!issuer)
            return wrong(tenant, issuer.error().message);
        command.tenant.issuer = *issuer;
    }
    if (clientId.name.isEmpty())
        return std::monostate();
    if (!isVisibleAscii(clientId.value.toUtf8()))
        return wrong(clientId, u"takes the client ID as the tenant shows it"_s);
    command.tenant.clientId = clientId.value;
    return std::monostate();
}

Result<std::monostate> readClientSecret(ServeCommand &command, const Environment &environment)
{
    if (environment.clientSecret.isEmpty())
        return std::monostate();
    auto secret = checkClientSecret(environment.clientSecret.reveal());
    if (!secret) {
        return wrong(Given{{}, u"GATEHOUSE_CLIENT_SECRET"_s},
                     u"holds no client secret: "_s + secret.error().message);
    }
    command.clientSecret = *std::move(secret);
    return std::monostate();
}

/// The demo brings its own tenant: options that name another would do nothing, and variables that
/// are set for everything else stay without effect.
Result<std::monostate> readOverrides(ServeCommand &command, const QCommandLineParser &parser,
                                     const Options &options, const Environment &environment)
{
    if (command.instance.demo) {
        for (const auto &option : {options.tenant, options.clientId}) {
            if (parser.isSet(option)) {
                return wrong(u"--%1 does nothing with --demo, which brings its own tenant."_s.arg(
                    option.names().constFirst()));
            }
        }
        return std::monostate();
    }
    const auto tenant = givenTenant(parser, options, environment);
    if (!tenant)
        return fail(tenant.error());
    const auto clientId =
        given(parser, options.clientId, u"GATEHOUSE_CLIENT_ID"_s, environment.clientId);
    return readTenant(command, *tenant, clientId).and_then([&](std::monostate) {
        return readClientSecret(command, environment);
    });
}

Result<ServeCommand> serveCommand(const QCommandLineParser &parser, const Options &options,
                                  const InstanceOptions &instance, const Environment &environment)
{
    ServeCommand command{instance};
    command.headless = parser.isSet(options.headless);
    const auto read =
        readPort(command, given(parser, options.port, u"GATEHOUSE_PORT"_s, environment.port))
            .and_then([&](std::monostate) {
                return readSecretStore(command,
                                       given(parser, options.secretStore,
                                             u"GATEHOUSE_SECRET_STORE"_s, environment.secretStore));
            })
            .and_then([&](std::monostate) {
                return readOverrides(command, parser, options, environment);
            });
    if (!read)
        return fail(read.error());
    if (parser.isSet(options.demoIssuerHost)) {
        command.demoIssuerHost = parser.value(options.demoIssuerHost);
        if (!instance.demo
            || (command.demoIssuerHost != "localhost"_L1
                && command.demoIssuerHost != "127.0.0.1"_L1))
            return wrong(u"--demo-issuer-host takes localhost or 127.0.0.1, with --demo."_s);
    }
    return command;
}

/// Options of a start, and checks instead of one.
Result<DoctorCommand> doctorCommand(const QCommandLineParser &parser, const Options &options,
                                    const InstanceOptions &instance, const Environment &environment)
{
    if (parser.positionalArguments().size() > 1)
        return wrong(u"doctor takes options only."_s);
    return serveCommand(parser, options, instance, environment).map([&](const ServeCommand &serve) {
        return DoctorCommand{serve, parser.isSet(options.json)};
    });
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
    } else if (command.verb == "tenant"_L1) {
        if (positional.first() != "secret"_L1)
            return wrong(u"tenant takes: %1"_s.arg(shape->arguments));
        arguments.insert(u"remove"_s, parser.isSet(options.remove));
    } else if (!positional.isEmpty()) {
        arguments.insert(u"id"_s, positional.first());
    }
    if (command.verb == "signout"_L1)
        arguments.insert(u"ask"_s, !parser.isSet(options.yes));
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

Result<Command> parseCommandLine(const QStringList &arguments, const Environment &environment)
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
    } else if (!environment.dataDirectory.isEmpty()) {
        instance.dataDirectory = QDir(environment.dataDirectory).absolutePath();
    }
    if (verb.isEmpty())
        return serveCommand(parser, options, instance, environment);
    if (verb == kDoctor)
        return doctorCommand(parser, options, instance, environment);
    return verbCommand(parser, options, instance);
}

QString verbOptions(const InstanceOptions &instance)
{
    if (!instance.dataDirectory.isEmpty())
        return u" --data-dir "_s + quotedForShell(instance.dataDirectory);
    return instance.demo ? u" --demo"_s : QString();
}

} // namespace gatehouse::app
