// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <apis/operation.h>
#include <base/result.h>

#include <QList>
#include <QStringList>
#include <QUrl>

namespace gatehouse {

constexpr quint16 kDefaultPort = 8377;

/// A client that needs no registration.
struct ClientEntry {
    QString id;
    QString name;
    QStringList redirectUris;
};

struct TenantEntry {
    QString issuer;
    QString clientId;
    QStringList scopes;
    QString callbackHost;
    /// RFC 7591 §2: client_secret_post, client_secret_basic, or none: whatever fits.
    QString tokenEndpointAuthMethod = QStringLiteral("none");
};

/// What stands in place of the file's values for one run; empty where the file's value stays.
struct TenantOverride {
    QString issuer = {}; ///< as tenantIssuer() returns it
    QString clientId = {};
};

/// gatehouse.json of a data directory, checked. A value.
struct Configuration {
    quint16 port = kDefaultPort;
    TenantEntry tenant;
    QList<apis::ApiConfig> apis;
    QList<ClientEntry> clients;
};

/// The issuer that a person means with "acme.eu.auth0.com" or "https://acme.eu.auth0.com/". The
/// error's message says what to write.
[[nodiscard]] Result<QString> tenantIssuer(const QString &domainOrIssuer);

/// Where the tenant sends the browser back to when Gatehouse serves on `port`.
[[nodiscard]] QUrl callbackUrl(const TenantEntry &tenant, quint16 port);

/// Reads and checks the file. The error lists every complaint with its path in the document and
/// says what to do; nothing is written. An override may complete a file that names no tenant, and a
/// whole one does without a file.
[[nodiscard]] Result<Configuration> readConfiguration(const QString &path,
                                                      const TenantOverride &instead = {});
/// The same for its text; `name` stands in the messages.
[[nodiscard]] Result<Configuration> parseConfiguration(const QByteArray &text, const QString &name,
                                                       const TenantOverride &instead = {});

} // namespace gatehouse
