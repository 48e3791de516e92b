// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <base/result.h>
#include <base/secret.h>
#include <store/records.h>

#include <QHash>
#include <QObject>
#include <QPointer>

namespace gatehouse {
class RandomSource;
}
namespace gatehouse::approval {
class ApprovalService;
}
namespace gatehouse::oidc {
class AccountTokens;
}
namespace gatehouse::store {
class AccountStore;
}

namespace gatehouse::oauth {

class Grants;
struct ScopeCatalog;

/// Every personal access token begins with this, so that scanners find one that has leaked.
constexpr QLatin1String kPersonalTokenPrefix("gatehouse_");

/// What somebody at a terminal asks for.
struct TokenWish {
    QString name; ///< of the program that will use it, for the person's own list
    QStringList scopes = {}; ///< empty: what a client gets that asks for nothing in particular
    std::optional<AccountId> account = {}; ///< empty: the one that is signed in
    std::optional<Instant> until = {}; ///< empty: until revoked
    std::optional<platform::ProcessInfo> asker = {}; ///< not verified
};

/// A token that was made. Its value is nowhere else: only its hash is stored.
struct PersonalToken {
    GrantId grant;
    QString name;
    Secret value;
    QStringList scopes;
    std::optional<Instant> expiresAt;
};

/// Personal access tokens, for programs that know bearer tokens (RFC 6750) but no OAuth. Each is a
/// client of its own with one grant, listed and revoked like any other. Lives as long as the
/// service.
class PersonalTokens : public QObject {
    Q_OBJECT

public:
    struct Deps {
        Clock &clock;
        RandomSource &random;
        store::AccountStore &accounts;
        approval::ApprovalService &approvals;
        oidc::AccountTokens &accountTokens;
        Grants &grants;
        const ScopeCatalog &scopes;
        QString verbOptions = {}; ///< what the verbs need to find this instance; for advice
    };
    explicit PersonalTokens(Deps deps, QObject *parent = nullptr);

    /// Withdraws what terminals asked an earlier process for. Once, before any request is shown.
    void start();
    /// Makes one at once: the caller is the person.
    [[nodiscard]] Result<PersonalToken> create(const TokenWish &wish);
    /// Shows the wish to the person, who may change it, and answers with what became of it.
    [[nodiscard]] Result<store::Interaction> ask(const TokenWish &wish, QObject *context,
                                                 Callback<PersonalToken> then);
    /// Nobody waits for the answer any more.
    void withdraw(const InteractionId &request);

private:
    struct Waiting {
        QPointer<QObject> context;
        Callback<PersonalToken> then;
    };

    [[nodiscard]] Result<TokenWish> check(TokenWish wish) const;
    [[nodiscard]] Result<std::monostate> checkName(const TokenWish &wish) const;
    [[nodiscard]] Result<std::monostate> checkScopes(const TokenWish &wish) const;
    [[nodiscard]] Result<std::monostate> checkEnd(const TokenWish &wish) const;
    [[nodiscard]] Result<AccountId> findAccount(const TokenWish &wish) const;
    [[nodiscard]] Result<PersonalToken> make(const TokenWish &wish,
                                             const std::optional<InteractionId> &request);
    void onDecided(const store::Interaction &request);
    void answer(const InteractionId &request, const Result<PersonalToken> &result);

    Deps m_deps;
    QHash<InteractionId, Waiting> m_waiting;
};

} // namespace gatehouse::oauth
