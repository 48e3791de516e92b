// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>
#include <base/secret.h>

namespace gatehouse::app {

/// Reads a client secret from the first line of standard input and waits for it. At a terminal it
/// asks for it, and what is typed is not shown. Only for a process that does nothing else.
[[nodiscard]] Result<Secret> askForClientSecret();

} // namespace gatehouse::app
