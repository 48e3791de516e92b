// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <oauth/access.h>

#include <QHash>
#include <QObject>

#include <optional>

namespace gatehouse::store {
class GrantStore;
class TokenStore;
} // namespace gatehouse::store

namespace gatehouse::oauth {

class Grants;

/// Verifies bearer tokens. What was verified once stays in memory until the token expires or its
/// grant is revoked, so that a call touches no disk; when a grant was last used is written down
/// afterwards, once a minute. Lives as long as the service.
class BearerVerifier final : public QObject, public TokenVerifier {
    Q_OBJECT

public:
    struct Deps {
        Clock &clock;
        store::TokenStore &tokens;
        store::GrantStore &grantStore;
        Grants &grants;
    };
    explicit BearerVerifier(Deps deps, QObject *parent = nullptr);

    [[nodiscard]] Result<Access, BearerFailure> verify(const QByteArray &authorization) override;
    void forgetToken(const QByteArray &tokenHash);

private:
    struct Entry {
        Access access;
        Instant expiresAt;
        Instant usedAt;
    };

    void forgetGrant(const GrantId &grant);
    [[nodiscard]] Result<Entry, BearerFailure> load(const QByteArray &hash) const;
    void noteUse(Entry &entry);
    void writeUses();

    Deps m_deps;
    QHash<QByteArray, Entry> m_verified;
    QHash<GrantId, Instant> m_used; ///< and not written down yet
};

} // namespace gatehouse::oauth
