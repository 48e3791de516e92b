// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>
#include <base/secret.h>

namespace gatehouse {

/// Those of Auth0 have 64 characters.
constexpr qsizetype kLongestClientSecret = 1024;

/// True for what identifiers and secrets of clients are made of (RFC 6749 §A.1, §A.2), when there
/// is any: visible ASCII characters and spaces.
[[nodiscard]] bool isVisibleAscii(QByteArrayView text);

/// A client secret as a person gave it; a line end after it does not belong to it. The error says
/// what is wrong with it and holds nothing of it.
[[nodiscard]] Result<Secret> checkClientSecret(const QByteArray &given);

} // namespace gatehouse
