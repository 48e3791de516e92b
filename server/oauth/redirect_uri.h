// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>

#include <QStringList>

namespace gatehouse::oauth {

/// Whether a client may register this redirect URI: https, http on loopback, or a private-use
/// scheme (RFC 8252 §7). The error says what is wrong with it.
[[nodiscard]] Result<std::monostate> checkRegisteredRedirectUri(const QString &uri);

/// Whether a request may name `requested`: equal to a registered one, byte for byte, but for the
/// port of a loopback address (RFC 8252 §7.3; `localhost` too, because clients use it).
[[nodiscard]] bool matchesRegistered(const QString &requested, const QStringList &registered);

/// "localhost:51234 on this computer", "claude.ai", or "the app link cursor://": where the answer
/// goes, in words.
[[nodiscard]] QString describeRedirectTarget(const QString &uri);

} // namespace gatehouse::oauth
