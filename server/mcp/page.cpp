// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/page.h>

#include <base/crypto.h>

#include <algorithm>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

namespace {

QString cursorOf(const QString &list, qsizetype begin)
{
    return QString::fromLatin1(toBase64Url(u"%1 %2"_s.arg(list).arg(begin).toUtf8()));
}

/// Nothing for a cursor of another list, or of no place in this one.
std::optional<qsizetype> beginOf(const QString &cursor, const QString &list, qsizetype count)
{
    const auto text = fromBase64Url(cursor.toLatin1());
    if (!text)
        return std::nullopt;
    const auto words = QString::fromUtf8(*text).split(u' ');
    bool isNumber = false;
    const auto begin = words.value(1).toLongLong(&isNumber);
    if (words.size() != 2 || words.first() != list || !isNumber || begin <= 0 || begin >= count)
        return std::nullopt;
    return begin;
}

} // namespace

Result<Page, RpcError> pageOf(const QJsonObject &params, const QString &list, qsizetype count,
                              qsizetype pageSize)
{
    const auto cursor = params.value("cursor"_L1);
    qsizetype begin = 0;
    if (isGiven(cursor)) {
        const auto place = beginOf(cursor.toString(), list, count);
        if (!place)
            return fail(RpcError{rpc_code::kInvalidParams, u"This cursor is unknown."_s});
        begin = *place;
    }
    const auto end = std::min(begin + pageSize, count);
    return Page{begin, end, end < count ? cursorOf(list, end) : QString()};
}

} // namespace gatehouse::mcp
