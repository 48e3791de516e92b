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

/// Browser sign-ins at the configured tenant (authorization code flow with PKCE). Lives as long as
/// the relying party.
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
    };
    TenantSignIns(const Deps &deps, TenantConfig tenant);
    ~TenantSignIns() override;

    void begin(const QString &name, const QUrl &returnTo, const SignInHints &hints,
               QObject *context, Callback<QUrl, SignInError> then) override;
    [[nodiscard]] Result<QUrl> acceptCallback(const http::FormParameters &parameters) override;
    [[nodiscard]] bool isReadyToFinish(const QString &name) const override;
    void finish(const QString &name, QObject *context,
                Callback<AccountId, SignInError> then) override;

private:
    struct SignIn;
    struct Redemption;

    [[nodiscard]] QUrl start(const QString &name, const QUrl &returnTo, const SignInHints &hints,
                             const ProviderMetadata &provider);
    void makeRoom();
    [[nodiscard]] SignIn *findByState(const QByteArray &state);

    void redeem(const std::shared_ptr<Redemption> &redemption);
    void verify(const std::shared_ptr<Redemption> &redemption);
    void record(const std::shared_ptr<Redemption> &redemption, const QJsonObject &claims);

    Deps m_deps;
    TenantConfig m_tenant;
    std::map<QString, std::unique_ptr<SignIn>> m_signIns;
    std::set<std::shared_ptr<Redemption>> m_redemptions; ///< at the token endpoint
};

} // namespace gatehouse::oidc
