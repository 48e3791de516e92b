// SPDX-License-Identifier: GPL-3.0-or-later
#include <http/freshness.h>

#include <QDateTime>
#include <QList>
#include <QLocale>
#include <QTimeZone>

#include <algorithm>

namespace gatehouse::http {

using namespace Qt::StringLiterals;

namespace {

using std::chrono::seconds;

constexpr seconds kLongest = 24h;

/// RFC 9111 §1.2.2: digits only; what is too large counts as very long.
std::optional<seconds> deltaSeconds(const QByteArray &text)
{
    const bool isNumber = !text.isEmpty()
        && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!isNumber)
        return std::nullopt;
    bool fits = false;
    const auto number = text.toUInt(&fits);
    return fits ? seconds(number) : seconds::max();
}

struct Directives {
    bool askEveryTime = false; ///< no-store or no-cache
    std::optional<seconds> maxAge; ///< the shortest of them; zero when one makes no sense
};

/// RFC 9111 §5.2.2. s-maxage is for caches that several people share.
Directives parseCacheControl(const QByteArray &value)
{
    Directives directives;
    const auto parts = value.split(',');
    for (const auto &part : parts) {
        const auto equals = part.indexOf('=');
        const auto name = part.left(equals < 0 ? part.size() : equals).trimmed().toLower();
        if (name == "no-store" || name == "no-cache")
            directives.askEveryTime = true;
        if (name != "max-age")
            continue;
        auto argument = equals < 0 ? QByteArray() : part.mid(equals + 1).trimmed();
        if (argument.size() >= 2 && argument.startsWith('"') && argument.endsWith('"'))
            argument = argument.mid(1, argument.size() - 2);
        const auto age = deltaSeconds(argument).value_or(seconds(0));
        directives.maxAge = std::min(directives.maxAge.value_or(age), age);
    }
    return directives;
}

/// RFC 9111 §4.2.1: max-age before Expires; an Expires that is no date is in the past.
seconds lifetimeOf(const CachingHeaders &headers, const Directives &directives, Instant now)
{
    if (directives.maxAge)
        return std::min(*directives.maxAge, seconds(kLongest));
    const auto expires = parseHttpDate(headers.expires);
    if (!expires)
        return seconds(0);
    return std::chrono::floor<seconds>(*expires - parseHttpDate(headers.date).value_or(now));
}

/// RFC 9111 §4.2.3: what a cache on the way says, and what the clocks say.
seconds ageOf(const CachingHeaders &headers, Instant now)
{
    const auto date = parseHttpDate(headers.date).value_or(now);
    const auto apparent = std::chrono::floor<seconds>(std::max(now - date, Instant::duration(0)));
    return std::max(apparent, deltaSeconds(headers.age).value_or(seconds(0)));
}

} // namespace

std::optional<Instant> parseHttpDate(const QByteArray &text)
{
    const auto time = QLocale::c().toDateTime(QString::fromLatin1(text).trimmed(),
                                              u"ddd, dd MMM yyyy HH:mm:ss 'GMT'"_s);
    if (!time.isValid())
        return std::nullopt;
    return fromMilliseconds(
        QDateTime(time.date(), time.time(), QTimeZone::utc()).toMSecsSinceEpoch());
}

seconds freshnessOf(const CachingHeaders &headers, Instant now)
{
    const auto directives = parseCacheControl(headers.cacheControl);
    if (directives.askEveryTime)
        return seconds(0);
    const auto lifetime = std::clamp(lifetimeOf(headers, directives, now), seconds(0), kLongest);
    const auto age = ageOf(headers, now);
    return age >= lifetime ? seconds(0) : lifetime - age;
}

} // namespace gatehouse::http
