// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <oidc/code_flow.h>
#include <oidc/refresh_session.h>
#include <oidc/sign_in.h>

#include <map>
#include <memory>

namespace gatehouse::store {
class AccountStore;
}

namespace gatehouse::oidc {

/// The tenant's tokens of every account: access tokens in memory for each audience, refresh tokens
/// in the secret store. Lives as long as the relying party.
class TenantAccountTokens final : public AccountTokens {
    Q_OBJECT

public:
    struct Deps {
        TenantNetwork &network;
        Discovery &discovery;
        secrets::SecretStore &secretStore;
        Clock &clock;
        ClientCredentials &credentials;
        store::AccountStore &accounts;
    };
    TenantAccountTokens(const Deps &deps, TenantConfig tenant);
    ~TenantAccountTokens() override;

    /// With the tenant in trouble this fails at once, and the token is fetched in the background,
    /// at first after two seconds and then less and less often, for as long as somebody wants it.
    void accessToken(const AccountId &account, const QString &audience, QObject *context,
                     Callback<Secret, TokenError> then) override;
    void rejectAccessToken(const AccountId &account, const QString &audience,
                           const Secret &token) override;
    [[nodiscard]] bool isSignedIn(const AccountId &account) const override;
    [[nodiscard]] bool wasEndedByTenant(const AccountId &account) const override;
    [[nodiscard]] bool isSignedInFor(const AccountId &account,
                                     const QStringList &scopes) const override;
    /// Whether calls to this audience have a token, or a refresh token of its own.
    [[nodiscard]] bool serves(const AccountId &account, const QString &audience) const;
    /// What the last access token for this audience may do, where the tenant has said it.
    [[nodiscard]] std::optional<QStringList> givenScopes(const AccountId &account,
                                                         const QString &audience) const;

    /// Finds out which accounts have refresh tokens; isSignedIn() is right afterwards. Where the
    /// secret store cannot be read, accounts count as signed in: nobody knows better.
    void load(const QList<AccountId> &accounts, QObject *context, Callback<std::monostate> then);
    /// Takes over what a sign-in gave; answers when the refresh token is stored.
    void adopt(const AccountId &account, const QString &audience, const TokenAnswer &tokens,
               QObject *context, Callback<std::monostate> then);
    /// Forgets the account's tokens here, also for APIs that were configured before, in memory and
    /// in the secret store, then has the tenant revoke them (RFC 7009). isSignedIn() is false when
    /// this returns. An error is the secret store's; where the tenant has not revoked them either,
    /// the account is signed in again then.
    void signOut(const AccountId &account, QObject *context, Callback<SignOutReport> then);

private:
    struct Token {
        Secret value;
        Instant usableUntil;
        std::optional<QStringList> scopes; ///< as the tenant said
        bool isFetching = false;
        bool isRetryDue = false; ///< in the background
        int failures = 0; ///< in a row
        Instant askedAt; ///< by a caller
        /// Counts sign-ins and sign-outs: what was begun before one no longer applies.
        quint64 generation = 0;
        Waiters<Secret, TokenError> waiters;
    };
    struct Entry {
        std::map<QString, std::unique_ptr<RefreshSession>> sessions; ///< one for every audience
        std::map<QString, Token> tokens;
        bool wasSignedIn = false;
    };
    struct Revocation;

    [[nodiscard]] QString keyOf(const AccountId &account, const QString &audience) const;
    [[nodiscard]] Entry &entryOf(const AccountId &account);
    void addSession(const AccountId &account, Entry &entry, const TenantAudience &audience);
    void addRememberedSessions(const AccountId &account, Entry &entry);
    [[nodiscard]] bool isUsable(const Token &token) const;
    [[nodiscard]] RefreshSession *sessionFor(Entry &entry, const QString &audience) const;
    [[nodiscard]] bool isSignedIn(const Entry &entry) const;
    [[nodiscard]] TenantAudience audienceNamed(const QString &name) const;

    void fetch(const AccountId &account, const QString &audience);
    void onFetched(const AccountId &account, const QString &audience,
                   const Result<TokenAnswer, TokenError> &answer);
    void use(const AccountId &account, const QString &audience, const TokenAnswer &answer);
    void retryLater(const AccountId &account, const QString &audience,
                    std::chrono::seconds atLeast);
    void noteState(const AccountId &account);
    void revoke(const std::shared_ptr<Revocation> &revocation);

    Deps m_deps;
    TenantConfig m_tenant;
    std::map<AccountId, Entry> m_entries;
};

} // namespace gatehouse::oidc
