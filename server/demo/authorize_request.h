// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>
#include <demo/tenant_options.h>

#include <QByteArray>
#include <QString>
#include <QStringList>
#include <QUrl>

#include <optional>
#include <variant>

namespace gatehouse::demo {

/// An authorization request that passed every check (RFC 6749 §4.1.1, OIDC Core §3.1.2.1).
struct AuthorizeRequest {
    QString clientId;
    QString redirectUri;
    QString state;
    QString nonce;
    QString audience;
    QString codeChallenge; ///< S256
    QStringList scopes; ///< only those that exist; others are left out, as Auth0 does
    QString prompt;
    QString loginHint;
    std::optional<qint64> maxAge; ///< seconds
};

/// A failure that only a page may show: the redirect URI is not known to be the client's.
struct PageProblem {
    int status;
    QString what;
};

/// A failure that the client hears on its redirect URI (RFC 6749 §4.1.2.1).
struct RedirectProblem {
    QString redirectUri;
    QString state;
    QString error;
    QString description;
};

using AuthorizeFailure = std::variant<PageProblem, RedirectProblem>;

/// Parses and checks the query of GET /authorize.
[[nodiscard]] Result<AuthorizeRequest, AuthorizeFailure>
parseAuthorizeRequest(const QByteArray &query, const TenantOptions &options);

/// The client's redirect URI with the parameters added to the query it has; empty values are left
/// out.
[[nodiscard]] QUrl redirectWith(const QString &redirectUri,
                                const QList<std::pair<QString, QString>> &parameters);

} // namespace gatehouse::demo
