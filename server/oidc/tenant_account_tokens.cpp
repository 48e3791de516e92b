// SPDX-License-Identifier: GPL-3.0-or-later
#include <oidc/tenant_account_tokens.h>

#include <base/logging.h>
#include <store/account_store.h>

#include <algorithm>

namespace gatehouse::oidc {

using namespace Qt::StringLiterals;

namespace {

constexpr std::chrono::seconds kRefreshAhead{60};
constexpr std::chrono::seconds kFirstRetry{2};
constexpr std::chrono::seconds kLongestRetry{60};
/// A token that nobody has asked for since is not fetched again.
constexpr auto kInterest = 10min;

QByteArray field(const QByteArray &name, const QByteArray &value)
{
    return name + '=' + value.toPercentEncoding();
}

} // namespace

/// Tokens of an account that has signed out, on their way to the tenant.
struct TenantAccountTokens::Revocation {
    QList<ForgottenToken> tokens;
    qsizetype unread = 0; ///< of how many sessions the token is still being looked for
    qsizetype untold = 0;
    bool isAnyUnread = false;
    SignOutReport report{true, {}};
    std::optional<Error> error; ///< the secret store's
    Waiters<SignOutReport> caller;

    void add(const ForgottenToken &token)
    {
        if (token.trouble)
            error = token.trouble;
        isAnyUnread = isAnyUnread || token.isUnread;
        if (token.value)
            tokens.append(token);
        else
            keep(token);
    }
    /// One that could be neither removed here nor revoked there is as good as before.
    static void keep(const ForgottenToken &token)
    {
        if (token.takeBack)
            token.takeBack();
    }

