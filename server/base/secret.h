// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QDebug>

namespace gatehouse {

/// A value that must not be seen: token, code, verifier, key. Wipes itself, compares in constant
/// time, and does not compile into a log line. Copies are deep, so that each wipes its own bytes.
class Secret {
public:
    Secret() = default;
    explicit Secret(const QByteArray &value);
    Secret(const Secret &);
    Secret(Secret &&) noexcept;
    Secret &operator=(const Secret &);
    Secret &operator=(Secret &&) noexcept;
    ~Secret();

    [[nodiscard]] bool isEmpty() const { return m_value.isEmpty(); }
    /// The value itself, for the wire or the keychain. Do not store the result.
    [[nodiscard]] const QByteArray &reveal() const { return m_value; }
    [[nodiscard]] bool equals(QByteArrayView other) const;
    /// SHA-256, the only form that is stored.
    [[nodiscard]] QByteArray hash() const;

private:
    QByteArray m_value;
};

QDebug operator<<(QDebug, const Secret &) = delete;

} // namespace gatehouse
