// SPDX-License-Identifier: GPL-3.0-or-later
#include <oidc/tenant_reply.h>

#include <base/text.h>
#include <oidc/tenant_network.h>

#include <QDateTime>
#include <QLocale>
#include <QTimeZone>

namespace gatehouse::oidc {

using namespace Qt::StringLiterals;

TenantReply readTenantReply(QNetworkReply &reply)
{
    const auto answer = readAnswer(reply);
    TenantReply read{reply.url(), answer.status, reply.error(), answer.transportError, answer.body};
    const auto type = reply.rawHeader("Content-Type").toLower();
    read.isHtml = type.startsWith("text/html") || type.startsWith("application/xhtml");
    const auto location = reply.rawHeader("Location");
    if (!location.isEmpty())
        read.location = reply.url().resolved(QUrl::fromEncoded(location, QUrl::StrictMode));
    read.date = parseHttpDate(reply.rawHeader("Date"));
    return read;
}

std::optional<Instant> parseHttpDate(const QByteArray &text)
{
    const auto time = QLocale::c().toDateTime(QString::fromLatin1(text).trimmed(),
                                              u"ddd, dd MMM yyyy HH:mm:ss 'GMT'"_s);
    if (!time.isValid())
        return std::nullopt;
    return fromMilliseconds(
        QDateTime(time.date(), time.time(), QTimeZone::utc()).toMSecsSinceEpoch());
}

} // namespace gatehouse::oidc
