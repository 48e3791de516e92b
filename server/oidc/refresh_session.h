// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <oidc/code_flow.h>
#include <oidc/sign_in.h>
#include <secrets/secret_store.h>

#include <QObject>

#include <deque>
#include <optional>

namespace gatehouse::oidc {

/// A refresh token that is no longer used.
struct ForgottenToken {
    std::optional<Secret> value; ///< empty when there was none
    bool isUnread = false; ///< there may have been one that the secret store did not tell
    std::optional<Error> trouble = {}; ///< why it is still in the secret store
    /// Uses it again, unless somebody has signed in meanwhile. Only while the session lives.
    std::function<void()> takeBack = {};
};

/// One refresh token of the tenant, in the secret store, and the calls that use it: one at a time,
/// because each may replace it. Made for an account and an audience by TenantAccountTokens; lives
/// as long as that.
class RefreshSession final : public QObject {
    Q_OBJECT

public:
    struct Deps {
        TenantNetwork &network;
        Discovery &discovery;
        secrets::SecretStore &secretStore;
        Clock &clock;
        const TenantConfig &tenant;
        ClientCredentials &credentials;
    };
    /// `key` names the refresh token in the secret store.
    RefreshSession(const Deps &deps, QString key, TenantAudience audience);
    ~RefreshSession() override;

    /// Whether there is a refresh token, as far as is known: one that cannot be read counts.
    [[nodiscard]] bool isGood() const { return m_hasToken || m_unsaved; }
    /// Whether the tenant has said that the last one is no longer good.
    [[nodiscard]] bool wasEnded() const { return m_wasEnded; }
    /// Whether the tenant may give tokens of other audiences for it (Auth0's multi-resource refresh
    /// tokens). True until it has not.
    [[nodiscard]] bool mayServeOthers() const { return isGood() && m_mayServeOthers; }

    /// Gets a new access token. A rotated refresh token is stored before this answers: were the
    /// process to end in between, the tenant would take the old one for stolen (RFC 9700 §4.14.2).
    void refresh(const TenantAudience &audience, QObject *context,
                 Callback<TokenAnswer, TokenError> then);
    /// Takes over what a sign-in gave. Whoever waits for this audience gets its access token.
    void adopt(const TokenAnswer &tokens, QObject *context, Callback<std::monostate> then);
    /// Forgets the refresh token here and in the secret store; answers it, so that it can be
    /// revoked at the tenant. Trouble with the secret store is part of the answer, never an error.
    void forget(QObject *context, Callback<ForgottenToken> then);
    /// The person has signed in again since the tenant ended this one, for something else.
    void excuseEnd() { m_wasEnded = false; }
    /// Finds out whether there is a refresh token.
    void load(QObject *context, const std::function<void()> &then);

Q_SIGNALS:
    /// isGood() or wasEnded() may be another.
    void changed();

private:
    struct Job {
        TenantAudience audience;
        Waiters<TokenAnswer, TokenError> waiters = {};
    };
    struct Unsaved {
        QString audience; ///< of the access token
        TokenAnswer answer;
        Instant receivedAt;
    };

    /// Runs `step` unless a sign-in or sign-out came since `generation`.
    void ifCurrent(quint64 generation, const std::function<void()> &step);
    void work();
    void readToken();
    void callTenant(const Secret &refreshToken);
    void onAnswer(const Result<TokenAnswer, TokenRefusal> &answer);
    void onRefusal(const TokenRefusal &refusal);
    void onRotated(const Unsaved &rotated);
    [[nodiscard]] std::chrono::seconds lifeLeft(const Unsaved &rotated) const;
    void save();
    void finishJob(const Result<TokenAnswer, TokenError> &result);
    void failAll(const TokenError &error);
    void end();
    [[nodiscard]] bool isForAnother(const Job &job) const;

    Deps m_deps;
    QString m_key;
    TenantAudience m_audience;
    std::deque<Job> m_jobs; ///< the first is being worked on
    bool m_isWorking = false;
    bool m_hasToken = false;
    bool m_wasEnded = false;
    bool m_mayServeOthers = true;
    /// Given by the tenant but not stored yet, as the secret store failed.
    std::optional<Unsaved> m_unsaved;
    /// Counts sign-ins and sign-outs: what was begun before one no longer applies.
    quint64 m_generation = 0;
    std::unique_ptr<CodeFlow> m_flow;
    /// A tenant in trouble is not asked again before then.
    Instant m_notBefore;
    std::optional<TokenError> m_lastTrouble;
};

/// Whether an access token says that it is for this audience (RFC 9068 §2.2, unverified: the API
/// verifies it). An opaque one says nothing.
[[nodiscard]] bool namesAudience(const Secret &accessToken, const QString &audience);

} // namespace gatehouse::oidc
