// SPDX-License-Identifier: GPL-3.0-or-later
#include <support/fake_tenant.h>
#include <support/manual_clock.h>
#include <support/scripted_secret_store.h>

#include <app/doctor.h>
#include <app/doctor_report.h>
#include <app/port_checkup.h>
#include <app/ports.h>
#include <app/secret_store_checkup.h>
#include <store/database.h>
#include <store/instance_peek.h>
#include <store/instance_store.h>

#include <QJsonArray>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace gatehouse;
using namespace gatehouse::app;
using namespace gatehouse::tests;

namespace {

/// A keychain in one kind of trouble.
class TroubledStore final : public secrets::SecretStore {
public:
    enum class Trouble { Absent, Locked, Confused, Unforgetting };
    explicit TroubledStore(Trouble trouble) : m_trouble(trouble) { }

    void read(const QString &, QObject *, Callback<std::optional<Secret>> then) override
    {
        then(m_trouble == Trouble::Confused ? std::optional(Secret("something else"))
                                            : std::optional(m_value));
    }
    void write(const QString &, const Secret &value, QObject *,
               Callback<std::monostate> then) override
    {
        m_value = value;
        if (m_trouble == Trouble::Absent) {
            return then(fail(Error{u"There is no keychain."_s, u"Start one."_s}.withKind(
                ErrorKind::NoKeychain)));
        }
        if (m_trouble == Trouble::Locked)
            return then(fail(Error{u"The keychain is locked."_s, u"Unlock it."_s}));
        then(std::monostate());
    }
    void remove(const QString &, QObject *, Callback<std::monostate> then) override
    {
        if (m_trouble == Trouble::Unforgetting)
            return then(fail(Error{u"The keychain refused access."_s, u"Allow Gatehouse."_s}));
        then(std::monostate());
    }
    [[nodiscard]] QString name() const override { return u"keychain"_s; }

private:
    Trouble m_trouble;
    Secret m_value;
};

} // namespace

Q_DECLARE_METATYPE(TroubledStore::Trouble)

