// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/secret.h>

#include <QStringList>

#include <functional>

class QObject;

namespace gatehouse::platform {

/// Files and sockets created from now on are for this user alone; in release builds the process
/// leaves no core dump and lets no process of the same user attach.
void hardenProcess();

/// Calls `stop` on the event loop of `context` when the process gets SIGTERM or SIGINT, or SIGHUP
/// (its terminal is closed) unless it was started to ignore that.
void onTerminationSignal(QObject *context, std::function<void()> stop);

/// True when the session says that windows can be shown.
[[nodiscard]] bool hasDisplay();

/// The value of an environment variable, which is then neither in the environment nor in the memory
/// that the system shows as the environment of this process. Empty when it is not set.
[[nodiscard]] Secret takeSecretVariable(const char *name);

/// Goes on as `program`, with the same process id and environment. Returns only when that program
/// cannot be started.
void becomeProgram(const QString &program, const QStringList &arguments);

/// Raises the limit of open descriptors to the hard limit: every stream holds one.
void raiseDescriptorLimit();

} // namespace gatehouse::platform
