// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <app/verb_result.h>

namespace gatehouse::app {

/// Asks the instance of this data directory, and waits for its answer (30 s at most). Only for a
/// process that does nothing else.
[[nodiscard]] VerbResult askInstance(const QString &dataDirectory, const VerbCommand &command);

} // namespace gatehouse::app
