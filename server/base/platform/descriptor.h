// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

#include <utility>

namespace gatehouse::platform {

/// Owns a descriptor of the system, and closes it.
class Descriptor {
public:
    Descriptor() = default;
    /// A negative one is none.
    explicit Descriptor(qintptr value) : m_value(value) { }
    Descriptor(Descriptor &&other) noexcept : m_value(std::exchange(other.m_value, kNone)) { }
    Descriptor &operator=(Descriptor &&other) noexcept
    {
        std::swap(m_value, other.m_value);
        return *this;
    }
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;
    ~Descriptor() { close(); }

    void close();
    [[nodiscard]] bool isOpen() const { return m_value >= 0; }
    [[nodiscard]] qintptr get() const { return m_value; }

private:
    static constexpr qintptr kNone = -1;
    qintptr m_value = kNone;
};

/// Another descriptor of what `descriptor` stands for; programs that are started do not get it.
/// None when the process may not open any more.
[[nodiscard]] Descriptor duplicate(qintptr descriptor);

} // namespace gatehouse::platform
