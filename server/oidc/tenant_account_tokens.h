// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <oidc/code_flow.h>
#include <oidc/sign_in.h>
#include <secrets/secret_store.h>

#include <map>
#include <optional>

namespace gatehouse::oidc {

/// The tenant's tokens of every account: access tokens in memory, refresh tokens in the secret
/// store. Lives as long as the relying party.
class TenantAccountTokens final : public AccountTokens {
    Q_OBJECT

public:
    struct Deps {
        TenantNetwork &network;
        Discovery &discovery;
        secrets::SecretStore &secretStore;
        Clock &clock;
    };
    TenantAccountTokens(const Deps &deps, TenantConfig tenant);
    ~TenantAccountTokens() override;

    void accessToken(const AccountId &account, QObject *context,
                     Callback<Secret, TokenError> then) override;
    void rejectAccessToken(const AccountId &account, const Secret &token) override;
    [[nodiscard]] bool isSignedIn(const AccountId &account) const override;

    /// Finds out which accounts have a refresh token; isSignedIn() is right afterwards. Where the
    /// secret store cannot be read, accounts count as signed in: nobody knows better.
    void load(const QList<AccountId> &accounts, QObject *context, Callback<std::monostate> then);
    /// Takes over what a sign-in gave; answers when the refresh token is stored.
    void adopt(const AccountId &account, const TokenAnswer &tokens, QObject *context,
               Callback<std::monostate> then);
    /// Forgets the account's tokens here, in memory and in the secret store.
    void signOut(const AccountId &account, QObject *context, Callback<std::monostate> then);

private:
    struct Entry {
        Secret accessToken;
        Instant usableUntil;
        bool hasRefreshToken = false; ///< in the secret store, as far as is known
        /// Given by the tenant but not stored yet, as the secret store failed.
        std::optional<TokenAnswer> unsaved;
        /// Counts sign-ins and sign-outs: what was begun before one no longer applies.
        quint64 generation = 0;
        bool refreshing = false;
        std::unique_ptr<CodeFlow> flow;
        Waiters<Secret, TokenError> waiters;
    };

    [[nodiscard]] QString keyOf(const AccountId &account) const;
    [[nodiscard]] bool hasUsableToken(const Entry &entry) const;
    /// Runs `step` unless the account signed in or out since `generation`.
    void ifCurrent(const AccountId &account, quint64 generation,
                   const std::function<void(Entry &)> &step);

    void startRefresh(const AccountId &account, Entry &entry);
    void callTenant(const AccountId &account, quint64 generation, const Secret &refreshToken);
    void onTenantAnswer(const AccountId &account, Entry &entry,
                        const Result<TokenAnswer, TokenRefusal> &answer);
    void save(const AccountId &account, Entry &entry, const TokenAnswer &answer);
    void use(const AccountId &account, Entry &entry, const TokenAnswer &answer);
    void endSession(const AccountId &account, Entry &entry);
    void giveUp(Entry &entry, const TokenError &error);
    void setKnown(const AccountId &account, bool hasRefreshToken);

    Deps m_deps;
    TenantConfig m_tenant;
    std::map<AccountId, Entry> m_entries;
};

} // namespace gatehouse::oidc
