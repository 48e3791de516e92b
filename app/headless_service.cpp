// SPDX-License-Identifier: GPL-3.0-or-later
#include <app/headless_service.h>

#include <app/control_server.h>
#include <app/ports.h>
#include <app/verbs.h>
#include <approval/approval_service.h>
#include <base/text.h>
#include <demo/demo.h>
#include <demo/demo_configuration.h>
#include <demo/demo_options.h>
#include <secrets/secret_store.h>
#include <service/gatehouse.h>
#include <store/database.h>
#include <store/instance_store.h>

#include <cstdio>

namespace gatehouse::app {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kPortKey = "port";
constexpr auto kInstanceIdKey = "instance-id";
/// Gatehouse, and in the demo its tenant and its API.
constexpr int kDemoPorts = 3;

void say(const QString &line)
{
    std::printf("%s\n", qUtf8Printable(line));
    std::fflush(stdout);
}

} // namespace

HeadlessService::HeadlessService(ServeCommand command) : m_command(std::move(command)) { }

HeadlessService::~HeadlessService()
{
    stop();
}

void HeadlessService::start(Callback<std::monostate> then)
{
    if (const auto prepared = prepare(); !prepared)
        return then(fail(prepared.error()));
    Gatehouse::Options options{m_configuration, m_directory->path(), m_port, {}, verbOptions()};
    if (m_command.instance.demo) {
        options.notice = u"This is the demo. People and todos are made up, and nothing leaves this "
                         "computer."_s;
    }
    m_gatehouse = std::make_unique<Gatehouse>(
        Gatehouse::Deps{m_clock, m_random, *m_database, *m_secretStore}, options);
    m_gatehouse->start(this, [this, then](const Result<std::monostate> &started) {
        if (!started)
            return then(fail(started.error()));
        if (const auto opened = openControlSocket(); !opened)
            return then(fail(opened.error()));
        connect(&m_gatehouse->approvals(), &approval::ApprovalService::raised, this,
                &HeadlessService::announceApproval);
        announce();
        then(std::monostate());
    });
}

void HeadlessService::finish(const std::function<void()> &then)
{
    m_control.reset();
    if (!m_gatehouse)
        return then();
    // The demo's API and tenant answer until the last call is done.
    m_gatehouse->finish(this, then);
}

void HeadlessService::stop()
{
    m_control.reset();
    if (m_gatehouse)
        m_gatehouse->stop();
    if (m_demo)
        m_demo->stop();
}

Result<std::monostate> HeadlessService::prepare()
{
    auto directory = DataDirectory::open(dataDirectoryFor(m_command.instance));
    if (!directory)
        return fail(directory.error());
    m_directory = std::move(*directory);
    // Before anything is created: a directory without a configuration stays as it is.
    if (!m_command.instance.demo) {
        if (const auto read = readSettings(); !read)
            return read;
    }
    auto database = store::Database::open(m_directory->file(u"gatehouse.db"_s));
    if (!database)
        return fail(database.error());
    m_database = std::move(*database);

    if (const auto chosen = choosePort(); !chosen)
        return chosen;
    if (m_command.instance.demo) {
        if (const auto started = startDemo(); !started)
            return started;
        if (const auto read = readSettings(); !read)
            return read;
    }
    if (m_port == 0)
        m_port = m_configuration.port;

    const auto id = instanceId();
    if (!id)
        return fail(id.error());
    m_secretStore = m_command.secretStore == SecretStoreKind::Memory
        ? secrets::makeMemoryStore()
        : secrets::makeKeychainStore(*id);
    return std::monostate();
}

Result<std::monostate> HeadlessService::readSettings()
{
    auto configuration = readConfiguration(m_directory->file(u"gatehouse.json"_s));
    if (!configuration)
        return fail(configuration.error());
    m_configuration = std::move(*configuration);
    return std::monostate();
}

/// --port N for this run; --port 0 chooses once and keeps the choice; without either the demo keeps
/// what was chosen and a real instance follows its configuration.
Result<std::monostate> HeadlessService::choosePort()
{
    const bool demo = m_command.instance.demo;
    if (m_command.port && *m_command.port != 0) {
        m_port = *m_command.port;
        return std::monostate();
    }
    store::InstanceStore instance(*m_database);
    const auto key = QString::fromLatin1(kPortKey);
    const auto kept = instance.value(key);
    if (!kept)
        return fail(kept.error());
    if (!m_command.port && !(demo && *kept)) {
        m_port = demo ? kDefaultPort : 0;
        return std::monostate();
    }
    if (*kept) {
        m_port = (*kept)->toUShort();
        return std::monostate();
    }
    const auto chosen = chooseFreePorts(demo ? kDemoPorts : 1);
    if (!chosen)
        return fail(chosen.error());
    m_port = *chosen;
    return instance.setValue(key, QString::number(m_port));
}

Result<std::monostate> HeadlessService::startDemo()
{
    demo::DemoOptions options;
    options.dataDirectory = m_directory->path();
    options.port = m_port;
    options.issuerHost = m_command.demoIssuerHost;
    if (const auto written = demo::writeDemoConfiguration(options); !written)
        return written;
    m_demo = std::make_unique<demo::Demo>(demo::Demo::Deps{m_clock, m_random}, options);
    return m_demo->start();
}

/// Names this instance's entries in the keychain, which is shared by all of the user's programs.
Result<QString> HeadlessService::instanceId()
{
    store::InstanceStore instance(*m_database);
    const auto key = QString::fromLatin1(kInstanceIdKey);
    const auto known = instance.value(key);
    if (!known)
        return fail(known.error());
    if (*known)
        return **known;
    const auto fresh = randomId(m_random);
    return instance.setValue(key, fresh).map([&](std::monostate) { return fresh; });
}

Result<std::monostate> HeadlessService::openControlSocket()
{
    const auto path = controlSocketPath(m_directory->path());
    if (!path)
        return fail(path.error());
    m_verbs = std::make_unique<Verbs>(
        Verbs::Context{*m_gatehouse, m_clock, m_command.instance.demo, true});
    m_control =
        std::make_unique<ControlServer>([this](const QString &verb, const QJsonObject &arguments) {
            return m_verbs->run(verb, arguments);
        });
    if (const auto listening = m_control->listen(*path); !listening)
        return listening;
    return recordControlSocket(m_directory->path(), *path);
}

void HeadlessService::announce()
{
    say(u"Gatehouse %1 is running at http://localhost:%2%3"_s.arg(QLatin1String(GATEHOUSE_VERSION))
            .arg(m_port)
            .arg(m_demo ? u" with the demo tenant at "_s + m_demo->issuer() : QString()));
    say(m_command.secretStore == SecretStoreKind::Memory
            ? u"Secrets are kept in memory: after a restart you sign in again."_s
            : u"Secrets are kept in the keychain."_s);
    say(u"Answer requests with `gatehouse approvals%1`. Ctrl+C ends Gatehouse."_s.arg(
        verbOptions()));
}

void HeadlessService::announceApproval(const store::Interaction &interaction)
{
    say(u"%1 asks to act for you. Code %2. Allow: gatehouse approve %3%4   Deny: gatehouse deny "
        "%3%4"_s.arg(shownText(interaction.clientName), interaction.matchingCode,
                     interaction.id.value, verbOptions()));
}

/// What the verbs need to find this instance.
QString HeadlessService::verbOptions() const
{
    QString options;
    if (!m_command.instance.dataDirectory.isEmpty())
        options += u" --data-dir "_s + m_command.instance.dataDirectory;
    else if (m_command.instance.demo)
        options += u" --demo"_s;
    return options;
}

} // namespace gatehouse::app
