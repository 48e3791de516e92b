// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>
#include <base/secret.h>
#include <http/form.h>
#include <store/records.h>

#include <QObject>
#include <QUrl>

#include <chrono>
#include <optional>

namespace gatehouse::oidc {

/// Where the tenant sends a browser whose session there has ended.
constexpr QLatin1StringView kSignedOutPath("/signed-out");

/// What one kind of access token is for: an API, or several that share an audience.
struct TenantAudience {
    QString audience; ///< Auth0's parameter; empty where the tenant knows none
    QStringList scopes; ///< what every sign-in asks for
    QStringList known = {}; ///< all that its operations need
};

/// The tenant as configured.
struct TenantConfig {
    QString issuer;
    QString clientId;
    QStringList scopes; ///< for every audience: openid, offline_access, profile
    QList<TenantAudience> audiences; ///< never empty; the first serves who asks for nothing else
    QUrl callbackUrl; ///< as registered at the tenant, for example http://127.0.0.1:8377/callback
    /// RFC 7591 §2: client_secret_post, client_secret_basic, or none: whatever fits.
    QString authMethod = QStringLiteral("none");
};

/// What a sign-in is for, and what the MCP client asked for and the tenant should hear about.
struct SignInHints {
    QString prompt;
    QString loginHint;
    QString maxAge = {}; ///< in seconds
    QStringList scopes = {}; ///< what clients are allowed, asked for beside the configured ones
    /// What must work afterwards: the browser visits the tenant once for each audience of these.
    QStringList wanted = {};
    /// Who is meant, where that is known. One who is signed in is not asked for what is there.
    std::optional<AccountId> account = {};
    /// Who comes most likely, where `scopes` hold all that this one's clients are allowed.
    std::optional<AccountId> expected = {};

    /// OIDC Core §3.1.2.1: the tenant must see the person, whoever is signed in here.
    [[nodiscard]] bool wantsFreshSignIn() const;
};

/// Why a sign-in did not succeed. `oauthError` is what the MCP client hears (RFC 6749 §4.1.2.1):
/// access_denied, server_error or temporarily_unavailable.
struct SignInError {
    QString oauthError;
    Error error;
};

/// How far a sign-in is. The person is signed in when the browser need not go anywhere.
struct SignInProgress {
    AccountId account;
    QUrl next = {}; ///< the tenant again, for another audience; the callback leads back as before
};

/// Browser sign-ins at the tenant, kept in memory: after a restart one begins again. Lives as long
/// as the service. A sign-in is named by its caller (an interaction id), so that two never mix.
class SignIns : public QObject {
    Q_OBJECT

public:
    using QObject::QObject;

    /// Starts (or starts over) the sign-in `name`: answers with the tenant URL for the browser
    /// (state, nonce, PKCE S256, audience). The tenant's callback will lead back to `returnTo`,
    /// which is the answer itself when nothing needs a browser.
    virtual void begin(const QString &name, const QUrl &returnTo, const SignInHints &hints,
                       QObject *context, Callback<QUrl, SignInError> then) = 0;
    /// The tenant's callback: matches `state`, keeps code or error in memory, and answers where the
    /// browser goes next. Nothing is redeemed here: the browser is not known yet.
    [[nodiscard]] virtual Result<QUrl> acceptCallback(const http::FormParameters &parameters) = 0;
    /// True when acceptCallback() has something for this sign-in that finish() can use.
    [[nodiscard]] virtual bool isReadyToFinish(const QString &name) const = 0;
    /// Redeems the code, verifies the ID token, stores account and tokens; exactly once for each
    /// visit at the tenant.
    virtual void finish(const QString &name, QObject *context,
                        Callback<SignInProgress, SignInError> then) = 0;
};

/// How an upstream access token could not be had.
enum class TokenTrouble {
    SignedOut, ///< no usable refresh token: the person must sign in again
    SignInNeeded, ///< signed in, but the tenant gives no tokens for this audience without a browser
    Unavailable, ///< the tenant or the keychain does not answer; try again later
};
struct TokenError {
    TokenTrouble trouble;
    Error error;
    /// Set when it will pass by itself: how long the tenant asks to be left alone, zero when it
    /// does not say.
    std::optional<std::chrono::seconds> retryAfter = {};
};

/// The two troubles that a sign-in ends; `detail` is for the log.
[[nodiscard]] TokenError signedOut(const QString &detail);
[[nodiscard]] TokenError signInNeeded(const QString &detail);

/// Upstream access tokens per account and audience, in memory, refreshed before they expire and
/// once however many wait. Lives as long as the service.
class AccountTokens : public QObject {
    Q_OBJECT

public:
    using QObject::QObject;

    virtual void accessToken(const AccountId &account, const QString &audience, QObject *context,
                             Callback<Secret, TokenError> then) = 0;
    /// Drops a token that an API answered 401 to, so that the next call gets another one.
    virtual void rejectAccessToken(const AccountId &account, const QString &audience,
                                   const Secret &token) = 0;
    /// False when the account must sign in before calls can succeed (as far as is known now).
    [[nodiscard]] virtual bool isSignedIn(const AccountId &account) const = 0;
    /// Whether it was signed in until the tenant said, since the start, that it no longer is.
    [[nodiscard]] virtual bool wasEndedByTenant(const AccountId &account) const = 0;
    /// Whether it is signed in for every audience of these scopes (as far as is known now).
    [[nodiscard]] virtual bool isSignedInFor(const AccountId &account,
                                             const QStringList &scopes) const = 0;

Q_SIGNALS:
    void stateChanged(const gatehouse::AccountId &account);
    /// A sign-in has brought tokens, also for an account that was signed in already.
    void signedIn(const gatehouse::AccountId &account);
};

/// What became of a sign-out.
struct SignOutReport {
    /// The tenant has ended the refresh tokens, or there were none. Otherwise it could not be told,
    /// and they end there by themselves.
    bool isRevoked = false;
    /// Where a browser ends the session that it may still have at the tenant; empty when the tenant
    /// could not be asked.
    QUrl browserUrl = {};
};

/// The audiences that these scopes belong to, in the order of the configuration; the first one when
/// they belong to none.
[[nodiscard]] QList<TenantAudience> audiencesOf(const TenantConfig &tenant,
                                                const QStringList &scopes);

} // namespace gatehouse::oidc
