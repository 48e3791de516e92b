// SPDX-License-Identifier: GPL-3.0-or-later
#include <app/doctor.h>

#include <apis/openapi_importer.h>
#include <apis/operation_tool.h>
#include <apis/whoami.h>
#include <app/control_client.h>
#include <app/data_directory.h>
#include <app/instance_values.h>
#include <app/port_checkup.h>
#include <app/secret_store_checkup.h>
#include <base/text.h>
#include <oidc/tenant_checkup.h>
#include <secrets/secret_store.h>
#include <service/gatehouse.h>
#include <service/tenant_config.h>
#include <store/instance_peek.h>

#include <QFileInfo>

namespace gatehouse::app {

using namespace Qt::StringLiterals;

namespace {

/// Entries of the keychain before an instance has an id of its own.
constexpr QLatin1String kNoInstance("doctor");
constexpr int kLongestShown = 200;

Finding problem(const QString &subject, const Error &error)
{
    return {subject, Verdict::Problem, error.message, error.remedy};
}

} // namespace

Doctor::Doctor(ServeCommand command, KeychainMaker makeKeychain)
    : m_command(std::move(command)), m_makeKeychain(std::move(makeKeychain)),
      m_directory(dataDirectoryFor(m_command.instance))
{
    static_cast<void>(m_tools.add(apis::makeWhoami({}))); // the first, so there is nothing to clash
}

Doctor::~Doctor() = default;

void Doctor::run(std::function<void(const Findings &)> then)
{
    m_then = std::move(then);
    checkSettings();
    checkApis();
    checkInstance();
    checkPort();
    checkSecrets();
}

void Doctor::checkSettings()
{
    const auto name = u"settings"_s;
    const auto path = file(kSettingsFile);
    if (m_command.instance.demo && !QFileInfo::exists(path)) {
        m_findings.append({name, Verdict::Problem, u"The demo has never run here."_s,
                           u"Start it with `gatehouse --demo`."_s});
        return;
    }
    auto configuration = readConfiguration(path, m_command.tenant);
    if (!configuration) {
        m_findings.append(problem(name, configuration.error()));
        return;
    }
    m_configuration = *std::move(configuration);
    m_findings.append({name, Verdict::Ok, u"The configuration %1 is valid."_s.arg(path)});
}

void Doctor::checkApis()
{
    if (!m_configuration)
        return;
    const auto name = u"openapi"_s;
    for (const auto &config : std::as_const(m_configuration->apis)) {
        const auto api = apis::importApi(config, m_directory);
        if (!api) {
            m_findings.append(problem(name, api.error()));
            continue;
        }
        if (const auto added = addTools(*api); !added) {
            m_findings.append(problem(name, added.error()));
            continue;
        }
        m_apis.push_back(*api);
        m_findings.append({name, Verdict::Ok,
                           u"The API %1 is described by %2 (tools: %3)."_s
                               .arg(config.name, shownText(config.openapi, kLongestShown))
                               .arg(api->operations.size())});
    }
}

/// As a start does it.
Result<std::monostate> Doctor::addTools(const apis::ImportedApi &api)
{
    for (const auto &operation : api.operations) {
        if (const auto added = apis::addTool(m_tools, apis::toolOf(operation), api.title); !added)
            return added;
    }
    return std::monostate();
}

void Doctor::checkInstance()
{
    const auto name = u"instance"_s;
    const auto status = askInstance(m_directory, {m_command.instance, u"status"_s});
    if (!status) {
        const auto &[exitCode, error, answered] = status.error();
        if (exitCode == NotRunning && !answered)
            m_findings.append({name, Verdict::Ok, error.message});
        else
            m_findings.append({name, Verdict::Warning, error.message, error.remedy});
        return;
    }
    m_running = quint16(status->toObject().value(u"port"_s).toInt());
    m_findings.append({name, Verdict::Ok,
                       u"Gatehouse %1 is running at %2."_s.arg(
                           shownText(status->toObject().value(u"version"_s).toString()),
                           shownText(status->toObject().value(u"url"_s).toString()))});
}

void Doctor::checkPort()
{
    m_findings.append(
        portFinding({wantedPort(), m_command.instance.demo ? kDemoPorts : 1, m_running}));
}

void Doctor::checkSecrets()
{
    const bool inMemory = m_command.secretStore == SecretStoreKind::Memory;
    m_secretStore = inMemory ? secrets::makeMemoryStore()
                             : m_makeKeychain(kept(kInstanceIdKey).value_or(kNoInstance));
    // What an instance has in its memory cannot be seen from here.
    m_secretKnown = !inMemory || !m_running;
    checkSecretStore(*m_secretStore, m_random, this, [this](Finding finding) {
        // A keychain that is missing keeps nobody from an instance that works without it.
        if (finding.verdict == Verdict::Problem && m_running)
            finding.verdict = Verdict::Warning;
        m_findings.append(finding);
        if (finding.verdict != Verdict::Ok) {
            m_secretKnown = false;
            checkTenant();
        } else {
            readClientSecret();
        }
    });
}

void Doctor::readClientSecret()
{
    if (!m_configuration || !m_command.clientSecret.isEmpty())
        return checkTenant();
    m_secretStore->read(clientSecretName(m_configuration->tenant), this,
                        [this](const Result<std::optional<Secret>> &secret) {
                            if (!secret)
                                m_secretKnown = false;
                            else if (*secret)
                                m_command.clientSecret = **secret;
                            checkTenant();
                        });
}

void Doctor::checkTenant()
{
    if (!m_configuration)
        return finish();
    oidc::CheckupSubject subject;
    subject.tenant = tenantConfigOf(*m_configuration, m_apis, m_running.value_or(wantedPort()));
    subject.clientSecret = m_command.clientSecret;
    subject.secretKnown = m_secretKnown || !m_command.clientSecret.isEmpty();
    m_network = std::make_unique<oidc::TenantNetwork>(m_clock);
    m_checkup = std::make_unique<oidc::TenantCheckup>(
        oidc::TenantCheckup::Deps{*m_network, m_clock, m_random}, subject);
    m_checkup->run(this, [this](const Findings &findings) {
        m_findings.append(findings);
        finish();
    });
}

void Doctor::finish()
{
    m_then(m_findings);
}

QString Doctor::file(QLatin1String name) const
{
    return m_directory + u'/' + name;
}

std::optional<QString> Doctor::kept(QLatin1String key) const
{
    return store::peekInstanceValue(file(kDatabaseFile), key);
}

/// As a start chooses it: what is asked for, what was chosen and kept, what is configured.
quint16 Doctor::wantedPort() const
{
    const bool demo = m_command.instance.demo;
    if (m_command.port && *m_command.port != 0)
        return *m_command.port;
    const auto chosen = kept(kPortKey);
    if (chosen && (m_command.port || demo))
        return chosen->toUShort();
    if (m_command.port)
        return 0;
    return demo || !m_configuration ? kDefaultPort : m_configuration->port;
}

} // namespace gatehouse::app
