// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>
#include <base/secret.h>
#include <oidc/client_credentials.h>
#include <oidc/discovery.h>
#include <oidc/sign_in.h>
#include <oidc/tenant_network.h>

#include <QMultiMap>
#include <QObject>
#include <QPointer>
#include <QUrl>
#include <QVariant>

#include <chrono>
#include <memory>
#include <optional>

class QOAuth2AuthorizationCodeFlow;

namespace gatehouse::oidc {

class CodeFlowReplyHandler;

/// What the tenant's token endpoint gave (RFC 6749 §5.1).
struct TokenAnswer {
    Secret accessToken;
    std::chrono::seconds lifetime{0};
    Secret refreshToken; ///< empty when the tenant gave none
    Secret idToken; ///< empty when the tenant gave none
    /// What the access token may do, where the tenant says it; otherwise what was asked for.
    std::optional<QStringList> scopes = {};
};

/// Why it gave no tokens. `oauthError` is RFC 6749 §5.2's code, empty when there was no such
/// answer.
struct TokenRefusal {
    QString oauthError;
    TenantFailure failure;
    bool isAboutTheClient = false; ///< the application's own credentials were not taken
};

/// How this application proves itself at the token endpoint (RFC 6749 §2.3): by nothing, where it
/// is a public (native) one.
class ClientAuthentication {
public:
    ClientAuthentication() = default;
    /// For this tenant with what its token endpoint offers; an empty secret makes a public client.
    ClientAuthentication(const TenantConfig &tenant, const QStringList &offered,
                         const Secret &secret);

    /// The Authorization header (client_secret_basic), or empty.
    [[nodiscard]] const Secret &header() const { return m_header; }
    /// The secret for the form (client_secret_post), or empty.
    [[nodiscard]] const Secret &parameter() const { return m_parameter; }

private:
    Secret m_header;
    Secret m_parameter;
};

/// What makes one sign-in unlike any other.
struct SignInSecrets {
    Secret state;
    Secret nonce;
    Secret verifier; ///< RFC 7636 §4.1
};

/// What a visit at the tenant asks for: the configured scopes, those of the audience, then those of
/// the hints that belong to it.
[[nodiscard]] QStringList askedScopes(const TenantConfig &tenant, const TenantAudience &audience,
                                      const SignInHints &hints);

/// One run of the authorization code flow, or one refresh, on QtNetworkAuth. Made for one sign-in
/// or one refresh and destroyed afterwards, which ends a call that is under way.
class CodeFlow final : public QObject {
    Q_OBJECT

public:
    struct Deps {
        TenantNetwork &network;
        const ProviderMetadata &provider;
        const TenantConfig &tenant;
        ClientCredentials &credentials;
    };
    CodeFlow(const Deps &deps, TenantAudience audience);
    ~CodeFlow() override;

    /// The URL for the browser (RFC 6749 §4.1.1, RFC 7636 §4.3, OIDC Core §3.1.2.1).
    [[nodiscard]] QUrl authorizationUrl(const SignInSecrets &secrets, const SignInHints &hints);
    /// Redeems the code that came with the state of authorizationUrl(). Once.
    void redeem(const Secret &code, QObject *context, Callback<TokenAnswer, TokenRefusal> then);
    /// Gets new tokens for a refresh token (RFC 6749 §6). Where that is of another audience, ours
    /// is asked for by name, which a tenant without multi-resource refresh tokens ignores; what
    /// they may do is the tenant's policy. Once.
    void refresh(const Secret &refreshToken, bool isOfAnotherAudience, QObject *context,
                 Callback<TokenAnswer, TokenRefusal> then);

private:
    void call(const std::function<void()> &request);
    /// Client id and secret, as the token endpoint wants them.
    void identify(QMultiMap<QString, QVariant> &parameters) const;

    TenantNetwork &m_network;
    ProviderMetadata m_provider;
    TenantConfig m_tenant;
    TenantAudience m_audience;
    ClientAuthentication m_authentication;
    SignInSecrets m_secrets;
    std::unique_ptr<CodeFlowReplyHandler> m_handler;
    std::unique_ptr<QOAuth2AuthorizationCodeFlow> m_flow;
    QPointer<QNetworkReply> m_reply;
};

} // namespace gatehouse::oidc
