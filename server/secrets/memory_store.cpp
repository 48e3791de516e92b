// SPDX-License-Identifier: GPL-3.0-or-later
#include <secrets/memory_store.h>

#include <QMetaObject>

namespace gatehouse::secrets {

using namespace Qt::StringLiterals;

namespace {

template <typename T>
void answerLater(QObject *context, Callback<T> then, T value)
{
    QMetaObject::invokeMethod(
        context, [then = std::move(then), value = std::move(value)] { then(value); },
        Qt::QueuedConnection);
}

} // namespace

void MemoryStore::read(const QString &key, QObject *context, Callback<std::optional<Secret>> then)
{
    const auto found = m_values.constFind(key);
    answerLater(context, std::move(then),
                found == m_values.constEnd() ? std::optional<Secret>() : *found);
}

void MemoryStore::write(const QString &key, const Secret &value, QObject *context,
                        Callback<std::monostate> then)
{
    m_values.insert(key, value);
    answerLater(context, std::move(then), std::monostate());
}

void MemoryStore::remove(const QString &key, QObject *context, Callback<std::monostate> then)
{
    m_values.remove(key);
    answerLater(context, std::move(then), std::monostate());
}

QString MemoryStore::name() const
{
    return u"memory"_s;
}

} // namespace gatehouse::secrets
