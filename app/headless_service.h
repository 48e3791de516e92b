// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <app/command_line.h>
#include <app/data_directory.h>
#include <base/clock.h>
#include <base/random.h>
#include <service/configuration.h>

#include <QObject>

#include <memory>

namespace gatehouse {
class Gatehouse;
}
namespace gatehouse::demo {
class Demo;
}
namespace gatehouse::secrets {
class SecretStore;
}
namespace gatehouse::store {
class Database;
struct Interaction;
} // namespace gatehouse::store

namespace gatehouse::app {

class ControlServer;
class Verbs;

/// The service without windows, from the command line to the open port. Lives in main().
class HeadlessService : public QObject {
    Q_OBJECT

public:
    explicit HeadlessService(ServeCommand command);
    ~HeadlessService() override;

    /// Starts everything; answers once, with the first thing that is wrong.
    void start(Callback<std::monostate> then);
    /// Ends streams and frees the port, finishes what is running, for a few seconds at most; then
    /// calls `then`.
    void finish(const std::function<void()> &then);

private:
    void stop();
    [[nodiscard]] Result<std::monostate> prepare();
    [[nodiscard]] Result<std::monostate> startDemo();
    [[nodiscard]] Result<std::monostate> readSettings();
    [[nodiscard]] Result<std::monostate> choosePort();
    [[nodiscard]] Result<std::monostate> openControlSocket();
    [[nodiscard]] Result<QString> instanceId();
    void announce();
    void announceApproval(const store::Interaction &interaction);
    [[nodiscard]] QString verbOptions() const;

    ServeCommand m_command;
    SystemClock m_clock;
    SystemRandom m_random;
    quint16 m_port = 0;
    Configuration m_configuration;
    std::unique_ptr<DataDirectory> m_directory;
    std::unique_ptr<store::Database> m_database;
    std::unique_ptr<secrets::SecretStore> m_secretStore;
    std::unique_ptr<demo::Demo> m_demo;
    std::unique_ptr<Gatehouse> m_gatehouse;
    std::unique_ptr<Verbs> m_verbs;
    std::unique_ptr<ControlServer> m_control;
};

} // namespace gatehouse::app
