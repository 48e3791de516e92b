// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

#include <chrono>
#include <vector>

namespace gatehouse::demo {

/// A public (native) application as the tenant knows it; addresses match exactly.
struct TenantClient {
    QString id;
    QStringList callbacks;
    QStringList logoutUrls;
};

/// An API as the tenant knows it: only these scopes exist for this audience.
struct TenantApi {
    QString audience;
    QStringList scopes;
};

/// How one development tenant is set up.
struct TenantOptions {
    /// "localhost" or "127.0.0.1": the host of the issuer and of every endpoint in the metadata.
    QString issuerHost = QStringLiteral("localhost");
    quint16 port = 8378;
    /// Holds demo-tenant.json.
    QString dataDirectory;
    std::vector<TenantClient> clients;
    std::vector<TenantApi> apis;
    std::chrono::seconds accessTokenLifetime = std::chrono::hours(1);
    /// Auth0's rotation overlap period: how long a refresh token that was replaced is good once
    /// more, should the answer with its successor be lost.
    std::chrono::seconds rotationOverlap = std::chrono::seconds(60);
    /// Whether a refresh token gives access tokens of other audiences too (Auth0's multi-resource
    /// refresh tokens). When not, the parameter is ignored.
    bool hasMultiResourceRefresh = true;

    /// The issuer with its slash at the end, as Auth0 writes it.
    [[nodiscard]] QString issuer() const
    {
        return QStringLiteral("http://%1:%2/").arg(issuerHost).arg(port);
    }
    /// The audience of tokens that the userinfo endpoint takes.
    [[nodiscard]] QString userinfoAudience() const { return issuer() + QStringLiteral("userinfo"); }
    /// Nullptr when there is no such client.
    [[nodiscard]] const TenantClient *findClient(const QString &id) const;
    /// Nullptr when there is no such API.
    [[nodiscard]] const TenantApi *findApi(const QString &audience) const;
};

/// What one sign-in allows one client; carried from code to tokens.
struct TenantGrant {
    QString clientId;
    QString personKey;
    QStringList scopes;
    QString audience; ///< empty: tokens for userinfo alone
    qint64 authTime = 0; ///< seconds since 1970
};

/// The scopes that every client may ask for without naming an API.
[[nodiscard]] QStringList identityScopes();

} // namespace gatehouse::demo