/// The doctor's own checks; those of the tenant are in tst_tenant_checkup, the whole of it in
/// tst_programs.
class TestDoctor : public QObject {
    Q_OBJECT

private:
    /// What a doctor's call at the token endpoint said.
    [[nodiscard]] static Findings visit(const ServeCommand &command,
                                        const Doctor::KeychainMaker &makeKeychain)
    {
        Doctor doctor(command, makeKeychain);
        std::optional<Findings> found;
        doctor.run([&](const Findings &findings) { found = findings; });
        return QTest::qWaitFor([&] { return found.has_value(); }, 10'000) ? *found : Findings{};
    }
    [[nodiscard]] static Finding find(const Findings &findings, const QString &subject)
    {
        const auto found = std::find_if(findings.begin(), findings.end(),
                                        [&](const auto &each) { return each.subject == subject; });
        return found == findings.end() ? Finding{u"not found"_s, Verdict::Problem, {}} : *found;
    }
    [[nodiscard]] static Finding check(secrets::SecretStore &store)
    {
        SystemRandom random;
        QObject context;
        std::optional<Finding> found;
        checkSecretStore(store, random, &context, [&](const Finding &finding) { found = finding; });
        return QTest::qWaitFor([&] { return found.has_value(); })
            ? *found
            : Finding{u"no answer"_s, Verdict::Problem, {}};
    }

private Q_SLOTS:
    void aSecretStoreThatWorks()
    {
        ScriptedSecretStore store;
        const auto finding = check(store);
        QCOMPARE(finding.subject, u"secrets"_s);
        QVERIFY2(finding.verdict == Verdict::Ok, qPrintable(finding.found));
        // Nothing is left behind.
        QCOMPARE(store.written.size(), 1);
        QCOMPARE(store.removed, {u"doctor-probe"_s});
    }

    /// What a start refuses, the doctor must not call fine.
    void toolsOfTheSameName()
    {
        QTemporaryDir directory;
        const auto write = [&directory](const QString &name, QByteArray text) {
            text.replace('\'', '"');
            QFile file(directory.filePath(name));
            return file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
        };
        const QByteArray settings = "{'tenant':{'issuer':'http://127.0.0.1:1/','clientId':'a'},"
                                    "'apis':[{'name':'one','openapi':'api.json',"
                                    "'baseUrl':'https://one.example','audience':'urn:one'},"
                                    "{'name':'two','openapi':'api.json',"
                                    "'baseUrl':'https://two.example','audience':'urn:two'}]}";
        const QByteArray document = "{'openapi':'3.1.0','info':{'title':'Lists','version':'1'},"
                                    "'paths':{'/list':{'get':{'operationId':'list-all',"
                                    "'responses':{}}}}}";
        QVERIFY(write(u"gatehouse.json"_s, settings));
        QVERIFY(write(u"api.json"_s, document));
        ServeCommand command{{directory.path(), false}};
        command.secretStore = SecretStoreKind::Memory;
        QList<Verdict> verdicts;
        for (const auto &finding : visit(command, {})) {
            if (finding.subject == u"openapi"_s)
                verdicts.append(finding.verdict);
        }
        QCOMPARE(verdicts, (QList{Verdict::Ok, Verdict::Problem}));
    }

    void secretStoresInTrouble_data()
    {
        using Trouble = TroubledStore::Trouble;
        QTest::addColumn<Trouble>("trouble");
        QTest::addColumn<QString>("found");
        QTest::addColumn<QString>("remedy");
        QTest::newRow("absent says what to install")
            << Trouble::Absent << u"There is no keychain."_s << u"apt install gnome-keyring"_s;
        QTest::newRow("locked") << Trouble::Locked << u"locked"_s << u"Unlock it."_s;
        QTest::newRow("gives back something else")
            << Trouble::Confused << u"something else"_s << u"other programs"_s;
        QTest::newRow("does not remove")
            << Trouble::Unforgetting << u"refused access"_s << u"Allow Gatehouse."_s;
    }
    void secretStoresInTrouble()
    {
        QFETCH(TroubledStore::Trouble, trouble);
        QFETCH(QString, found);
        QFETCH(QString, remedy);
        TroubledStore store(trouble);
        const auto finding = check(store);
        QCOMPARE(finding.verdict, Verdict::Problem);
        QVERIFY2(finding.found.contains(found), qPrintable(finding.found));
        QVERIFY2(finding.remedy.contains(remedy), qPrintable(finding.remedy));
    }

    void theSecretOfTheInstanceIsTried_data()
    {
        QTest::addColumn<bool>("keychain");
        QTest::addColumn<QByteArray>("forThisRun");
        QTest::addColumn<QString>("sent");
        QTest::addColumn<int>("verdict");
        QTest::newRow("from the keychain")
            << true << QByteArray() << u"stored"_s << int(Verdict::Ok);
        QTest::newRow("for this run")
            << true << QByteArray("given") << u"given"_s << int(Verdict::Problem);
        QTest::newRow("nobody can tell without the keychain")
            << false << QByteArray() << QString() << int(Verdict::Warning);
        QTest::newRow("for this run, without the keychain")
            << false << QByteArray("stored") << u"stored"_s << int(Verdict::Ok);
    }
    void theSecretOfTheInstanceIsTried()
    {
        QFETCH(bool, keychain);
        QFETCH(QByteArray, forThisRun);
        QFETCH(QString, sent);
        QFETCH(int, verdict);
        QTemporaryDir directory;
        auto database = store::Database::open(directory.filePath(u"gatehouse.db"_s));
        QVERIFY(database);
        QVERIFY(store::InstanceStore(**database).setValue(u"instance-id"_s, u"the-instance"_s));
        ManualClock clock;
        FakeTenant tenant(clock);
        tenant.scripts["/authorize"] = [](const auto &) {
            return FakeTenant::Answer{302, {}, "Location: http://127.0.0.1:8377/callback\r\n"};
        };
        tenant.scripts["/token"] = [](const FakeTenant::Request &request) {
            return request.form("client_secret") == u"stored"_s
                ? FakeTenant::error(403, u"invalid_grant"_s)
                : FakeTenant::error(401, u"invalid_client"_s);
        };
        tenant.metadata.insert(u"token_endpoint_auth_methods_supported"_s,
                               QJsonArray{u"client_secret_post"_s});
        ServeCommand command{{directory.path(), false}};
        command.tenant = {tenant.issuer(), u"abc"_s};
        command.clientSecret = Secret(forThisRun);
        QString instance;
        const auto findings = visit(command, [&](const QString &id) {
            instance = id;
            auto store = std::make_unique<ScriptedSecretStore>();
            store->write(u"client-secret/%1/abc"_s.arg(tenant.issuer()), Secret("stored"), this,
                         [](const auto &) {});
            store->broken = !keychain;
            return store;
        });
        QCOMPARE(instance, u"the-instance"_s);
        QCOMPARE(find(findings, u"secrets"_s).verdict, keychain ? Verdict::Ok : Verdict::Problem);
        QCOMPARE(tenant.last("/token").form("client_secret"), sent);
        const auto client = find(findings, u"client"_s);
        QVERIFY2(int(client.verdict) == verdict, qPrintable(client.found));
    }

    void portsAsAStartChoosesThem_data()
    {
        QTest::addColumn<int>("option"); // -1: none
        QTest::addColumn<QString>("kept"); // empty: none
        QTest::addColumn<int>("expected");
        QTest::newRow("configured") << -1 << QString() << 9001;
        QTest::newRow("an option") << 9002 << QString() << 9002;
        QTest::newRow("an option before what was kept") << 9002 << u"9003"_s << 9002;
        QTest::newRow("kept") << 0 << u"9003"_s << 9003;
        QTest::newRow("kept only for --port 0") << -1 << u"9003"_s << 9001;
        QTest::newRow("not chosen yet") << 0 << QString() << 0;
    }
    void portsAsAStartChoosesThem()
    {
        QFETCH(int, option);
        QFETCH(QString, kept);
        QFETCH(int, expected);
        QTemporaryDir directory;
        QFile settings(directory.filePath(u"gatehouse.json"_s));
        QVERIFY(settings.open(QIODevice::WriteOnly));
        settings.write("{\"listen\":{\"port\":9001}}");
        settings.close();
        if (!kept.isEmpty()) {
            auto database = store::Database::open(directory.filePath(u"gatehouse.db"_s));
            QVERIFY(database);
            QVERIFY(store::InstanceStore(**database).setValue(u"port"_s, kept));
        }
        ServeCommand command{{directory.path(), false}};
        command.secretStore = SecretStoreKind::Memory;
        command.tenant = {u"http://127.0.0.1:9/"_s, u"abc"_s};
        if (option >= 0)
            command.port = quint16(option);
        const auto finding = find(visit(command, {}), u"port"_s);
        const auto words =
            expected == 0 ? u"chosen at the first start"_s : u"Port %1 "_s.arg(expected);
        QVERIFY2(finding.found.contains(words), qPrintable(finding.found));
    }

    void peeksWithoutLeavingATrace()
    {
        QTemporaryDir directory;
        const auto path = directory.filePath(u"gatehouse.db"_s);
        QCOMPARE(store::peekInstanceValue(path, u"port"_s), std::nullopt);
        QVERIFY(QDir(directory.path()).isEmpty());
        auto database = store::Database::open(path);
        QVERIFY(database);
        QVERIFY(store::InstanceStore(**database).setValue(u"port"_s, u"9000"_s));
        // Beside the one that uses it.
        QCOMPARE(store::peekInstanceValue(path, u"port"_s), std::optional(u"9000"_s));
        QCOMPARE(store::peekInstanceValue(path, u"other"_s), std::nullopt);

        QFile other(directory.filePath(u"other.db"_s));
        QVERIFY(other.open(QIODevice::WriteOnly) && other.write("no database") > 0);
        QCOMPARE(store::peekInstanceValue(other.fileName(), u"port"_s), std::nullopt);
    }

    void ports_data()
    {
        QTest::addColumn<int>("offset"); // of the taken port from the wanted one; -1: none
        QTest::addColumn<int>("running"); // offset likewise
        QTest::addColumn<int>("verdict");
        QTest::addColumn<QString>("found");
        QTest::newRow("free") << -1 << -1 << int(Verdict::Ok) << u"are free"_s;
        QTest::newRow("taken") << 0 << -1 << int(Verdict::Problem) << u"tst_doctor"_s;
        QTest::newRow("the demo's last one taken")
            << 2 << -1 << int(Verdict::Problem) << u"is taken"_s;
        QTest::newRow("held by the instance") << 0 << 0 << int(Verdict::Ok) << u"is held by"_s;
        QTest::newRow("the instance is elsewhere")
            << 1 << 1 << int(Verdict::Warning) << u"it would start on"_s;
    }
    void ports()
    {
        QFETCH(int, offset);
        QFETCH(int, running);
        QFETCH(int, verdict);
        QFETCH(QString, found);
        SystemRandom random;
        const auto first = chooseFreePorts(3, random);
        QVERIFY(first);
        QTcpServer other;
        if (offset >= 0)
            QVERIFY(other.listen(QHostAddress::LocalHost, quint16(*first + offset)));
        PortQuestion question{*first, 3};
        if (running >= 0)
            question.running = quint16(*first + running);
        const auto finding = portFinding(question);
        QVERIFY2(int(finding.verdict) == verdict, qPrintable(finding.found));
        QVERIFY2(finding.found.contains(found), qPrintable(finding.found));
        QCOMPARE(finding.remedy.isEmpty(), verdict == int(Verdict::Ok));
    }

    void reports()
    {
        const Findings fine{{u"clock"_s, Verdict::Ok, u"It is right."_s},
                            {u"api"_s, Verdict::Warning, u"Perhaps."_s, u"Look."_s}};
        QVERIFY(isHealthy(fine));
        QCOMPARE(reportText(fine),
                 u"ok       clock        It is right.\n"
                 "warning  api          Perhaps.\n"
                 "                      Look.\n"
                 "\nProblems: 0, warnings: 1. Signing in should work.\n"_s);
        auto broken = fine;
        broken.append({u"port"_s, Verdict::Problem, u"It is taken."_s, u"End it."_s});
        QVERIFY(!isHealthy(broken));
        const auto json = reportJson(broken);
        QCOMPARE(json[u"healthy"_s], QJsonValue(false));
        QCOMPARE(json[u"checks"_s].toArray().at(2).toObject(),
                 (QJsonObject{{u"subject"_s, u"port"_s},
                              {u"verdict"_s, u"problem"_s},
                              {u"found"_s, u"It is taken."_s},
                              {u"remedy"_s, u"End it."_s}}));
    }
};

QTEST_GUILESS_MAIN(TestDoctor)
#include "tst_doctor.moc"
