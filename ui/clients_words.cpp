// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/clients_words.h>

#include <ui/durations.h>

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>

#include <algorithm>

namespace gatehouse::ui {

using namespace Qt::StringLiterals;

namespace {

/// After this the hour of the day says more than how many hours have gone by.
constexpr auto kHoursCounted = 6h;

struct Words {
    Q_DECLARE_TR_FUNCTIONS(gatehouse::ui::Words)
};

QDateTime local(Instant moment)
{
    return QDateTime::fromMSecsSinceEpoch(toMilliseconds(moment));
}

QString timeOfDay(Instant moment)
{
    return QLocale().toString(local(moment).time(), QLocale::ShortFormat);
}

/// The date, without the year when it is this one.
QString shortDate(Instant moment, Instant now)
{
    const bool thisYear = local(moment).date().year() == local(now).date().year();
    //: The pattern of a date as QLocale::toString() takes it.
    return thisYear ? QLocale().toString(local(moment).date(), Words::tr("d MMMM"))
                    : dateWords(moment);
}

qint64 daysFrom(Instant from, Instant to)
{
    return local(from).date().daysTo(local(to).date());
}

} // namespace

QString momentText(Instant moment, Instant now)
{
    const auto days = daysFrom(now, moment);
    if (days == 0)
        return timeOfDay(moment);
    if (days == 1)
        return Words::tr("tomorrow, %1").arg(timeOfDay(moment));
    return Words::tr("%1, %2").arg(shortDate(moment, now), timeOfDay(moment));
}

QString usedText(std::optional<Instant> used, Instant now)
{
    if (!used)
        return Words::tr("Not used yet");
    const auto ago = now - *used;
    if (ago < 1min)
        return Words::tr("Used just now");
    if (ago < 1h) {
        const int minutes = int(std::chrono::floor<std::chrono::minutes>(ago).count());
        return minutes == 1 ? Words::tr("Used 1 minute ago")
                            : Words::tr("Used %n minutes ago", nullptr, minutes);
    }
    if (ago < kHoursCounted) {
        const int hours = int(std::chrono::floor<std::chrono::hours>(ago).count());
        return hours == 1 ? Words::tr("Used 1 hour ago")
                          : Words::tr("Used %n hours ago", nullptr, hours);
    }
    const auto days = daysFrom(*used, now);
    if (days == 0)
        return Words::tr("Used at %1").arg(timeOfDay(*used));
    if (days == 1)
        return Words::tr("Used yesterday");
    return Words::tr("Used on %1").arg(shortDate(*used, now));
}

QString endsText(std::optional<Instant> ends, Instant now)
{
    if (!ends)
        return Words::tr("never");
    const auto days = daysFrom(now, *ends);
    if (days == 0)
        return Words::tr("today, %1").arg(timeOfDay(*ends));
    if (days == 1)
        return Words::tr("tomorrow, %1").arg(timeOfDay(*ends));
    return Words::tr("in %n days", nullptr, int(days));
}

QString endedText(Instant ended, Instant now)
{
    const auto days = daysFrom(ended, now);
    if (days <= 0)
        return Words::tr("today, %1").arg(timeOfDay(ended));
    if (days == 1)
        return Words::tr("yesterday");
    return shortDate(ended, now);
}

QString howLongText(const ClientLine &client, Instant now)
{
    if (client.endedAt && client.misused)
        return Words::tr("Shut out: %1. An old token was used again. Someone may have copied it.")
            .arg(endedText(*client.endedAt, now));
    if (client.endedAt && client.state == ClientState::Revoked)
        return Words::tr("Revoked: %1").arg(endedText(*client.endedAt, now));
    if (client.endedAt)
        return Words::tr("Ended: %1").arg(endedText(*client.endedAt, now));
    if (!client.expiresAt)
        return Words::tr("Until you revoke it");
    if (daysFrom(now, *client.expiresAt) <= 1)
        return Words::tr("Until %1").arg(endsText(client.expiresAt, now));
    return Words::tr("Until %1 (%2)")
        .arg(dateWords(*client.expiresAt), endsText(client.expiresAt, now));
}

QString remainingText(Instant until, Instant now)
{
    const int minutes = int(std::chrono::ceil<std::chrono::minutes>(until - now).count());
    return minutes <= 1 ? Words::tr("1 minute") : Words::tr("%n minutes", nullptr, minutes);
}

QString stateWord(ClientState state)
{
    switch (state) {
    case ClientState::Connected:
        return Words::tr("Connected");
    case ClientState::Allowed:
        return Words::tr("Allowed");
    case ClientState::EndsSoon:
        return Words::tr("Ends soon");
    case ClientState::Paused:
        return Words::tr("Paused");
    case ClientState::SignedOut:
        return Words::tr("Signed out");
    case ClientState::Ended:
        return Words::tr("Ended");
    case ClientState::Revoked:
        return Words::tr("Revoked");
    }
    return {};
}

bool isAllowedNow(ClientState state)
{
    return state != ClientState::Ended && state != ClientState::Revoked;
}

int allowedNow(const DeskState &state)
{
    return int(std::ranges::count_if(
        state.clients, [](const ClientLine &client) { return isAllowedNow(client.state); }));
}

bool isSignedOut(const DeskState &state)
{
    const bool expected = !state.accounts.isEmpty() || allowedNow(state) > 0;
    return state.running && expected
        && std::ranges::none_of(state.accounts, &AccountLine::signedIn);
}

} // namespace gatehouse::ui
