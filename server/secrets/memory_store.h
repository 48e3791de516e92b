// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <secrets/secret_store.h>

#include <QHash>

namespace gatehouse::secrets {

/// Keeps secrets in this process only: they are lost when it ends. For tests, and for a service on
/// a machine without a keychain whose operator chose so.
class MemoryStore final : public SecretStore {
public:
    void read(const QString &key, QObject *context, Callback<std::optional<Secret>> then) override;
    void write(const QString &key, const Secret &value, QObject *context,
               Callback<std::monostate> then) override;
    void remove(const QString &key, QObject *context, Callback<std::monostate> then) override;
    [[nodiscard]] QString name() const override;

private:
    QHash<QString, Secret> m_values;
};

} // namespace gatehouse::secrets
