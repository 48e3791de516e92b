// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <app/command_line.h>
#include <app/data_directory.h>
#include <app/verbs.h>
#include <base/clock.h>
#include <base/random.h>
#include <service/configuration.h>
#include <service/gatehouse.h>

#include <QObject>

#include <memory>

namespace gatehouse::demo {
class Demo;
}
namespace gatehouse::secrets {
class SecretStore;
}
namespace gatehouse::store {
class Database;
}

namespace gatehouse::app {

class ControlServer;

/// One Gatehouse on its data directory, from the command line to the open port, with or without
/// windows. Lives on the service's thread. It holds the directory's lock and answers verbs as long
/// as it lives, also while the service could not start.
class Instance : public QObject {
    Q_OBJECT

public:
    struct Surroundings {
        /// The keychain's store for this instance id; not called with --secret-store memory.
        std::function<std::unique_ptr<secrets::SecretStore>(const QString &)> makeKeychain;
        /// Empty without windows.
        WindowOpener openWindow = {};
        AddFeatures addFeatures = {};
    };
    /// A directory that is already open is taken over; otherwise start() opens it.
    Instance(ServeCommand command, Surroundings surroundings,
             std::unique_ptr<DataDirectory> directory = {});
    ~Instance() override;

    /// Starts everything; answers once, with the first thing that is wrong. May be called again
    /// after that.
    void start(Callback<std::monostate> then);
    /// Ends streams and frees the port, finishes what is running, for a few seconds at most; then
    /// calls `then`. Verbs find no instance any more.
    void finish(const std::function<void()> &then);
    /// Ends everything now.
    void stop();

    [[nodiscard]] bool isRunning() const;
    /// Only while it runs.
    [[nodiscard]] Gatehouse &gatehouse();
    [[nodiscard]] Clock &clock() { return m_clock; }
    /// Set as far as start() came.
    [[nodiscard]] quint16 port() const { return m_port; }
    [[nodiscard]] const Configuration &configuration() const { return m_configuration; }
    [[nodiscard]] const ServeCommand &command() const { return m_command; }
    /// What the terminal says about an instance that runs: address and secret store.
    [[nodiscard]] QStringList description() const;
    /// What the verbs need to find this instance, for example " --demo".
    [[nodiscard]] QString verbOptions() const;

private:
    struct Parts;

    [[nodiscard]] Result<std::monostate> openDirectory();
    [[nodiscard]] Result<std::monostate> prepare();
    [[nodiscard]] Result<std::monostate> readSettings();
    [[nodiscard]] Result<std::monostate> startDemo();
    [[nodiscard]] Result<std::monostate> choosePort();
    [[nodiscard]] Result<QString> instanceId();
    void finishStart(const Result<std::monostate> &started, const Callback<std::monostate> &then);
    void runVerb(const VerbCall &call, const VerbAnswer &answer);

    ServeCommand m_command;
    Surroundings m_surroundings;
    SystemClock m_clock;
    SystemRandom m_random;
    quint16 m_port = 0;
    Configuration m_configuration;
    std::unique_ptr<DataDirectory> m_directory;
    std::unique_ptr<ControlServer> m_control;
    /// What one start makes; shared only with the call that ends it.
    std::shared_ptr<Parts> m_parts;
    Error m_trouble;
};

} // namespace gatehouse::app
