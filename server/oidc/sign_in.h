// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>
#include <base/secret.h>
#include <http/form.h>
#include <store/records.h>

#include <QObject>
#include <QUrl>

namespace gatehouse::oidc {

/// The tenant as configured. Scopes are what one sign-in asks for, openid and offline_access
/// included; audience is Auth0's parameter and may be empty.
struct TenantConfig {
    QString issuer;
    QString clientId;
    QStringList scopes;
    QString audience;
    QUrl callbackUrl; ///< as registered at the tenant, for example http://127.0.0.1:8377/callback
    /// RFC 7591 §2: client_secret_post, client_secret_basic, or none: whatever fits.
    QString authMethod = QStringLiteral("none");
};

/// What the MCP client asked for and the tenant should hear about.
struct SignInHints {
    QString prompt;
    QString loginHint;
    QString maxAge = {}; ///< in seconds
    QStringList scopes = {}; ///< what clients are allowed, asked for beside the configured ones
};

/// Why a sign-in did not succeed. `oauthError` is what the MCP client hears (RFC 6749 §4.1.2.1):
/// access_denied, server_error or temporarily_unavailable.
struct SignInError {
    QString oauthError;
    Error error;
};

/// Browser sign-ins at the tenant, kept in memory: after a restart one begins again. Lives as long
/// as the service. A sign-in is named by its caller (an interaction id), so that two never mix.
class SignIns : public QObject {
    Q_OBJECT

public:
    using QObject::QObject;

    /// Starts (or starts over) the sign-in `name`: answers with the tenant URL for the browser
    /// (state, nonce, PKCE S256, audience). The tenant's callback will lead back to `returnTo`.
    virtual void begin(const QString &name, const QUrl &returnTo, const SignInHints &hints,
                       QObject *context, Callback<QUrl, SignInError> then) = 0;
    /// The tenant's callback: matches `state`, keeps code or error in memory, and answers where the
    /// browser goes next. Nothing is redeemed here: the browser is not known yet.
    [[nodiscard]] virtual Result<QUrl> acceptCallback(const http::FormParameters &parameters) = 0;
    /// True when acceptCallback() has something for this sign-in that finish() can use.
    [[nodiscard]] virtual bool isReadyToFinish(const QString &name) const = 0;
    /// Redeems the code, verifies the ID token, stores account and tokens; exactly once.
    virtual void finish(const QString &name, QObject *context,
                        Callback<AccountId, SignInError> then) = 0;
};

/// How an upstream access token could not be had.
enum class TokenTrouble {
    SignedOut, ///< no usable refresh token: the person must sign in again
    Unavailable, ///< the tenant or the keychain does not answer; try again later
};
struct TokenError {
    TokenTrouble trouble;
    Error error;
};

/// Upstream access tokens per account, in memory, refreshed before they expire and once however
/// many wait. Lives as long as the service.
class AccountTokens : public QObject {
    Q_OBJECT

public:
    using QObject::QObject;

    virtual void accessToken(const AccountId &account, QObject *context,
                             Callback<Secret, TokenError> then) = 0;
    /// Drops a token that an API answered 401 to, so that the next call gets another one.
    virtual void rejectAccessToken(const AccountId &account, const Secret &token) = 0;
    /// False when the account must sign in before calls can succeed (as far as is known now).
    [[nodiscard]] virtual bool isSignedIn(const AccountId &account) const = 0;

Q_SIGNALS:
    void stateChanged(const gatehouse::AccountId &account);
};

} // namespace gatehouse::oidc
