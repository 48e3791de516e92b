// SPDX-License-Identifier: GPL-3.0-or-later
#include <oidc/tenant_reply.h>

#include <oidc/tenant_network.h>

namespace gatehouse::oidc {

TenantReply readTenantReply(QNetworkReply &reply)
{
    const auto answer = readAnswer(reply);
    TenantReply read{reply.url(), answer.status, reply.error(), answer.transportError, answer.body};
    const auto type = reply.rawHeader("Content-Type").toLower();
    read.isHtml = type.startsWith("text/html") || type.startsWith("application/xhtml");
    const auto location = reply.rawHeader("Location");
    if (!location.isEmpty())
        read.location = reply.url().resolved(QUrl::fromEncoded(location, QUrl::StrictMode));
    read.date = http::parseHttpDate(reply.rawHeader("Date"));
    return read;
}

} // namespace gatehouse::oidc
