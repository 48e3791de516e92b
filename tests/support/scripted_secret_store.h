// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <secrets/memory_store.h>

#include <QStringList>

namespace gatehouse::tests {

/// A secret store in memory that remembers what was done to it, fails when told to, and keeps
/// writes waiting while `holdWrites` is set.
class ScriptedSecretStore final : public secrets::SecretStore {
public:
    void read(const QString &key, QObject *context, Callback<std::optional<Secret>> then) override
    {
        if (broken || unreadable)
            then(fail(trouble()));
        else
            m_store.read(key, context, std::move(then));
    }
    void write(const QString &key, const Secret &value, QObject *context,
               Callback<std::monostate> then) override
    {
        if (broken) {
            then(fail(trouble()));
            return;
        }
        written.append(QString::fromUtf8(value.reveal()));
        auto work = [=, this] { m_store.write(key, value, context, then); };
        if (holdWrites)
            m_held.append(work);
        else
            work();
    }
    void remove(const QString &key, QObject *context, Callback<std::monostate> then) override
    {
        if (broken || unremovable) {
            then(fail(trouble()));
            return;
        }
        removed.append(key);
        m_store.remove(key, context, std::move(then));
    }
    [[nodiscard]] QString name() const override { return QStringLiteral("scripted"); }

    void releaseWrites()
    {
        holdWrites = false;
        for (const auto &work : std::exchange(m_held, {}))
            work();
    }

    bool broken = false; ///< for whatever is asked of it
    bool unreadable = false;
    bool unremovable = false;
    bool holdWrites = false;
    QStringList written;
    QStringList removed;

private:
    static Error trouble() { return Error{QStringLiteral("The keychain is locked.")}; }

    secrets::MemoryStore m_store;
    QList<std::function<void()>> m_held;
};

} // namespace gatehouse::tests