    void answer()
    {
        if (error)
            caller.answer(fail(*error));
        else
            caller.answer(report);
    }
};

TenantAccountTokens::TenantAccountTokens(const Deps &deps, TenantConfig tenant)
    : m_deps(deps), m_tenant(std::move(tenant))
{
}

TenantAccountTokens::~TenantAccountTokens() = default;

QString TenantAccountTokens::keyOf(const AccountId &account, const QString &audience) const
{
    // RFC 6749 §6: it is good for the application that got it.
    return u"refresh-token/%1/%2/%3"_s.arg(account.value, m_tenant.clientId, audience);
}

TenantAudience TenantAccountTokens::audienceNamed(const QString &name) const
{
    const auto found =
        std::find_if(m_tenant.audiences.begin(), m_tenant.audiences.end(),
                     [&](const TenantAudience &audience) { return audience.audience == name; });
    return found == m_tenant.audiences.end() ? TenantAudience{name, {}} : *found;
}

TenantAccountTokens::Entry &TenantAccountTokens::entryOf(const AccountId &account)
{
    const auto [entry, isNew] = m_entries.try_emplace(account);
    if (isNew) {
        for (const auto &audience : std::as_const(m_tenant.audiences))
            addSession(account, entry->second, audience);
    }
    return entry->second;
}

void TenantAccountTokens::addSession(const AccountId &account, Entry &entry,
                                     const TenantAudience &audience)
{
    auto session = std::make_unique<RefreshSession>(
        RefreshSession::Deps{m_deps.network, m_deps.discovery, m_deps.secretStore, m_deps.clock,
                             m_tenant, m_deps.credentials},
        keyOf(account, audience.audience), audience);
    connect(session.get(), &RefreshSession::changed, this, [this, account] { noteState(account); });
    entry.sessions[audience.audience] = std::move(session);
}

/// An API that has left the configuration has left its refresh token behind.
void TenantAccountTokens::addRememberedSessions(const AccountId &account, Entry &entry)
{
    const auto audiences = m_deps.accounts.audiences(account);
    if (!audiences)
        qCWarning(lcOidc) << "audiences of an account not found:" << audiences.error().message;
    for (const auto &audience : audiences.value_or(QStringList())) {
        if (!entry.sessions.contains(audience))
            addSession(account, entry, audienceNamed(audience));
    }
}

bool TenantAccountTokens::isUsable(const Token &token) const
{
    return !token.value.isEmpty() && m_deps.clock.now() < token.usableUntil;
}

/// The audience's own refresh token, else one that the tenant may take in its place.
RefreshSession *TenantAccountTokens::sessionFor(Entry &entry, const QString &audience) const
{
    const auto own = entry.sessions.find(audience);
    if (own != entry.sessions.end()) {
        if (own->second->isGood())
            return own->second.get();
        if (own->second->wasEnded())
            return nullptr;
    }
    const auto other =
        std::find_if(entry.sessions.begin(), entry.sessions.end(),
                     [](const auto &candidate) { return candidate.second->mayServeOthers(); });
    return other == entry.sessions.end() ? nullptr : other->second.get();
}

// --- access tokens

void TenantAccountTokens::accessToken(const AccountId &account, const QString &audience,
                                      QObject *context, Callback<Secret, TokenError> then)
{
    auto &token = entryOf(account).tokens[audience];
    if (isUsable(token)) {
        answerLater<Secret, TokenError>(context, std::move(then), token.value);
        return;
    }
    token.askedAt = m_deps.clock.now();
    token.waiters.add(context, std::move(then));
    fetch(account, audience);
}

void TenantAccountTokens::rejectAccessToken(const AccountId &account, const QString &audience,
                                            const Secret &token)
{
    auto &current = entryOf(account).tokens[audience];
    if (!token.isEmpty() && current.value.equals(token.reveal()))
        current.value = Secret();
}

void TenantAccountTokens::fetch(const AccountId &account, const QString &audience)
{
    auto &entry = entryOf(account);
    auto &token = entry.tokens[audience];
    if (token.isFetching)
        return;
    auto *const session = sessionFor(entry, audience);
    if (session == nullptr) {
        const auto why = u"there is no refresh token"_s;
        return token.waiters.answer(fail(isSignedIn(entry) ? signInNeeded(why) : signedOut(why)));
    }
    token.isFetching = true;
    session->refresh(audienceNamed(audience), this,
                     [=, this, generation = token.generation](const auto &answer) {
                         if (generation == entryOf(account).tokens[audience].generation)
                             onFetched(account, audience, answer);
                     });
}

void TenantAccountTokens::onFetched(const AccountId &account, const QString &audience,
                                    const Result<TokenAnswer, TokenError> &answer)
{
    if (answer)
        return use(account, audience, *answer);
    auto &token = entryOf(account).tokens[audience];
    token.isFetching = false;
    token.waiters.answer(fail(answer.error()));
    if (answer.error().retryAfter)
        retryLater(account, audience, *answer.error().retryAfter);
}

void TenantAccountTokens::use(const AccountId &account, const QString &audience,
                              const TokenAnswer &answer)
{
    auto &token = entryOf(account).tokens[audience];
    // Half of a very short lifetime, so that such a token is used at all.
    const auto ahead = std::min(kRefreshAhead, answer.lifetime / 2);
    token.value = answer.accessToken;
    token.scopes = answer.scopes;
    token.usableUntil = m_deps.clock.now() + answer.lifetime - ahead;
    token.isFetching = false;
    token.failures = 0;
    qCInfo(lcOidc).noquote() << "access token for account" << account.shortId() << "is good for"
                             << answer.lifetime.count() << "s";
    token.waiters.answer(token.value);
    noteState(account);
}

void TenantAccountTokens::retryLater(const AccountId &account, const QString &audience,
                                     std::chrono::seconds atLeast)
{
    auto &token = entryOf(account).tokens[audience];
    if (std::exchange(token.isRetryDue, true))
        return;
    const auto doubled = kFirstRetry * (1 << std::min(token.failures++, 5));
    const auto delay = std::max(std::min(doubled, kLongestRetry), atLeast);
    m_deps.clock.after(delay, this, [=, this] {
        auto &current = entryOf(account).tokens[audience];
        current.isRetryDue = false;
        if (!isUsable(current) && m_deps.clock.now() - current.askedAt < kInterest)
            fetch(account, audience);
    });
}

// --- who is signed in

bool TenantAccountTokens::isSignedIn(const Entry &entry) const
{
    const auto ended = [](const auto &session) { return session.second->wasEnded(); };
    const auto good = [](const auto &session) { return session.second->isGood(); };
    const auto usable = [this](const auto &token) { return isUsable(token.second); };
    return std::none_of(entry.sessions.begin(), entry.sessions.end(), ended)
        && (std::any_of(entry.sessions.begin(), entry.sessions.end(), good)
            || std::any_of(entry.tokens.begin(), entry.tokens.end(), usable));
}

bool TenantAccountTokens::isSignedIn(const AccountId &account) const
{
    const auto found = m_entries.find(account);
    return found != m_entries.end() && isSignedIn(found->second);
}

bool TenantAccountTokens::wasEndedByTenant(const AccountId &account) const
{
    const auto found = m_entries.find(account);
    return found != m_entries.end()
        && std::any_of(found->second.sessions.begin(), found->second.sessions.end(),
                       [](const auto &session) { return session.second->wasEnded(); });
}

bool TenantAccountTokens::isSignedInFor(const AccountId &account, const QStringList &scopes) const
{
    const auto found = m_entries.find(account);
    if (found == m_entries.end() || !isSignedIn(found->second))
        return false;
    const auto needed = audiencesOf(m_tenant, scopes);
    return std::all_of(needed.begin(), needed.end(), [&](const TenantAudience &audience) {
        return serves(account, audience.audience);
    });
}

bool TenantAccountTokens::serves(const AccountId &account, const QString &audience) const
{
    const auto found = m_entries.find(account);
    if (found == m_entries.end())
        return false;
    const auto session = found->second.sessions.find(audience);
    if (session != found->second.sessions.end() && session->second->isGood())
        return true;
    const auto token = found->second.tokens.find(audience);
    return token != found->second.tokens.end() && isUsable(token->second);
}

std::optional<QStringList> TenantAccountTokens::givenScopes(const AccountId &account,
                                                            const QString &audience) const
{
    const auto found = m_entries.find(account);
    if (found == m_entries.end())
        return std::nullopt;
    const auto token = found->second.tokens.find(audience);
    return token == found->second.tokens.end() ? std::nullopt : token->second.scopes;
}

void TenantAccountTokens::noteState(const AccountId &account)
{
    auto &entry = entryOf(account);
    const bool isIn = isSignedIn(entry);
    if (std::exchange(entry.wasSignedIn, isIn) != isIn)
        Q_EMIT stateChanged(account);
}

// --- sign-in, sign-out, start

void TenantAccountTokens::adopt(const AccountId &account, const QString &audience,
                                const TokenAnswer &tokens, QObject *context,
                                Callback<std::monostate> then)
{
    if (!tokens.refreshToken.isEmpty()) {
        if (const auto noted = m_deps.accounts.noteAudience(account, audience); !noted)
            qCWarning(lcOidc) << "audience of an account not noted:" << noted.error().message;
    }
    auto &entry = entryOf(account);
    auto &token = entry.tokens[audience];
    const auto generation = ++token.generation;
    token.isFetching = true; // whoever asks meanwhile waits for these
    entry.sessions.at(audience)->adopt(
        tokens, this,
        [=, this, context = QPointer(context)](const Result<std::monostate> &written) {
            auto &current = entryOf(account).tokens[audience];
            if (current.generation == generation) {
                if (written) {
                    for (const auto &session : entryOf(account).sessions)
                        session.second->excuseEnd();
                    use(account, audience, tokens);
                } else {
                    current.isFetching = false;
                    current.waiters.answer(
                        fail(TokenError{TokenTrouble::Unavailable, written.error()}));
                }
            }
            if (written)
                Q_EMIT signedIn(account);
            if (context)
                then(written);
        });
}

void TenantAccountTokens::signOut(const AccountId &account, QObject *context,
                                  Callback<SignOutReport> then)
{
    auto &entry = entryOf(account);
    addRememberedSessions(account, entry);
    for (auto &[audience, token] : entry.tokens) {
        ++token.generation;
        token.value = Secret();
        token.isFetching = false;
        token.waiters.answer(fail(signedOut(u"signed out"_s)));
    }
    auto revocation = std::make_shared<Revocation>();
    revocation->caller.add(context, std::move(then));
    revocation->unread = qsizetype(entry.sessions.size());
    for (auto &[audience, session] : entry.sessions) {
        session->forget(this, [this, revocation](const Result<ForgottenToken> &token) {
            revocation->add(*token);
            if (--revocation->unread == 0)
                revoke(revocation);
        });
    }
    noteState(account);
}

void TenantAccountTokens::revoke(const std::shared_ptr<Revocation> &revocation)
{
    m_deps.discovery.metadata(this, [this, revocation](const auto &metadata) {
        if (metadata)
            revocation->report.browserUrl = browserSignOutUrl(m_tenant, *metadata);
        revocation->untold = revocation->tokens.size();
        const bool isPossible = metadata && metadata->revocationEndpoint.isValid();
        revocation->report.isRevoked =
            (isPossible || revocation->tokens.isEmpty()) && !revocation->isAnyUnread;
        if (!isPossible)
            std::for_each(revocation->tokens.begin(), revocation->tokens.end(), &Revocation::keep);
        if (!isPossible || revocation->tokens.isEmpty())
            return revocation->answer();
        const ClientAuthentication authentication(m_tenant, metadata->authMethods,
                                                  m_deps.credentials.secret());
        for (const auto &token : std::as_const(revocation->tokens)) {
            auto form = field("token", token.value->reveal()) + "&token_type_hint=refresh_token&"
                + field("client_id", m_tenant.clientId.toUtf8());
            if (!authentication.parameter().isEmpty())
                form += '&' + field("client_secret", authentication.parameter().reveal());
            m_deps.network.postForm(metadata->revocationEndpoint, form, authentication.header(),
                                    this, [revocation, token](const TenantAnswer &answer) {
                                        if (answer.status != 200) {
                                            revocation->report.isRevoked = false;
                                            Revocation::keep(token);
                                            qCWarning(lcOidc)
                                                << "a refresh token stays at the tenant: status"
                                                << answer.status << answer.transportError;
                                        }
                                        if (--revocation->untold == 0)
                                            revocation->answer();
                                    });
        }
    });
}

void TenantAccountTokens::load(const QList<AccountId> &accounts, QObject *context,
                               Callback<std::monostate> then)
{
    auto open = std::make_shared<qsizetype>(accounts.size() * m_tenant.audiences.size());
    const auto finished = [open, context = QPointer(context), then = std::move(then)] {
        if (*open == 0 && context)
            answerLater<std::monostate, Error>(context, then, std::monostate());
    };
    finished();
    for (const auto &account : accounts) {
        for (auto &[audience, session] : entryOf(account).sessions) {
            session->load(this, [open, finished] {
                --*open;
                finished();
            });
        }
    }
}

} // namespace gatehouse::oidc
