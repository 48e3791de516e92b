// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>

#include <optional>

namespace gatehouse {

[[nodiscard]] QByteArray sha256(QByteArrayView);
[[nodiscard]] QByteArray hmacSha256(QByteArrayView key, QByteArrayView message);
/// Compares in time that depends on the length alone.
[[nodiscard]] bool constantTimeEquals(QByteArrayView, QByteArrayView);
/// RFC 4648 §5 without padding.
[[nodiscard]] QByteArray toBase64Url(const QByteArray &);
/// Nothing for input with padding, other alphabets or stray characters.
[[nodiscard]] std::optional<QByteArray> fromBase64Url(const QByteArray &);
/// Overwrites the buffer in place; detaches first, so call it on the only copy.
void wipe(QByteArray &);
/// Frees what the library keeps for the calling thread; its last step, where the process may end
/// next. Qt 6.4 calls a QThread ended before its thread-local destructors ran: they would run
/// beside the library's own clean-up and free the same twice.
void releaseThreadState();

} // namespace gatehouse
