// SPDX-License-Identifier: GPL-3.0-or-later
#include <oauth/request_gate.h>

#include <base/logging.h>
#include <store/client_store.h>

namespace gatehouse::oauth {

namespace {

/// A page of another site made it, as far as browsers say so.
bool isOfAnotherSite(const http::HttpRequest &request)
{
    const auto site = request.headers.value("sec-fetch-site");
    return request.headers.contains("origin")
        || (!site.isEmpty() && site != "none" && site != "same-origin");
}

bool isKnown(const std::optional<store::Client> &client)
{
    return client
        && (client->kind == store::ClientKind::PreRegistered || client->lastUsedAt.has_value());
}

} // namespace

std::optional<std::chrono::seconds> RequestGate::check(const http::HttpRequest &request,
                                                       const ClientId &client)
{
    const auto known = client.isEmpty() ? std::optional<store::Client>()
                                        : m_clients.find(client).value_or(std::nullopt);
    const bool isPage = isOfAnotherSite(request);
    const auto caller = known ? "client " + known->id.value.toUtf8() : QByteArray("unknown ones");
    const auto wait = (isPage ? m_pages : m_programs).admit(caller, !isKnown(known));
    if (wait) {
        qCInfo(lcOauth) << "too many requests on" << request.path << "by" << caller
                        << (isPage ? "in a web page" : "in a program");
    }
    return wait;
}

} // namespace gatehouse::oauth
