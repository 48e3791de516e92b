// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <base/random.h>
#include <oidc/code_flow.h>
#include <oidc/sign_in.h>
#include <oidc/tenant_account_tokens.h>
#include <store/account_store.h>

#include <map>
#include <memory>
#include <set>

namespace gatehouse::oidc {

/// Browser sign-ins at the configured tenant (authorization code flow with PKCE). One sign-in
/// visits the tenant once for each audience that it needs: the first visit shows the person the
/// tenant's page; the others are silent (prompt=none) and become visible only when the tenant says
/// that they must. Lives as long as the relying party.
class TenantSignIns final : public SignIns {
    Q_OBJECT

public:
    struct Deps {
        TenantNetwork &network;
        Discovery &discovery;
        TenantAccountTokens &tokens;
        store::AccountStore &accounts;
        Clock &clock;
        RandomSource &random;
        ClientCredentials &credentials;
    };
    TenantSignIns(const Deps &deps, TenantConfig tenant);
    ~TenantSignIns() override;

    void begin(const QString &name, const QUrl &returnTo, const SignInHints &hints,
               QObject *context, Callback<QUrl, SignInError> then) override;
    [[nodiscard]] Result<QUrl> acceptCallback(const http::FormParameters &parameters) override;
    [[nodiscard]] bool isReadyToFinish(const QString &name) const override;
    void finish(const QString &name, QObject *context,
                Callback<SignInProgress, SignInError> then) override;

private:
    struct SignIn;
    struct Redemption;

    /// Answers where the browser goes next: the tenant, or back when nothing needs a browser.
    void goOn(const QString &name, QObject *context, Callback<QUrl, SignInError> then);
    void extend(const QString &name, QObject *context, const Callback<QUrl, SignInError> &then);
    void visitTenant(const QString &name, QObject *context, Callback<QUrl, SignInError> then);
    [[nodiscard]] QUrl start(SignIn &signIn, const ProviderMetadata &provider);
    [[nodiscard]] bool isServed(const SignIn &signIn) const;
    void makeRoom();
    [[nodiscard]] SignIn *find(const QString &name);
    /// Only while nothing else was begun for it.
    [[nodiscard]] SignIn *find(const QString &name, quint64 step);
    [[nodiscard]] SignIn *findByState(const QByteArray &state);

    void redeem(const std::shared_ptr<Redemption> &redemption);
    void verify(const std::shared_ptr<Redemption> &redemption);
    void record(const std::shared_ptr<Redemption> &redemption, const QJsonObject &claims);
    void continueWith(const std::shared_ptr<Redemption> &redemption);
    [[nodiscard]] Result<bool, SignInError> isWhoIsMeant(const SignIn &signIn,
                                                         const QJsonObject &claims);
    [[nodiscard]] Result<AccountId, SignInError> storeAccount(const QJsonObject &claims);
    [[nodiscard]] QStringList lostScopes(const AccountId &account, const SignIn &signIn) const;
    void noteScopes(const AccountId &account, const SignIn &signIn);

    Deps m_deps;
    TenantConfig m_tenant;
    std::map<QString, std::unique_ptr<SignIn>> m_signIns;
    quint64 m_steps = 0;
    std::set<std::shared_ptr<Redemption>> m_redemptions; ///< at the token endpoint
};

} // namespace gatehouse::oidc
