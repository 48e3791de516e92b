// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>

#include <QByteArray>
#include <QHash>

#include <algorithm>
#include <optional>

namespace gatehouse::demo {

/// Values that are forgotten after a while, by the hash of the secret that names them. Bounded: the
/// value that expires first makes room. A member of the tenant; the clock outlives it.
template <typename T>
class ExpiringMap {
public:
    ExpiringMap(Clock &clock, std::chrono::milliseconds lifetime, qsizetype capacity = 1000)
        : m_clock(clock), m_lifetime(lifetime), m_capacity(capacity)
    {
    }

    void insert(const QByteArray &key, T value)
    {
        dropExpired();
        if (m_entries.size() >= m_capacity)
            m_entries.erase(firstToExpire());
        m_entries.insert(key, {std::move(value), m_clock.now() + m_lifetime});
    }
    /// The value, to be changed in place; nullptr when unknown or expired.
    [[nodiscard]] T *find(const QByteArray &key)
    {
        dropExpired();
        const auto found = m_entries.find(key);
        return found == m_entries.end() ? nullptr : &found->value;
    }
    /// Removes the value and hands it out.
    [[nodiscard]] std::optional<T> take(const QByteArray &key)
    {
        T *value = find(key);
        if (value == nullptr)
            return std::nullopt;
        std::optional<T> taken(std::move(*value));
        m_entries.remove(key);
        return taken;
    }
    void remove(const QByteArray &key) { m_entries.remove(key); }

private:
    struct Entry {
        T value;
        Instant expires;
    };

    using Iterator = typename QHash<QByteArray, Entry>::iterator;

    void dropExpired()
    {
        const auto now = m_clock.now();
        m_entries.removeIf([now](Iterator entry) { return entry->expires <= now; });
    }
    [[nodiscard]] Iterator firstToExpire()
    {
        return std::min_element(
            m_entries.begin(), m_entries.end(),
            [](const Entry &a, const Entry &b) { return a.expires < b.expires; });
    }

    Clock &m_clock;
    std::chrono::milliseconds m_lifetime;
    qsizetype m_capacity;
    QHash<QByteArray, Entry> m_entries;
};

} // namespace gatehouse::demo
