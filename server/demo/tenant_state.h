// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>
#include <demo/tenant_options.h>
#include <oidc/jose.h>

#include <QByteArray>
#include <QHash>

#include <variant>

namespace gatehouse::demo {

/// The refresh tokens that descend from one sign-in.
struct RefreshFamily {
    TenantGrant grant;
    QByteArray currentHash; ///< SHA-256 of the valid token
    QByteArray previousHash = {}; ///< of the one before; empty at first
    qint64 rotatedAt = 0; ///< seconds since 1970, when the current one replaced it
    qint64 expiresAt = 0; ///< seconds since 1970
};

/// What the tenant keeps over a restart in demo-tenant.json (0600): its signing key, and refresh
/// tokens as hashes. Lives as long as the tenant.
class TenantState {
public:
    /// Reads the file, or makes it with a new key.
    [[nodiscard]] static Result<TenantState> load(const QString &dataDirectory);

    [[nodiscard]] const oidc::SigningKey &signingKey() const { return m_key; }
    /// The families by the hash of their name.
    [[nodiscard]] const QHash<QByteArray, RefreshFamily> &families() const { return m_families; }
    /// Writes the new families before it returns, so that an answer never runs ahead of the file.
    [[nodiscard]] Result<std::monostate> replaceFamilies(QHash<QByteArray, RefreshFamily> families);

private:
    TenantState(QString path, oidc::SigningKey key);
    [[nodiscard]] static Result<TenantState> create(const QString &path);
    [[nodiscard]] static Result<TenantState> parse(const QString &path, const QByteArray &content);
    [[nodiscard]] Result<std::monostate> save() const;

    QString m_path;
    oidc::SigningKey m_key;
    QHash<QByteArray, RefreshFamily> m_families;
};

} // namespace gatehouse::demo
