// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>

namespace gatehouse {
class RandomSource;
}

namespace gatehouse::app {

/// True when this port is free on 127.0.0.1 and, where there is one, on ::1.
[[nodiscard]] bool isPortFree(quint16 port);

/// A port that is free on 127.0.0.1 and ::1, with `count` - 1 free ones right behind it; none of
/// those that the system gives to connections.
[[nodiscard]] Result<quint16> chooseFreePorts(int count, RandomSource &random);

} // namespace gatehouse::app
