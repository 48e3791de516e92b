// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <oidc/jose.h>
#include <oidc/sign_in.h>
#include <oidc/tenant_network.h>
#include <oidc/waiters.h>

#include <QObject>
#include <QUrl>

#include <optional>

namespace gatehouse::oidc {

/// What of the discovery document (OIDC Discovery §3) is used here.
struct ProviderMetadata {
    QString issuer;
    QUrl authorizationEndpoint;
    QUrl tokenEndpoint;
    QUrl jwksUri;
    bool namesIssuerInCallback = false; ///< RFC 9207 §3
    QUrl revocationEndpoint = {}; ///< RFC 7009; invalid when the tenant has none
    QUrl endSessionEndpoint = {}; ///< RP-Initiated Logout §2.1; invalid when the tenant has none
    QStringList authMethods = {}; ///< of the token endpoint
};

/// Where a browser ends its session at the tenant: its end-session endpoint (RP-Initiated Logout
/// §2), else Auth0's /v2/logout. It comes back to /signed-out of the host of the callback.
[[nodiscard]] QUrl browserSignOutUrl(const TenantConfig &tenant, const ProviderMetadata &provider);

/// How clients may prove themselves at the token endpoint, as the tenant's document says.
[[nodiscard]] QStringList supportedAuthMethods(const QJsonObject &document);

/// Where a tenant describes itself. OIDC Discovery §4.1: a terminating slash of the issuer is
/// removed before the suffix is added.
[[nodiscard]] QUrl discoveryUrl(QString issuer);

/// Fetches the tenant's metadata and keys and remembers them as long as their headers say (an hour
/// when they say nothing). Metadata that is too old is used on while the tenant cannot be reached;
/// keys are not. Lives as long as the relying party, which asks before each sign-in, verification
/// and refresh.
class Discovery : public QObject {
    Q_OBJECT

public:
    /// `issuer` exactly as configured; the tenant must name itself the same, byte by byte.
    Discovery(TenantNetwork &network, Clock &clock, QString issuer);

    void metadata(QObject *context, Callback<ProviderMetadata, TenantFailure> then);
    /// The tenant's keys. When `kid` is not among them they are fetched again, at most once in ten
    /// seconds: tokens with made-up key ids cannot make us flood the tenant.
    void keys(const QString &kid, QObject *context, Callback<JwkSet, TenantFailure> then);

private:
    void fetchMetadata();
    void fetchKeys();
    void onMetadata(const Result<TenantDocument, TenantFailure> &document);
    void onKeys(const Result<TenantDocument, TenantFailure> &document);
    [[nodiscard]] bool mayUseKeys(const QString &kid) const;

    TenantNetwork &m_network;
    Clock &m_clock;
    QString m_issuer;

    std::optional<ProviderMetadata> m_metadata;
    Instant m_metadataUntil;
    bool m_fetchingMetadata = false;
    Waiters<ProviderMetadata, TenantFailure> m_metadataWaiters;

    std::optional<JwkSet> m_keys;
    Instant m_keysUntil;
    Instant m_keysTriedAt;
    bool m_fetchingKeys = false;
    Waiters<JwkSet, TenantFailure> m_keysWaiters;
};

} // namespace gatehouse::oidc
