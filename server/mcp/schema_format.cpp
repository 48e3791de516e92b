// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/schema_format.h>

#include <QDate>
#include <QHostAddress>
#include <QRegularExpression>
#include <QUrl>
#include <QUuid>

#include <algorithm>
#include <array>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

namespace {

bool isDate(const QString &text)
{
    return text.size() == 10 && QDate::fromString(text, Qt::ISODate).isValid();
}

/// RFC 3339 §5.6 full-time, with leap seconds.
bool isTime(const QString &text)
{
    static const QRegularExpression time(
        u"\\A([01]\\d|2[0-3]):[0-5]\\d:([0-5]\\d|60)(\\.\\d+)?([zZ]|[+-]([01]\\d|2[0-3]):[0-5]\\d)\\z"_s);
    return time.match(text).hasMatch();
}

bool isDateTime(const QString &text)
{
    constexpr qsizetype kDateLength = 10;
    return text.size() > kDateLength && text.at(kDateLength).toLower() == u't'
        && isDate(text.left(kDateLength)) && isTime(text.mid(kDateLength + 1));
}

bool isUuid(const QString &text)
{
    return text.size() == 36 && text.at(0) != u'{'
        && QUuid::fromString(text).toString(QUuid::WithoutBraces) == text.toLower();
}

/// Only what every address has; the rest is for the one who sends the mail.
bool isEmail(const QString &text)
{
    static const QRegularExpression email(u"\\A[^\\s@]++@[^\\s@]++\\z"_s);
    return email.match(text).hasMatch();
}

bool isUri(const QString &text)
{
    const QUrl url(text, QUrl::StrictMode);
    return url.isValid() && !url.isRelative() && !text.contains(u' ');
}

bool isIpv4(const QString &text)
{
    return text.count(u'.') == 3 && QHostAddress(text).protocol() == QAbstractSocket::IPv4Protocol;
}

bool isIpv6(const QString &text)
{
    return text.contains(u':') && !text.contains(u'%')
        && QHostAddress(text).protocol() == QAbstractSocket::IPv6Protocol;
}

constexpr std::array kFormats{
    SchemaFormat{"date", "a date such as 2026-07-28", &isDate},
    SchemaFormat{"date-time", "a time such as 2026-07-28T09:30:00Z", &isDateTime},
    SchemaFormat{"time", "a time of day such as 09:30:00Z", &isTime},
    SchemaFormat{"uuid", "a UUID such as 123e4567-e89b-12d3-a456-426614174000", &isUuid},
    SchemaFormat{"email", "an email address", &isEmail},
    SchemaFormat{"uri", "an absolute URI such as https://example.com/", &isUri},
    SchemaFormat{"ipv4", "an IPv4 address such as 192.0.2.1", &isIpv4},
    SchemaFormat{"ipv6", "an IPv6 address such as 2001:db8::1", &isIpv6},
};

} // namespace

const SchemaFormat *schemaFormat(std::string_view name)
{
    const auto found = std::find_if(kFormats.begin(), kFormats.end(),
                                    [&](const SchemaFormat &each) { return each.name == name; });
    return found == kFormats.end() ? nullptr : &*found;
}

} // namespace gatehouse::mcp
