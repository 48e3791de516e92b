// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <app/command_line.h>

#include <QJsonValue>

namespace gatehouse::app {

/// What a verb says to a person in a terminal. Text from clients is shown harmless.
[[nodiscard]] QString textFor(const VerbCommand &command, const QJsonValue &value);

} // namespace gatehouse::app
