// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>
#include <base/secret.h>

namespace gatehouse::app {

/// True for what identifiers and secrets of clients are made of (RFC 6749 §A.1, §A.2), when there
/// is any: visible ASCII characters and spaces.
[[nodiscard]] bool isVisibleAscii(QByteArrayView text);

/// A client secret as a person gave it; a line end after it does not belong to it. The error says
/// what is wrong with it and holds nothing of it.
[[nodiscard]] Result<Secret> checkClientSecret(const QByteArray &given);

/// Reads one from the first line of standard input and waits for it. At a terminal it asks for it,
/// and what is typed is not shown. Only for a process that does nothing else.
[[nodiscard]] Result<Secret> askForClientSecret();

} // namespace gatehouse::app
