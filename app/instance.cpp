// SPDX-License-Identifier: GPL-3.0-or-later
#include <app/instance.h>

#include <app/control_server.h>
#include <app/instance_values.h>
#include <app/ports.h>
#include <base/thread_call.h>
#include <demo/demo.h>
#include <demo/demo_configuration.h>
#include <demo/demo_options.h>
#include <secrets/secret_store.h>
#include <store/database.h>
#include <store/instance_store.h>

namespace gatehouse::app {

using namespace Qt::StringLiterals;

namespace {

Error starting()
{
    return Error{u"Gatehouse is still starting."_s, u"Ask again in a moment."_s};
}

} // namespace

/// In the order in which they are made; destroyed the other way round.
struct Instance::Parts {
    std::unique_ptr<store::Database> database = {};
    std::unique_ptr<secrets::SecretStore> secretStore = {};
    std::unique_ptr<demo::Demo> demo = {};
    std::unique_ptr<Gatehouse> gatehouse = {};
    std::unique_ptr<Verbs> verbs = {}; ///< there while it runs
};

Instance::Instance(ServeCommand command, Surroundings surroundings,
                   std::unique_ptr<DataDirectory> directory)
    : m_command(std::move(command)), m_surroundings(std::move(surroundings)),
      m_directory(std::move(directory))
{
}

Instance::~Instance()
{
    stop();
}

void Instance::start(Callback<std::monostate> then)
{
    m_trouble = starting();
    m_parts = std::make_shared<Parts>();
    if (const auto prepared = openDirectory().and_then([this](auto) { return prepare(); });
        !prepared)
        return finishStart(prepared, then);
    Gatehouse::Options options{m_configuration, m_directory->path(), m_port, {}};
    options.hasWindows = bool(m_surroundings.openWindow);
    options.verbOptions = verbOptions();
    options.clientSecret = m_command.clientSecret;
    options.addFeatures = m_surroundings.addFeatures;
    if (m_command.instance.demo) {
        options.notice = u"This is the demo. People and todos are made up, and nothing leaves this "
                         "computer."_s;
    }
    m_parts->gatehouse = std::make_unique<Gatehouse>(
        Gatehouse::Deps{m_clock, m_random, *m_parts->database, *m_parts->secretStore}, options);
    m_parts->gatehouse->start(
        m_parts->gatehouse.get(),
        [this, then](const Result<std::monostate> &started) { finishStart(started, then); });
}

void Instance::finishStart(const Result<std::monostate> &started,
                           const Callback<std::monostate> &then)
{
    if (started) {
        m_parts->verbs = std::make_unique<Verbs>(
            Verbs::Context{*m_parts->gatehouse, m_clock, m_command.instance.demo,
                           m_surroundings.openWindow, verbOptions(), m_parts->secretStore->name()});
    } else {
        m_trouble = started.error();
        // This may be called from what ends here.
        callOn(this, [ended = std::exchange(m_parts, nullptr)] {});
    }
    then(started);
}

void Instance::finish(const std::function<void()> &then)
{
    m_control.reset();
    if (!isRunning())
        return then();
    // The demo's API and tenant answer until the last call is done.
    gatehouse().finish(this, then);
}

void Instance::stop()
{
    m_control.reset();
    m_parts.reset();
}

bool Instance::isRunning() const
{
    return m_parts && m_parts->verbs;
}

Gatehouse &Instance::gatehouse()
{
    return *m_parts->gatehouse;
}

QStringList Instance::description() const
{
    return {
        u"Gatehouse %1 is running at http://localhost:%2%3"_s.arg(QLatin1String(GATEHOUSE_VERSION))
            .arg(m_port)
            .arg(m_parts->demo ? u" with the demo tenant at "_s + m_parts->demo->issuer()
                               : QString()),
        m_command.secretStore == SecretStoreKind::Memory
            ? u"Secrets are kept in memory: after a restart you sign in again."_s
            : u"Secrets are kept in the keychain."_s};
}

QString Instance::verbOptions() const
{
    return app::verbOptions(m_command.instance);
}

/// Once: the lock and the control socket stay for as long as this lives.
Result<std::monostate> Instance::openDirectory()
{
    if (!m_directory) {
        auto directory = DataDirectory::open(dataDirectoryFor(m_command.instance));
        if (!directory)
            return fail(directory.error().error);
        m_directory = *std::move(directory);
    }
    if (m_control)
        return std::monostate();
    const auto path = controlSocketPath(m_directory->path());
    if (!path)
        return fail(path.error());
    auto control = std::make_unique<ControlServer>(
        [this](const VerbCall &call, const VerbAnswer &answer) { runVerb(call, answer); });
    return control->listen(*path).and_then([&](std::monostate) {
        m_control = std::move(control);
        return recordControlSocket(m_directory->path(), *path);
    });
}

Result<std::monostate> Instance::prepare()
{
    // Before anything is created: a directory without a configuration stays as it is.
    if (!m_command.instance.demo) {
        if (const auto read = readSettings(); !read)
            return read;
    }
    auto database = store::Database::open(m_directory->file(kDatabaseFile));
    if (!database)
        return fail(std::move(database.error()).withKind(ErrorKind::Database));
    m_parts->database = std::move(*database);

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
    m_parts->secretStore = m_command.secretStore == SecretStoreKind::Memory
        ? secrets::makeMemoryStore()
        : m_surroundings.makeKeychain(*id);
    return std::monostate();
}

Result<std::monostate> Instance::readSettings()
{
    auto configuration = readConfiguration(m_directory->file(kSettingsFile), m_command.tenant);
    if (!configuration)
        return fail(std::move(configuration.error()).withKind(ErrorKind::Settings));
    m_configuration = std::move(*configuration);
    return std::monostate();
}

/// --port N for this run; --port 0 chooses once and keeps the choice; without either the demo keeps
/// what was chosen and a real instance follows its configuration.
Result<std::monostate> Instance::choosePort()
{
    const bool demo = m_command.instance.demo;
    if (m_command.port && *m_command.port != 0) {
        m_port = *m_command.port;
        return std::monostate();
    }
    store::InstanceStore instance(*m_parts->database);
    const auto key = QString(kPortKey);
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
    const auto chosen = chooseFreePorts(demo ? kDemoPorts : 1, m_random);
    if (!chosen)
        return fail(chosen.error());
    m_port = *chosen;
    return instance.setValue(key, QString::number(m_port));
}

Result<std::monostate> Instance::startDemo()
{
    demo::DemoOptions options;
    options.dataDirectory = m_directory->path();
    options.port = m_port;
    options.issuerHost = m_command.demoIssuerHost;
    if (const auto written = demo::writeDemoConfiguration(options); !written)
        return written;
    m_parts->demo = std::make_unique<demo::Demo>(demo::Demo::Deps{m_clock, m_random}, options);
    return m_parts->demo->start();
}

Result<QString> Instance::instanceId()
{
    store::InstanceStore instance(*m_parts->database);
    const auto key = QString(kInstanceIdKey);
    const auto known = instance.value(key);
    if (!known)
        return fail(known.error());
    if (*known)
        return **known;
    const auto fresh = randomId(m_random);
    return instance.setValue(key, fresh).map([&](std::monostate) { return fresh; });
}

void Instance::runVerb(const VerbCall &call, const VerbAnswer &answer)
{
    // Also while the service could not start: the window then says why.
    if (call.verb == kShowVerb)
        return answer(showWindow(m_surroundings.openWindow, verbOptions()));
    if (!isRunning())
        return answer(fail(VerbFailure{NotRunning, m_trouble}));
    m_parts->verbs->run(call, answer);
}

} // namespace gatehouse::app
