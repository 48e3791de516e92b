// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/durations.h>

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>

namespace gatehouse::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kHour = std::chrono::hours(1);
constexpr auto kDay = std::chrono::hours(24);
constexpr int kMonthDays = 30;

struct Words {
    Q_DECLARE_TR_FUNCTIONS(gatehouse::ui::Durations)
};

QDateTime local(Instant instant)
{
    return QDateTime::fromMSecsSinceEpoch(toMilliseconds(instant));
}

DurationChoice byRisk(approval::RiskLevel level)
{
    switch (level) {
    case approval::RiskLevel::Plain:
        return DurationChoice::Month;
    case approval::RiskLevel::Caution:
        return DurationChoice::Today;
    case approval::RiskLevel::Danger:
        return DurationChoice::Hour;
    }
    return DurationChoice::Hour;
}

DurationChoice nearest(std::chrono::milliseconds duration)
{
    if (duration <= kHour)
        return DurationChoice::Hour;
    return duration <= kDay ? DurationChoice::Today : DurationChoice::Month;
}

/// The longest choice that is not longer than what was asked for, if there is one so short.
DurationChoice longestWithin(std::chrono::milliseconds asked)
{
    if (asked >= kMonthDays * kDay)
        return DurationChoice::Month;
    return asked >= kDay ? DurationChoice::Today : DurationChoice::Hour;
}

} // namespace

QString durationWords(DurationChoice choice)
{
    switch (choice) {
    case DurationChoice::Hour:
        return Words::tr("1 hour");
    case DurationChoice::Today:
        return Words::tr("Today");
    case DurationChoice::Month:
        return Words::tr("30 days");
    case DurationChoice::UntilRevoked:
        return Words::tr("Until I revoke it");
    }
    return {};
}

std::optional<Instant> durationEnd(DurationChoice choice, Instant now)
{
    switch (choice) {
    case DurationChoice::Hour:
        return now + kHour;
    case DurationChoice::Today:
        return fromMilliseconds(local(now).date().addDays(1).startOfDay().toMSecsSinceEpoch());
    case DurationChoice::Month:
        return fromMilliseconds(local(now).addDays(kMonthDays).toMSecsSinceEpoch());
    case DurationChoice::UntilRevoked:
        return std::nullopt;
    }
    return now;
}

QString durationEndWords(DurationChoice choice, Instant now)
{
    const auto end = durationEnd(choice, now);
    if (!end)
        return Words::tr("You can end it in the Gatehouse window at any time.");
    if (choice == DurationChoice::Today)
        return Words::tr("Until midnight");
    if (choice == DurationChoice::Month)
        return Words::tr("Until %1").arg(dateWords(*end));
    const auto time = QLocale().toString(local(*end).time(), u"HH:mm"_s);
    return local(*end).date() == local(now).date() ? Words::tr("Until %1 today").arg(time)
                                                   : Words::tr("Until %1 tomorrow").arg(time);
}

DurationChoice presetDuration(const AccessRequest &request)
{
    const auto careful = byRisk(request.risk.level);
    if (request.askedDuration)
        return std::min(careful, longestWithin(*request.askedDuration));
    return request.lastDuration ? std::min(careful, nearest(*request.lastDuration)) : careful;
}

QString dateWords(Instant instant)
{
    return QLocale().toString(local(instant).date(), Words::tr("d MMMM yyyy"));
}

} // namespace gatehouse::ui
