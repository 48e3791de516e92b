// SPDX-License-Identifier: GPL-3.0-or-later
#include <secrets/remote_store.h>

namespace gatehouse::secrets {

RemoteStore::RemoteStore(const Threads &threads, QString name, Maker make)
    : m_threads(threads), m_name(std::move(name)), m_far(std::make_shared<Far>()),
      m_reads(threads.asking), m_changes(threads.asking)
{
    callOn(&m_threads.store, [far = m_far, make = std::move(make)] {
        far->store = make();
        far->context = std::make_unique<QObject>();
    });
}

RemoteStore::~RemoteStore()
{
    callOn(&m_threads.store, [far = std::move(m_far)] {
        far->context.reset();
        far->store.reset();
    });
}

void RemoteStore::read(const QString &key, QObject *context, Callback<std::optional<Secret>> then)
{
    m_reads.ask(m_threads.store, context, std::move(then), [far = m_far, key](const auto &answer) {
        far->store->read(key, far->context.get(), answer);
    });
}

void RemoteStore::write(const QString &key, const Secret &value, QObject *context,
                        Callback<std::monostate> then)
{
    m_changes.ask(m_threads.store, context, std::move(then),
                  [far = m_far, key, value](const auto &answer) {
                      far->store->write(key, value, far->context.get(), answer);
                  });
}

void RemoteStore::remove(const QString &key, QObject *context, Callback<std::monostate> then)
{
    m_changes.ask(m_threads.store, context, std::move(then),
                  [far = m_far, key](const auto &answer) {
                      far->store->remove(key, far->context.get(), answer);
                  });
}

} // namespace gatehouse::secrets
