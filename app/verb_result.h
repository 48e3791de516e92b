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

using VerbResult = Result<QJsonValue, VerbFailure>;

} // namespace gatehouse::app
