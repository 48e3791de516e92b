// SPDX-License-Identifier: GPL-3.0-or-later
#include <base/secret.h>

#include <base/crypto.h>

namespace gatehouse {

namespace {
QByteArray deepCopy(const QByteArray &value)
{
    return QByteArray(value.constData(), value.size());
}
} // namespace

Secret::Secret(const QByteArray &value) : m_value(deepCopy(value)) { }
Secret::Secret(const Secret &other) : m_value(deepCopy(other.m_value)) { }
Secret::Secret(Secret &&other) noexcept : m_value(std::exchange(other.m_value, {})) { }

Secret &Secret::operator=(const Secret &other)
{
    if (this != &other) {
        wipe(m_value);
        m_value = deepCopy(other.m_value);
    }
    return *this;
}

Secret &Secret::operator=(Secret &&other) noexcept
{
    if (this != &other) {
        wipe(m_value);
        m_value = std::exchange(other.m_value, {});
    }
    return *this;
}

Secret::~Secret()
{
    wipe(m_value);
}

bool Secret::equals(QByteArrayView other) const
{
    return constantTimeEquals(m_value, other);
}

QByteArray Secret::hash() const
{
    return sha256(m_value);
}

} // namespace gatehouse
