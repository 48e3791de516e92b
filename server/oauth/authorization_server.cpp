// SPDX-License-Identifier: GPL-3.0-or-later
#include <oauth/authorization_server.h>

#include <oauth/metadata_endpoints.h>

namespace gatehouse::oauth {

AuthorizationServer::AuthorizationServer(const Deps &d)
    : m_scopes(d.scopes), m_pages(d.scopes, d.notice, d.hasWindows, d.verbOptions),
      m_grants({d.clock, d.random, d.database, d.interactions, d.grants, d.tokens, d.clients}),
      m_verifier({d.clock, d.tokens, d.grants, m_grants}),
      m_personalTokens({d.clock, d.random, d.accounts, d.approvals, d.accountTokens, m_grants,
                        d.scopes, d.verbOptions}),
      m_registration({d.clock, d.random, d.clients, d.processes}),
      m_authorize(
          {d.clock, d.random, d.clients, d.documents, d.approvals, m_pages, d.scopes, d.port}),
      m_interaction({d.clock, d.approvals, d.signIns, d.accountTokens, m_grants, d.accounts,
                     d.clients, m_pages}),
      m_signIn({d.clock, d.random, d.signIns, d.accountTokens, d.accounts, m_grants, m_pages,
                d.port, d.issuer}),
      m_token(
          {d.clock, d.random, d.database, d.clients, d.tokens, m_grants, d.instanceKey, d.port}),
      m_revocation({d.clock, d.clients, d.tokens, m_grants, m_verifier})
{
}

void AuthorizationServer::addRoutes(http::Router &router)
{
    addMetadataRoutes(router, m_scopes);
    m_pages.addRoutes(router);
    m_registration.addRoutes(router);
    m_authorize.addRoutes(router);
    m_interaction.addRoutes(router);
    m_signIn.addRoutes(router);
    m_token.addRoutes(router);
    m_revocation.addRoutes(router);
}

} // namespace gatehouse::oauth
