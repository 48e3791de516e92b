// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>

#include <QByteArray>

#include <optional>

namespace gatehouse::http {

/// The time of a header field (RFC 9110 §5.6.7), in the one form that is generated today; nothing
/// when it is another.
[[nodiscard]] std::optional<Instant> parseHttpDate(const QByteArray &text);

/// The header fields of an answer that say how long it may be used; each empty when absent, several
/// fields of one name joined with commas.
struct CachingHeaders {
    QByteArray cacheControl;
    QByteArray expires;
    QByteArray date;
    QByteArray age;
};

/// How long an answer that has just arrived may be used without asking again (RFC 9111 §4.2), for a
/// private cache that guesses nothing: zero when the answer does not say, at most 24 hours.
[[nodiscard]] std::chrono::seconds freshnessOf(const CachingHeaders &headers, Instant now);

} // namespace gatehouse::http
