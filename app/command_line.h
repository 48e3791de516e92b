// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <app/environment.h>

#include <base/result.h>
#include <base/secret.h>
#include <service/configuration.h>

#include <QJsonObject>
#include <QStringList>

#include <optional>
#include <variant>

namespace gatehouse::app {

/// Exit codes that scripts rely on.
enum ExitCode { Done = 0, Failed = 1, WrongUsage = 2, NotRunning = 3 };

enum class SecretStoreKind { Keychain, Memory };

/// Which instance is meant.
struct InstanceOptions {
    QString dataDirectory; ///< empty: the usual one
    bool demo = false;
};

/// What the verbs need to find this instance, for example " --demo", for advice that a person
/// copies into a shell; empty for the usual one.
[[nodiscard]] QString verbOptions(const InstanceOptions &instance);

/// Start the service.
struct ServeCommand {
    InstanceOptions instance;
    std::optional<quint16> port = {}; ///< 0: choose free ones once and keep them
    SecretStoreKind secretStore = SecretStoreKind::Keychain;
    QString demoIssuerHost = QStringLiteral("localhost");
    bool headless = false; ///< no windows, even where there is a display
    TenantOverride tenant = {};
    Secret clientSecret = {}; ///< in place of the stored one; never stored
};

/// Check what a start with the same options would need.
struct DoctorCommand {
    ServeCommand serve;
    bool json = false;
};

/// Ask the running service.
struct VerbCommand {
    InstanceOptions instance;
    QString verb;
    QJsonObject arguments = {};
    bool json = false;
};

/// Print this and end with success (--help, --version).
struct PrintCommand {
    QString text;
};

using Command = std::variant<ServeCommand, VerbCommand, DoctorCommand, PrintCommand>;

/// The command line without the program's name; an option wins over the variable that says the
/// same. The error says what is wrong and ends in usage, or names the variable (exit code 2).
[[nodiscard]] Result<Command> parseCommandLine(const QStringList &arguments,
                                               const Environment &environment = {});

} // namespace gatehouse::app
