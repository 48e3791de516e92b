// SPDX-License-Identifier: GPL-3.0-or-later
#include <app/duration.h>

#include <QRegularExpression>

namespace gatehouse::app {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

Result<std::optional<std::chrono::milliseconds>> parseDuration(const QString &text)
{
    if (text == "until-revoked"_L1)
        return std::optional<std::chrono::milliseconds>();
    static const QRegularExpression kPattern(u"\\A(\\d{1,9})([smhd])\\z"_s);
    const auto match = kPattern.match(text);
    const auto number = match.captured(1).toLongLong();
    if (match.hasMatch() && number > 0) {
        const QChar letter = match.captured(2).at(0);
        const std::chrono::milliseconds unit = letter == u's' ? 1s
            : letter == u'm'                                  ? 1min
            : letter == u'h'                                  ? 1h
                                                              : 24h;
        if (number <= kLongestDuration / unit)
            return std::optional(number * unit);
    }
    return fail(Error{u"\"%1\" is not a duration."_s.arg(text),
                      u"Write a number and s, m, h or d, for example 30d, or until-revoked."_s});
}

} // namespace gatehouse::app
