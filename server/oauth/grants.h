// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <base/result.h>
#include <base/secret.h>
#include <store/records.h>

#include <QObject>

namespace gatehouse {
class RandomSource;
}
namespace gatehouse::store {
class ClientStore;
class Database;
class GrantStore;
class InteractionStore;
class TokenStore;
} // namespace gatehouse::store

namespace gatehouse::oauth {

constexpr auto kCodeLifetime = 60s;

/// Why a grant was revoked, where windows and logs say more about it than these words.
constexpr QLatin1StringView kRevokedByPerson("revoked by the person");
constexpr QLatin1StringView kWhyCodeReused("an authorization code was used twice");
constexpr QLatin1StringView kWhyUnfetched("the client did not fetch it");
constexpr QLatin1StringView kWhyTokenReused("an old refresh token was used again");

/// Makes grants of approved interactions and takes them back. Lives as long as the service;
/// `revoked` is the one signal that ends streams, calls and cached tokens.
class Grants : public QObject {
    Q_OBJECT

public:
    struct Deps {
        Clock &clock;
        RandomSource &random;
        store::Database &database;
        store::InteractionStore &interactions;
        store::GrantStore &grants;
        store::TokenStore &tokens;
        store::ClientStore &clients;
    };
    explicit Grants(Deps deps, QObject *parent = nullptr);

    /// In one transaction: consumes the allowed interaction, stores the grant and the hash of a new
    /// authorization code. Answers the code; an empty one when the interaction was finished before.
    [[nodiscard]] Result<Secret> finish(const store::Interaction &interaction,
                                        const AccountId &account);
    /// In one transaction: stores a personal access token with the client and the grant that it is,
    /// and consumes the request that asked for it, where there is one.
    [[nodiscard]] Result<std::monostate> addPersonal(const store::Client &client,
                                                     const store::Grant &grant,
                                                     const store::AccessToken &token,
                                                     const std::optional<InteractionId> &request);
    /// Ends an interaction without a grant.
    [[nodiscard]] Result<std::monostate> close(const store::Interaction &interaction);

    [[nodiscard]] Result<std::optional<store::Grant>> find(const GrantId &id) const;
    [[nodiscard]] Result<QList<store::Grant>> active() const;
    /// Every scope that an active grant of this account has. Its token for an audience serves all
    /// clients that act as it, so each of its sign-ins asks the tenant for all of them.
    [[nodiscard]] Result<QStringList> activeScopes(const AccountId &account) const;
    /// True when the grant was active until now. Its tokens are gone when this returns.
    [[nodiscard]] Result<bool> revoke(const GrantId &id, const QString &why);
    /// As revoke(), because somebody used a copy: the person is told.
    [[nodiscard]] Result<bool> revokeMisused(const store::Grant &grant, const QString &why);
    /// Revokes every active grant of a client, and what was allowed but not fetched yet; answers
    /// how many there were.
    [[nodiscard]] Result<int> revokeClient(const ClientId &id, const QString &why);
    [[nodiscard]] Result<int> revokeAll(const QString &why);
    /// Ends grants whose code was not redeemed in time, because the answer was lost on its way; at
    /// most so many at once. They would stand in the person's list though nobody can use them.
    [[nodiscard]] Result<int> endUnfetched(int atMost);

Q_SIGNALS:
    void granted(const gatehouse::store::Grant &grant);
    void revoked(const gatehouse::GrantId &grant);
    /// A code or a refresh token was used again, so the grant was revoked.
    void misused(const gatehouse::store::Grant &grant);

private:
    [[nodiscard]] Result<int> revokeEach(const QList<store::Grant> &grants, const QString &why);

    Deps m_deps;
};

/// Whether a grant that was revoked for this reason was shut out by revokeMisused().
[[nodiscard]] bool isMisuse(const QString &why);

/// True while the grant may be used.
[[nodiscard]] bool isActive(const store::Grant &grant, Instant now);

} // namespace gatehouse::oauth
