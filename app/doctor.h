// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <apis/operation.h>
#include <app/command_line.h>

#include <base/clock.h>
#include <base/finding.h>
#include <base/random.h>
#include <mcp/tool.h>

#include <QObject>

#include <memory>
#include <vector>

namespace gatehouse::apis {
struct ImportedApi;
}
namespace gatehouse::oidc {
class TenantCheckup;
class TenantNetwork;
} // namespace gatehouse::oidc
namespace gatehouse::secrets {
class SecretStore;
}

namespace gatehouse::app {

/// Checks everything that a start with the same options needs, whether or not an instance runs, and
/// changes nothing of it. Lives in main() for one run, in a process that does nothing else.
class Doctor final : public QObject {
    Q_OBJECT

public:
    using KeychainMaker = std::function<std::unique_ptr<secrets::SecretStore>(const QString &)>;

    /// `makeKeychain` makes the store for an instance id; not called with --secret-store memory.
    Doctor(ServeCommand command, KeychainMaker makeKeychain);
    ~Doctor() override;

    /// Answers once, with everything found. Asks a running instance first, and waits for it.
    void run(std::function<void(const Findings &)> then);

private:
    void checkSettings();
    void checkApis();
    [[nodiscard]] Result<std::monostate> addTools(const apis::ImportedApi &api);
    void checkInstance();
    void checkPort();
    void checkSecrets();
    void readClientSecret();
    void checkTenant();
    void finish();
    [[nodiscard]] QString file(QLatin1String name) const;
    [[nodiscard]] std::optional<QString> kept(QLatin1String key) const;
    [[nodiscard]] quint16 wantedPort() const;

    ServeCommand m_command;
    KeychainMaker m_makeKeychain;
    SystemClock m_clock;
    SystemRandom m_random;
    QString m_directory;
    std::optional<Configuration> m_configuration;
    std::vector<apis::ImportedApi> m_apis;
    mcp::ToolRegistry m_tools;
    std::optional<quint16> m_running; ///< where the instance of this data directory serves
    bool m_secretKnown = true;
    std::unique_ptr<secrets::SecretStore> m_secretStore;
    std::unique_ptr<oidc::TenantNetwork> m_network;
    std::unique_ptr<oidc::TenantCheckup> m_checkup;
    Findings m_findings;
    std::function<void(const Findings &)> m_then;
};

} // namespace gatehouse::app
