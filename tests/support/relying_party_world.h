// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <support/fake_tenant.h>
#include <support/manual_clock.h>
#include <support/scripted_secret_store.h>

#include <base/random.h>
#include <http/form.h>
#include <oidc/relying_party.h>
#include <oidc/tenant_account_tokens.h>
#include <store/account_store.h>
#include <store/database.h>

#include <QEventLoop>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>
#include <QUrlQuery>

#include <optional>
#include <stdexcept>

namespace gatehouse::tests {

/// Calls `ask` with a callback and spins the event loop until it is called.
template <typename T, typename E>
Result<T, E> await(const std::function<void(QObject *, Callback<T, E>)> &ask)
{
    QObject context;
    QEventLoop loop;
    std::optional<Result<T, E>> answer;
    ask(&context, [&](const Result<T, E> &result) {
        answer = result;
        loop.quit();
    });
    QTimer::singleShot(10'000, &loop, &QEventLoop::quit);
    if (!answer)
        loop.exec();
    if (!answer)
        throw std::runtime_error("no answer came");
    return *answer;
}

/// A relying party with everything it needs, and a tenant that answers it.
struct RelyingPartyWorld {
    ManualClock clock;
    SystemRandom random;
    FakeTenant tenant{clock};
    QTemporaryDir directory;
    std::unique_ptr<store::Database> database =
        store::Database::open(directory.filePath(QStringLiteral("gatehouse.db"))).value();
    store::AccountStore accounts{*database};
    ScriptedSecretStore secretStore;
    oidc::TenantConfig config{tenant.issuer(),
                              tenant.clientId,
                              {QStringLiteral("openid"), QStringLiteral("offline_access")},
                              {{QStringLiteral("urn:todos-api"),
                                {QStringLiteral("read:todos")},
                                {QStringLiteral("read:todos"), QStringLiteral("write:todos")}}},
                              QUrl(QStringLiteral("http://127.0.0.1:8377/callback"))};
    std::unique_ptr<oidc::RelyingParty> party = makeParty();

    [[nodiscard]] std::unique_ptr<oidc::RelyingParty> makeParty()
    {
        return std::make_unique<oidc::RelyingParty>(
            oidc::RelyingParty::Deps{clock, random, accounts, secretStore}, config);
    }
    [[nodiscard]] oidc::SignIns &signIns() { return party->signIns(); }
    [[nodiscard]] oidc::TenantAccountTokens &tokens() { return party->tokens(); }

    [[nodiscard]] Result<QUrl, oidc::SignInError> begin(const QString &name,
                                                        const oidc::SignInHints &hints = {})
    {
        return await<QUrl, oidc::SignInError>([&](QObject *context, auto then) {
            signIns().begin(name, QUrl(QStringLiteral("http://localhost:8377/interaction/") + name),
                            hints, context, then);
        });
    }
    /// A parameter of the tenant URL as a tenant reads it.
    [[nodiscard]] static QString parameter(const QUrl &url, const QString &name)
    {
        return http::FormParameters::parse(url.query(QUrl::FullyEncoded).toLatin1())
            .value()
            .value(name);
    }
    /// What the tenant sends back for `url`; its ID token will carry the nonce asked for.
    [[nodiscard]] Result<QUrl> callback(const QUrl &url, const QByteArray &rest = "code=the-code")
    {
        tenant.nonce = parameter(url, QStringLiteral("nonce"));
        const auto state = parameter(url, QStringLiteral("state")).toLatin1();
        return callbackWith("state=" + state + (rest.isEmpty() ? "" : "&") + rest);
    }
    [[nodiscard]] Result<QUrl> callbackWith(const QByteArray &query)
    {
        return signIns().acceptCallback(http::FormParameters::parse(query).value());
    }
    [[nodiscard]] Result<oidc::SignInProgress, oidc::SignInError> advance(const QString &name)
    {
        return await<oidc::SignInProgress, oidc::SignInError>(
            [&](QObject *context, auto then) { signIns().finish(name, context, then); });
    }
    [[nodiscard]] Result<AccountId, oidc::SignInError> finish(const QString &name)
    {
        return advance(name).map(
            [](const oidc::SignInProgress &progress) { return progress.account; });
    }
    /// A whole sign-in.
    [[nodiscard]] Result<AccountId, oidc::SignInError> signIn()
    {
        const auto url = begin(QStringLiteral("whole"));
        (void)callback(url.value());
        return finish(QStringLiteral("whole"));
    }
    [[nodiscard]] Result<Secret, oidc::TokenError>
    accessToken(const AccountId &account, const QString &audience = QStringLiteral("urn:todos-api"))
    {
        return await<Secret, oidc::TokenError>([&](QObject *context, auto then) {
            tokens().accessToken(account, audience, context, then);
        });
    }
    void load(const QList<AccountId> &known)
    {
        (void)await<std::monostate, Error>(
            [&](QObject *context, auto then) { tokens().load(known, context, then); });
    }
};

} // namespace gatehouse::tests
