// SPDX-License-Identifier: GPL-3.0-or-later
#include <base/text.h>

#include <QChar>
#include <QList>

namespace gatehouse {

namespace {

/// Characters that reorder or hide what stands around them, and all that is not for display.
bool isUnfit(char32_t c)
{
    switch (QChar::category(c)) {
    case QChar::Other_Control:
    case QChar::Other_Format:
    case QChar::Other_Surrogate:
    case QChar::Other_PrivateUse:
    case QChar::Other_NotAssigned:
    case QChar::Separator_Line:
    case QChar::Separator_Paragraph:
        return true;
    default:
        return false;
    }
}

} // namespace

QString shownText(const QString &outside, int limit)
{
    QString shown;
    qsizetype characters = 0;
    // A name of a million characters is cut before it is looked at.
    const auto points = outside.left(4 * limit).toUcs4();
    for (const uint point : points) {
        if (characters == limit) {
            shown.chop(1);
            return shown + QChar(0x2026);
        }
        const auto c = static_cast<char32_t>(point);
        if (c == U'\t' || c == U'\n' || c == U'\r')
            shown.append(QLatin1Char(' '));
        else if (isUnfit(c))
            shown.append(QChar(0xFFFD));
        else
            shown.append(QString::fromUcs4(&c, 1));
        ++characters;
    }
    return shown.trimmed();
}

} // namespace gatehouse
