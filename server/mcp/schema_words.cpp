// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/schema_words.h>

#include <base/json.h>

#include <QJsonArray>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

QString literal(const QJsonValue &value)
{
    constexpr qsizetype kLongest = 80;
    const auto list = QString::fromUtf8(toCompactJson(QJsonArray{value}));
    const auto text = list.mid(1, list.size() - 2);
    return text.size() > kLongest ? text.left(kLongest) + u'…' : text;
}

QString counted(quint64 count, const QString &thing)
{
    return QString::number(count) + u' ' + thing + (count == 1 ? u""_s : u"s"_s);
}

QString listed(QStringList items)
{
    if (items.size() > kMostListed) {
        items = items.first(kMostListed);
        items.append(u"…"_s);
    }
    return items.join(u", "_s);
}

} // namespace gatehouse::mcp
