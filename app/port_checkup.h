// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/finding.h>

#include <optional>

namespace gatehouse::app {

/// What is known about ports before any of them is looked at.
struct PortQuestion {
    quint16 wanted = 0; ///< by a start; 0: it would choose
    int count = 1; ///< `wanted` and those right behind it
    std::optional<quint16> running = {}; ///< where the instance of this data directory serves
};

/// Whether a start could listen, and who listens where it could not.
[[nodiscard]] Finding portFinding(const PortQuestion &question);

} // namespace gatehouse::app
