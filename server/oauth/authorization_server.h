// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <oauth/authorize_endpoint.h>
#include <oauth/bearer_verifier.h>
#include <oauth/grants.h>
#include <oauth/interaction_endpoint.h>
#include <oauth/pages.h>
#include <oauth/personal_tokens.h>
#include <oauth/registration_endpoint.h>
#include <oauth/revocation_endpoint.h>
#include <oauth/sign_in_endpoint.h>
#include <oauth/token_endpoint.h>

namespace gatehouse::oauth {

/// The OAuth 2.1 authorization server: puts the endpoints together. Lives as long as the service.
class AuthorizationServer {
public:
    struct Deps {
        Clock &clock;
        RandomSource &random;
        store::Database &database;
        store::ClientStore &clients;
        ClientMetadataSource &documents;
        store::InteractionStore &interactions;
        store::GrantStore &grants;
        store::TokenStore &tokens;
        store::AccountStore &accounts;
        approval::ApprovalService &approvals;
        oidc::SignIns &signIns;
        oidc::AccountTokens &accountTokens;
        const ScopeCatalog &scopes;
        const Secret &instanceKey;
        platform::ProcessLookup &processes;
        quint16 port;
        QString notice; ///< at the top of every page, for example that this is a demo
        bool hasWindows = false; ///< pages send the person to a window, not to the terminal
        QString verbOptions = {}; ///< what the verbs need to find this instance
        QString issuer = {}; ///< of the tenant
    };
    explicit AuthorizationServer(const Deps &deps);

    void addRoutes(http::Router &router);
    [[nodiscard]] Grants &grants() { return m_grants; }
    [[nodiscard]] BearerVerifier &verifier() { return m_verifier; }
    [[nodiscard]] SignInEndpoint &signIn() { return m_signIn; }
    [[nodiscard]] PersonalTokens &personalTokens() { return m_personalTokens; }

private:
    const ScopeCatalog &m_scopes;
    Pages m_pages;
    Grants m_grants;
    BearerVerifier m_verifier;
    PersonalTokens m_personalTokens;
    RegistrationEndpoint m_registration;
    AuthorizeEndpoint m_authorize;
    InteractionEndpoint m_interaction;
    SignInEndpoint m_signIn;
    TokenEndpoint m_token;
    RevocationEndpoint m_revocation;
};

} // namespace gatehouse::oauth
