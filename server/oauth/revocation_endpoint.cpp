// SPDX-License-Identifier: GPL-3.0-or-later
#include <oauth/revocation_endpoint.h>

#include <base/crypto.h>
#include <oauth/bearer_verifier.h>
#include <oauth/grants.h>
#include <store/client_store.h>
#include <store/token_store.h>

namespace gatehouse::oauth {

using namespace Qt::StringLiterals;

void RevocationEndpoint::addRoutes(http::Router &router)
{
    router.add({"/revoke",
                http::OriginRule::Anyone,
                {},
                {{"POST", [this](const http::HttpRequest &request, http::Reply reply) {
                      reply.send(answer(request));
                  }}}});
}

http::HttpResponse RevocationEndpoint::answer(const http::HttpRequest &request)
{
    const auto form = parseFormBody(request);
    if (!form)
        return form.error().toResponse();
    // RFC 6749 §2.3.1: wherever a secret is compared, guessing must be slow.
    if (const auto wait = m_gate.check(request, presentedClient(request, *form)))
        return OAuthError::tooManyRequests(*wait).toResponse();
    const auto client = authenticateClient(request, *form, m_deps.clients);
    if (!client)
        return client.error().toResponse();
    const auto token = form->value(u"token"_s);
    if (token.isEmpty())
        return OAuthError::invalidRequest(u"token is missing."_s).toResponse();
    if (const auto done = revoke(*client, sha256(token.toLatin1())); !done)
        return OAuthError::temporarilyUnavailable().toResponse();
    // RFC 7009 §2.2: also for a token that is unknown, expired or another client's.
    return http::HttpResponse::json(200, {});
}

Result<std::monostate> RevocationEndpoint::revoke(const store::Client &client,
                                                  const QByteArray &tokenHash)
{
    const auto refresh = m_deps.tokens.findRefresh(tokenHash);
    if (!refresh)
        return fail(refresh.error());
    if (*refresh) {
        const auto owned = belongsTo(client, (*refresh)->grant);
        if (!owned)
            return fail(owned.error());
        if (*owned) {
            return m_deps.grants.revoke((*refresh)->grant, u"the client gave it back"_s)
                .map([](bool) { return std::monostate(); });
        }
        return std::monostate();
    }
    const auto access = m_deps.tokens.findAccess(tokenHash);
    if (!access)
        return fail(access.error());
    if (*access) {
        const auto owned = belongsTo(client, (*access)->grant);
        if (!owned)
            return fail(owned.error());
        // A personal access token is all that there is of its grant.
        if (*owned && client.kind == store::ClientKind::Token) {
            return m_deps.grants.revoke((*access)->grant, u"the client gave it back"_s)
                .map([](bool) { return std::monostate(); });
        }
        if (*owned) {
            m_deps.verifier.forgetToken(tokenHash);
            return m_deps.tokens.removeAccess(tokenHash);
        }
    }
    return std::monostate();
}

Result<bool> RevocationEndpoint::belongsTo(const store::Client &client, const GrantId &id) const
{
    return m_deps.grants.find(id).map([&](const std::optional<store::Grant> &grant) {
        return grant && grant->client == client.id;
    });
}

} // namespace gatehouse::oauth
