// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <functional>

namespace gatehouse::platform {

/// True when somebody types what standard input says.
[[nodiscard]] bool isInputTerminal();

/// Reads the next line of standard input with its end, at most `longest` bytes, and waits for it. A
/// terminal shows nothing of it from the call of `hidden` on, and shows what is typed again
/// afterwards, also when a signal ends the process meanwhile. The caller wipes the line.
[[nodiscard]] QByteArray readHiddenLine(qsizetype longest, const std::function<void()> &hidden);

} // namespace gatehouse::platform
