// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/thread_question.h>
#include <secrets/secret_store.h>

namespace gatehouse::secrets {

/// A store that lives on another thread (the keychain's must be the main thread), used from this
/// one. Lives on the thread that asks; the store itself is made, used and destroyed on the other.
class RemoteStore final : public SecretStore {
public:
    /// Objects of both threads, on which questions and answers are called. They live longer than
    /// any question is worked on.
    struct Threads {
        QObject &asking;
        QObject &store;
    };
    using Maker = std::function<std::unique_ptr<SecretStore>()>;

    /// `make` is called once, on the store's thread; `name` is the made store's.
    RemoteStore(const Threads &threads, QString name, Maker make);
    ~RemoteStore() override;

    void read(const QString &key, QObject *context, Callback<std::optional<Secret>> then) override;
    void write(const QString &key, const Secret &value, QObject *context,
               Callback<std::monostate> then) override;
    void remove(const QString &key, QObject *context, Callback<std::monostate> then) override;
    [[nodiscard]] QString name() const override { return m_name; }

private:
    /// Touched on the store's thread alone.
    struct Far {
        std::unique_ptr<SecretStore> store;
        /// Jobs end with it, before the store does.
        std::unique_ptr<QObject> context;
    };

    Threads m_threads;
    QString m_name;
    std::shared_ptr<Far> m_far;
    ThreadQuestions<std::optional<Secret>> m_reads;
    ThreadQuestions<std::monostate> m_changes;
};

} // namespace gatehouse::secrets
