// SPDX-License-Identifier: GPL-3.0-or-later
#include <app/command_line.h>
#include <service/client_secret.h>
#include <app/data_directory.h>
#include <app/duration.h>
#include <app/ports.h>
#include <base/random.h>
#include <app/verb_text.h>

#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace gatehouse;
using namespace gatehouse::app;

Q_DECLARE_METATYPE(gatehouse::app::Environment)

class TestCommandLine : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void wrongUsage_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::newRow("unknown verb") << QStringList{u"dance"_s};
        QTest::newRow("unknown option") << QStringList{u"--dance"_s};
        QTest::newRow("approve without ID") << QStringList{u"approve"_s};
        QTest::newRow("approve with two") << QStringList{u"approve"_s, u"a"_s, u"b"_s};
        QTest::newRow("revoke without anything") << QStringList{u"revoke"_s};
        QTest::newRow("revoke ID and --all") << QStringList{u"revoke"_s, u"a"_s, u"--all"_s};
        QTest::newRow("--all elsewhere") << QStringList{u"deny"_s, u"a"_s, u"--all"_s};
        QTest::newRow("--json without verb") << QStringList{u"--json"_s};
        QTest::newRow("--port with a verb") << QStringList{u"status"_s, u"--port"_s, u"1"_s};
        QTest::newRow("port too high") << QStringList{u"--port"_s, u"65536"_s};
        QTest::newRow("port is a word") << QStringList{u"--port"_s, u"http"_s};
        QTest::newRow("no room for the demo's ports")
            << QStringList{u"--demo"_s, u"--port"_s, u"65534"_s};
        QTest::newRow("secret store") << QStringList{u"--secret-store"_s, u"file"_s};
        QTest::newRow("issuer host without demo")
            << QStringList{u"--demo-issuer-host"_s, u"127.0.0.1"_s};
        QTest::newRow("bad duration") << QStringList{u"approve"_s, u"a"_s, u"--for"_s, u"soon"_s};
        QTest::newRow("pause until revoked") << QStringList{u"pause"_s, u"until-revoked"_s};
        QTest::newRow("empty scopes") << QStringList{u"approve"_s, u"a"_s, u"--scopes"_s, u" "_s};
        QTest::newRow("tenant without a word") << QStringList{u"tenant"_s};
        QTest::newRow("tenant with another word") << QStringList{u"tenant"_s, u"dance"_s};
        QTest::newRow("a secret among the arguments")
            << QStringList{u"tenant"_s, u"secret"_s, u"s3cret"_s};
        QTest::newRow("--remove elsewhere") << QStringList{u"deny"_s, u"a"_s, u"--remove"_s};
        QTest::newRow("doctor with a word") << QStringList{u"doctor"_s, u"all"_s};
        QTest::newRow("doctor is not headless") << QStringList{u"doctor"_s, u"--headless"_s};
        QTest::newRow("--tenant with a verb")
            << QStringList{u"status"_s, u"--tenant"_s, u"a.example"_s};
        QTest::newRow("tenant with a port") << QStringList{u"--tenant"_s, u"acme.example:443"_s};
        QTest::newRow("tenant in the clear")
            << QStringList{u"--tenant"_s, u"http://acme.example/"_s};
        QTest::newRow("client ID with a line break") << QStringList{u"--client-id"_s, u"a\nb"_s};
        QTest::newRow("empty client ID") << QStringList{u"--client-id"_s, QString()};
        QTest::newRow("--tenant with the demo")
            << QStringList{u"--demo"_s, u"--tenant"_s, u"a.example"_s};
        QTest::newRow("--client-id with the demo")
            << QStringList{u"doctor"_s, u"--demo"_s, u"--client-id"_s, u"a"_s};
        QTest::newRow("there is no option for the secret")
            << QStringList{u"--client-secret"_s, u"s3cret"_s};
    }
    void wrongUsage()
    {
        QFETCH(QStringList, arguments);
        const auto command = parseCommandLine(arguments);
        QVERIFY(!command);
        QVERIFY(command.error().remedy.contains(u"Usage:"_s));
    }

    void theEnvironmentSaysTheSame()
    {
        const Environment environment{
            u"9000"_s, u"/tmp/of the variable"_s, u"memory"_s, u"acme.example"_s, {},
            u"abc"_s,  Secret("s3cret")};
        const auto alone = parseCommandLine({}, environment);
        QVERIFY(alone);
        const auto &serve = std::get<ServeCommand>(*alone);
        QCOMPARE(serve.port, std::optional<quint16>(9000));
        QCOMPARE(serve.instance.dataDirectory, u"/tmp/of the variable"_s);
        QCOMPARE(serve.secretStore, SecretStoreKind::Memory);
        QCOMPARE(serve.tenant.issuer, u"https://acme.example/"_s);
        QCOMPARE(serve.tenant.clientId, u"abc"_s);
        QVERIFY(serve.clientSecret.equals("s3cret"));

        // Verbs look for the same instance, and need nothing else of it.
        const auto verb = parseCommandLine({u"status"_s}, environment);
        QCOMPARE(std::get<VerbCommand>(*verb).instance.dataDirectory, u"/tmp/of the variable"_s);

        const auto doctor = parseCommandLine({u"doctor"_s, u"--json"_s}, environment);
        QVERIFY(doctor);
        QVERIFY(std::get<DoctorCommand>(*doctor).json);
        QCOMPARE(std::get<DoctorCommand>(*doctor).serve.tenant.clientId, u"abc"_s);
        QVERIFY(std::get<DoctorCommand>(*doctor).serve.clientSecret.equals("s3cret"));
    }

    void anOptionWinsOverItsVariable()
    {
        const Environment environment{u"x"_s, u"/a"_s, u"x"_s, u"x"_s, u"x"_s, u"abc"_s, {}};
        const auto command = parseCommandLine(
            {u"--port"_s, u"1"_s, u"--data-dir"_s, u"/b"_s, u"--secret-store"_s, u"memory"_s,
             u"--tenant"_s, u"https://id.example/"_s, u"--client-id"_s, u"def"_s},
            environment);
        QVERIFY(command);
        const auto &serve = std::get<ServeCommand>(*command);
        QCOMPARE(serve.port, std::optional<quint16>(1));
        QCOMPARE(serve.instance.dataDirectory, u"/b"_s);
        QCOMPARE(serve.secretStore, SecretStoreKind::Memory);
        QCOMPARE(serve.tenant.issuer, u"https://id.example/"_s);
        QCOMPARE(serve.tenant.clientId, u"def"_s);
    }

    void variablesOfATenantAreNotTheDemos()
    {
        const Environment environment{u"9000"_s,       {}, {}, u"acme.example"_s, {}, u"abc"_s,
                                      Secret("s3cret")};
        const auto command = parseCommandLine({u"--demo"_s}, environment);
        QVERIFY(command);
        const auto &serve = std::get<ServeCommand>(*command);
        QVERIFY(serve.tenant.issuer.isEmpty() && serve.tenant.clientId.isEmpty());
        QVERIFY(serve.clientSecret.isEmpty());
        QCOMPARE(serve.port, std::optional<quint16>(9000));
    }

    void wrongVariables_data()
    {
        QTest::addColumn<Environment>("environment");
        QTest::addColumn<QString>("name");
        const auto row = [](const char *name, const QString &variable, auto Environment::*member,
                            const auto &value) {
            Environment environment;
            environment.*member = value;
            QTest::newRow(name) << environment << variable;
        };
        row("port", u"GATEHOUSE_PORT"_s, &Environment::port, u"http"_s);
        row("port too high", u"GATEHOUSE_PORT"_s, &Environment::port, u"65536"_s);
        row("store", u"GATEHOUSE_SECRET_STORE"_s, &Environment::secretStore, u"file"_s);
        row("domain with a path", u"GATEHOUSE_TENANT_DOMAIN"_s, &Environment::tenantDomain,
            u"acme.example/x"_s);
        row("an issuer as the domain", u"GATEHOUSE_TENANT_DOMAIN"_s, &Environment::tenantDomain,
            u"https://acme.example/"_s);
        row("a domain as the issuer", u"GATEHOUSE_TENANT_ISSUER"_s, &Environment::tenantIssuer,
            u"acme.example"_s);
        row("an issuer in the clear", u"GATEHOUSE_TENANT_ISSUER"_s, &Environment::tenantIssuer,
            u"http://acme.example/"_s);
        row("client ID", u"GATEHOUSE_CLIENT_ID"_s, &Environment::clientId, u"a\tb"_s);
        row("client secret", u"GATEHOUSE_CLIENT_SECRET"_s, &Environment::clientSecret,
            Secret("s3cret\tx"));
        Environment both;
        both.tenantDomain = u"acme.example"_s;
        both.tenantIssuer = u"https://acme.example/"_s;
        QTest::newRow("domain and issuer") << both << u"GATEHOUSE_TENANT_ISSUER"_s;
    }
    void wrongVariables()
    {
        QFETCH(Environment, environment);
        QFETCH(QString, name);
        const auto command = parseCommandLine({}, environment);
        QVERIFY(!command);
        QVERIFY2(command.error().message.contains(name), qPrintable(command.error().message));
        QVERIFY(command.error().remedy.contains(u"unset"_s));
        QVERIFY(!command.error().forPerson().contains(u"s3cret"_s));
    }

    void theSecretLeavesTheEnvironment()
    {
        qputenv("GATEHOUSE_CLIENT_SECRET", "s3cret");
        qputenv("GATEHOUSE_CLIENT_ID", "abc");
        const auto environment = takeEnvironment();
        QVERIFY(environment.clientSecret.equals("s3cret"));
        QCOMPARE(environment.clientId, u"abc"_s);
        QVERIFY(!qEnvironmentVariableIsSet("GATEHOUSE_CLIENT_SECRET"));
        QVERIFY(takeEnvironment().clientSecret.isEmpty());
        qunsetenv("GATEHOUSE_CLIENT_ID");
    }

    void clientSecrets_data()
    {
        QTest::addColumn<QByteArray>("line");
        QTest::addColumn<QByteArray>("secret"); // empty: refused
        QTest::newRow("line end") << QByteArray("abc\n") << QByteArray("abc");
        QTest::newRow("line end of Windows") << QByteArray("abc\r\n") << QByteArray("abc");
        QTest::newRow("no line end") << QByteArray("abc") << QByteArray("abc");
        QTest::newRow("RFC 6749 §A.2 every visible character")
            << QByteArray("a b~!\"\\") << QByteArray("a b~!\"\\");
        QTest::newRow("empty") << QByteArray() << QByteArray();
        QTest::newRow("a line end alone") << QByteArray("\n") << QByteArray();
        QTest::newRow("control character") << QByteArray("a\x1b[2Jb") << QByteArray();
        QTest::newRow("tab") << QByteArray("a\tb") << QByteArray();
        QTest::newRow("NUL") << QByteArray("a\0b", 3) << QByteArray();
        QTest::newRow("not ASCII") << QByteArray("p\xc3\xa4ss") << QByteArray();
        QTest::newRow("longest") << QByteArray(1024, 'a') << QByteArray(1024, 'a');
        QTest::newRow("too long") << QByteArray(1025, 'a') << QByteArray();
    }
    void clientSecrets()
    {
        QFETCH(QByteArray, line);
        QFETCH(QByteArray, secret);
        const auto checked = checkClientSecret(line);
        QCOMPARE(checked ? checked->reveal() : QByteArray(), secret);
        if (!checked)
            QVERIFY(!checked.error().remedy.isEmpty());
    }

    void approveByDefaultFor30Days()
    {
        const auto command =
            parseCommandLine({u"approve"_s, u"abc"_s, u"--demo"_s, u"--scopes"_s, u"a  b"_s});
        QVERIFY(command);
        const auto &verb = std::get<VerbCommand>(*command);
        QVERIFY(verb.instance.demo);
        QCOMPARE(verb.arguments[u"id"_s].toString(), u"abc"_s);
        QCOMPARE(verb.arguments[u"scopes"_s].toString(), u"a b"_s);
        QCOMPARE(verb.arguments[u"durationMs"_s].toDouble(), 30.0 * 24 * 3600 * 1000);
    }

    void serves()
    {
        const auto command = parseCommandLine(
            {u"--headless"_s, u"--demo"_s, u"--port"_s, u"0"_s, u"--secret-store"_s, u"memory"_s});
        QVERIFY(command);
        const auto &serve = std::get<ServeCommand>(*command);
        QCOMPARE(serve.port, std::optional<quint16>(0));
        QCOMPARE(serve.secretStore, SecretStoreKind::Memory);
        QVERIFY(std::holds_alternative<PrintCommand>(*parseCommandLine({u"--help"_s})));
    }

    void durations_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<qint64>("seconds");
        QTest::newRow("seconds") << u"90s"_s << qint64(90);
        QTest::newRow("minutes") << u"15m"_s << qint64(900);
        QTest::newRow("hours") << u"8h"_s << qint64(28'800);
        QTest::newRow("days") << u"30d"_s << qint64(2'592'000);
        QTest::newRow("until revoked") << u"until-revoked"_s << qint64(0);
        for (const auto &bad :
             {"", "0s", "30", "d", "-1d", "1.5h", "1w", " 1d", "99999d", "999999999999d"})
            QTest::newRow(bad) << QString::fromLatin1(bad) << qint64(-1);
    }
    void durations()
    {
        QFETCH(QString, text);
        QFETCH(qint64, seconds);
        const auto duration = parseDuration(text);
        QCOMPARE(duration.has_value(), seconds >= 0);
        if (seconds == 0)
            QVERIFY(!*duration);
        if (seconds > 0)
            QCOMPARE(**duration, std::chrono::milliseconds(seconds * 1000));
    }

    void oneInstancePerDirectory()
    {
        QTemporaryDir directory;
        const auto path = directory.filePath(u"data"_s);
        auto first = DataDirectory::open(path);
        QVERIFY(first);
        QCOMPARE(QFile::permissions(path)
                     & (QFile::ReadGroup | QFile::ExeGroup | QFile::ReadOther | QFile::ExeOther),
                 QFile::Permissions());
        const auto second = DataDirectory::open(path);
        QVERIFY(!second);
        QVERIFY(second.error().inUse);
        QVERIFY(second.error().error.message.contains(u"running already"_s));
        QVERIFY(DataDirectory::open(directory.filePath(u"other"_s)));
        first->reset();
        QVERIFY(DataDirectory::open(path));

        // A directory that somebody uses for something else stays as it is.
        QTemporaryDir foreign;
        QVERIFY(QFile::setPermissions(foreign.path(), QFile::Permissions(0x7755)));
        QFile other(foreign.filePath(u"thesis.txt"_s));
        QVERIFY(other.open(QIODevice::WriteOnly));
        const auto refused = DataDirectory::open(foreign.path());
        QVERIFY(!refused && refused.error().error.message.contains(u"holds other files"_s));
        QVERIFY(QFile::permissions(foreign.path()).testFlag(QFile::ReadOther));
        QCOMPARE(QDir(foreign.path()).entryList(QDir::Files | QDir::Hidden), {u"thesis.txt"_s});
    }

    void socketPathsFit()
    {
        qputenv("XDG_RUNTIME_DIR", "");
        QVERIFY(controlSocketPath(u"/tmp/short"_s));
        // Another environment finds the one that runs.
        QTemporaryDir data;
        QFile listening(data.filePath(u"listening"_s));
        QVERIFY(listening.open(QIODevice::WriteOnly));
        QVERIFY(recordControlSocket(data.path(), listening.fileName()));
        QCOMPARE(findControlSocket(data.path()), listening.fileName());
        QVERIFY(listening.remove());
        QCOMPARE(*findControlSocket(data.path()), *controlSocketPath(data.path()));

        const auto tooLong = controlSocketPath(u"/tmp/"_s + QString(200, u'x'));
        QVERIFY(!tooLong);
        QVERIFY(!tooLong.error().remedy.isEmpty());
    }

    void findsPortsInARow()
    {
        SystemRandom random;
        for (int i = 0; i < 50; ++i) {
            const auto first = chooseFreePorts(3, random);
            QVERIFY(first);
            // No connection gets one of them by chance: Linux gives those from 32768 on.
            QVERIFY(*first >= 10'240 && *first + 2 < 32'768);
        }
    }

    void verbsFindTheInstance_data()
    {
        QTest::addColumn<InstanceOptions>("instance");
        QTest::addColumn<QString>("options");
        QTest::newRow("the usual one") << InstanceOptions{} << QString();
        QTest::newRow("the demo") << InstanceOptions{{}, true} << u" --demo"_s;
        QTest::newRow("the demo elsewhere")
            << InstanceOptions{u"/srv/gatehouse-2"_s, true} << u" --data-dir /srv/gatehouse-2"_s;
        QTest::newRow("POSIX 2.2.2 a name with a space")
            << InstanceOptions{u"/home/ada/my data"_s, false}
            << u" --data-dir '/home/ada/my data'"_s;
        QTest::newRow("POSIX 2.2.2 a name with a quote and a command")
            << InstanceOptions{u"/tmp/a'b;$(c)"_s, false} << u" --data-dir '/tmp/a'\\''b;$(c)'"_s;
        QTest::newRow("a name that ends in a line break")
            << InstanceOptions{u"/tmp/a\n"_s, false} << u" --data-dir '/tmp/a\n'"_s;
    }
    void verbsFindTheInstance()
    {
        QFETCH(InstanceOptions, instance);
        QTEST(verbOptions(instance), "options");
    }

    void adviceNamesTheInstance_data()
    {
        QTest::addColumn<QString>("verb");
        QTest::addColumn<QJsonValue>("value");
        QTest::addColumn<QString>("advice");
        QTest::newRow("no client yet")
            << u"clients"_s << QJsonValue(QJsonArray()) << u"`gatehouse approvals --demo`"_s;
        QTest::newRow("a request waits")
            << u"approvals"_s << QJsonValue(QJsonArray{QJsonObject{{u"id"_s, u"x"_s}}})
            << u"`gatehouse approve ID --demo` or `gatehouse deny ID --demo`"_s;
        QTest::newRow("signed out")
            << u"status"_s << QJsonValue(QJsonObject{{u"accounts"_s, QJsonArray{QJsonObject()}}})
            << u"`gatehouse signin --demo`"_s;
        QTest::newRow("paused") << u"pause"_s << QJsonValue(QJsonObject())
                                << u"`gatehouse resume --demo`"_s;
        QTest::newRow("a new token") << u"token"_s << QJsonValue(QJsonObject{{u"id"_s, u"x"_s}})
                                     << u"`gatehouse revoke x --demo`"_s;
    }
    void adviceNamesTheInstance()
    {
        QFETCH(QString, verb);
        QFETCH(QJsonValue, value);
        QFETCH(QString, advice);
        const auto text = textFor({{{}, true}, verb, {}, false}, value);
        QVERIFY2(text.contains(advice), qPrintable(text));
    }

    void activityIsTold_data()
    {
        QTest::addColumn<QString>("client");
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("what");
        QTest::addColumn<QString>("outcome");
        QTest::addColumn<QString>("line");
        QTest::newRow("by a client") << u"Editor"_s << u"tool"_s << u"list-todos"_s << u"done"_s
                                     << u"2026  Editor  tool list-todos: done\n"_s;
        QTest::newRow("by nobody") << QString() << u"account"_s << u"Alice"_s << u"signed out"_s
                                   << u"2026  account Alice: signed out\n"_s;
    }
    void activityIsTold()
    {
        QFETCH(QString, client);
        QFETCH(QString, kind);
        QFETCH(QString, what);
        QFETCH(QString, outcome);
        QFETCH(QString, line);
        const QJsonArray entries{QJsonObject{{u"at"_s, u"2026"_s},
                                             {u"client"_s, client},
                                             {u"kind"_s, kind},
                                             {u"what"_s, what},
                                             {u"outcome"_s, outcome}}};
        QCOMPARE(textFor({{}, u"activity"_s, {}, false}, entries), line);
    }

    void terminalShowsNamesHarmless()
    {
        const QJsonArray approvals{
            QJsonObject{{u"id"_s, u"x"_s},
                        {u"client"_s, QJsonObject{{u"name"_s, u"evil\u001b[2J\nAllowed."_s}}}}};
        const auto text = textFor({{}, u"approvals"_s, {}, false}, approvals);
        QVERIFY(!text.contains(QChar(0x1b)));
        QVERIFY(!text.contains(u"\nAllowed."_s));
    }
};

Q_DECLARE_METATYPE(gatehouse::app::InstanceOptions)

QTEST_GUILESS_MAIN(TestCommandLine)
#include "tst_command_line.moc"
