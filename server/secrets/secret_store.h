// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>
#include <base/secret.h>

#include <QObject>
#include <QString>

#include <memory>
#include <optional>

namespace gatehouse::secrets {

/// Where secrets rest: the OS keychain, or this process's memory. Lives as long as the service, on
/// the main thread. Every call answers later, exactly once, unless `context` is gone.
class SecretStore {
public:
    virtual ~SecretStore() = default;
    /// Nothing when there is no such entry; an error when the store cannot be read (locked,
    /// absent).
    virtual void read(const QString &key, QObject *context,
                      Callback<std::optional<Secret>> then) = 0;
    virtual void write(const QString &key, const Secret &value, QObject *context,
                       Callback<std::monostate> then) = 0;
    /// Removing what does not exist is done.
    virtual void remove(const QString &key, QObject *context, Callback<std::monostate> then) = 0;
    /// "keychain" or "memory", for status and messages.
    [[nodiscard]] virtual QString name() const = 0;
};

/// Entries live in the OS keychain through QtKeychain under the service name
/// "gatehouse/<instance>". Never falls back to clear text. A keychain that does not answer in 60 s
/// is an error that says so.
[[nodiscard]] std::unique_ptr<SecretStore> makeKeychainStore(const QString &instanceId);
/// Lost when the process ends.
[[nodiscard]] std::unique_ptr<SecretStore> makeMemoryStore();

} // namespace gatehouse::secrets
