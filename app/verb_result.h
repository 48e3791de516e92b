// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <app/command_line.h>

#include <base/platform/process_info.h>

#include <QJsonValue>

#include <functional>

namespace gatehouse::app {

/// Why a verb has no answer, with the exit code that says so.
struct VerbFailure {
    ExitCode exitCode;
    Error error;
    bool answered = false; ///< an instance said so itself
};

using VerbResult = Result<QJsonValue, VerbFailure>;
/// Ends a verb, once, now or later.
using VerbAnswer = std::function<void(const VerbResult &)>;

/// A verb as it arrives in the service's process.
struct VerbCall {
    QString verb;
    QJsonObject arguments;
    /// Lives as long as somebody waits for the answer.
    QObject *caller = nullptr;
    std::optional<platform::ProcessInfo> process = {}; ///< that asks; not verified
    /// Says something to whoever waits, before the answer.
    std::function<void(const QString &)> tell = {};
};

} // namespace gatehouse::app
