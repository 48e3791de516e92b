// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/error.h>

namespace gatehouse::app {

/// One line on standard output, at once.
void say(const QString &line);
/// One line on standard error, beside what the program is asked for.
void sayAside(const QString &line);
/// Message and remedy on standard error.
void complain(const Error &error);

} // namespace gatehouse::app
