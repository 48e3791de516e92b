// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <app/command_line.h>

#include <QJsonValue>

namespace gatehouse::app {

/// Why a verb has no answer, with the exit code that says so.
struct VerbFailure {
    ExitCode exitCode;
    Error error;
};

/// Asks the instance of this data directory, and waits for its answer (30 s at most). Only for a
/// process that does nothing else.
[[nodiscard]] Result<QJsonValue, VerbFailure> askInstance(const QString &dataDirectory,
                                                          const VerbCommand &command);

} // namespace gatehouse::app
