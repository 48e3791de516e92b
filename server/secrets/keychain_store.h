// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <secrets/secret_store.h>

#include <chrono>

namespace gatehouse::secrets {

/// How long a keychain may take. Unlocking asks the person for a password, so this is long.
constexpr std::chrono::seconds kKeychainPatience{60};

/// The OS keychain through QtKeychain: Secret Service or KWallet, Windows Credential Manager, macOS
/// Keychain. Lives as long as the service, on the main thread, whose event dispatcher must be
/// GLib's on Linux (libsecret answers through it).
class KeychainStore final : public SecretStore {
public:
    /// Two instances with different ids do not see each other's entries.
    explicit KeychainStore(const QString &instanceId,
                           std::chrono::milliseconds patience = kKeychainPatience);

    void read(const QString &key, QObject *context, Callback<std::optional<Secret>> then) override;
    void write(const QString &key, const Secret &value, QObject *context,
               Callback<std::monostate> then) override;
    void remove(const QString &key, QObject *context, Callback<std::monostate> then) override;
    [[nodiscard]] QString name() const override;

private:
    /// A Secret Service that stays locked says that an entry does not exist, or that it is removed.
    /// Only one that can be written to is believed; another is an error.
    void confirmAbsence(QObject *context, Callback<std::monostate> then);

    QString m_service;
    std::chrono::milliseconds m_patience;
};

} // namespace gatehouse::secrets
