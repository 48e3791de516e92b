// SPDX-License-Identifier: GPL-3.0-or-later
#include <oidc/tenant_account_tokens.h>

#include <base/logging.h>

namespace gatehouse::oidc {

using namespace Qt::StringLiterals;

namespace {

constexpr std::chrono::seconds kRefreshAhead{60};

TokenError signedOut(const QString &detail)
{
    return {TokenTrouble::SignedOut,
            Error{u"This account is signed out."_s}
                .withRemedy(u"Sign in to Gatehouse again."_s)
                .withDetail(detail)};
}

TokenError unavailable(const Error &error)
{
    return {TokenTrouble::Unavailable, error};
}

} // namespace

TenantAccountTokens::TenantAccountTokens(const Deps &deps, TenantConfig tenant)
    : m_deps(deps), m_tenant(std::move(tenant))
{
}

TenantAccountTokens::~TenantAccountTokens() = default;

QString TenantAccountTokens::keyOf(const AccountId &account) const
{
    return u"refresh-token/%1/%2"_s.arg(account.value, m_tenant.audience);
}

bool TenantAccountTokens::hasUsableToken(const Entry &entry) const
{
    return !entry.accessToken.isEmpty() && m_deps.clock.now() < entry.usableUntil;
}

void TenantAccountTokens::ifCurrent(const AccountId &account, quint64 generation,
                                    const std::function<void(Entry &)> &step)
{
    auto &entry = m_entries[account];
    if (entry.generation == generation)
        step(entry);
}

void TenantAccountTokens::accessToken(const AccountId &account, QObject *context,
                                      Callback<Secret, TokenError> then)
{
    auto &entry = m_entries[account];
    if (hasUsableToken(entry)) {
        answerLater<Secret, TokenError>(context, std::move(then), entry.accessToken);
        return;
    }
    entry.waiters.add(context, std::move(then));
    if (!entry.refreshing)
        startRefresh(account, entry);
}

void TenantAccountTokens::rejectAccessToken(const AccountId &account, const Secret &token)
{
    auto &entry = m_entries[account];
    if (!token.isEmpty() && entry.accessToken.equals(token.reveal()))
        entry.accessToken = Secret();
}

bool TenantAccountTokens::isSignedIn(const AccountId &account) const
{
    const auto found = m_entries.find(account);
    if (found == m_entries.end())
        return false;
    const auto &entry = found->second;
    return entry.hasRefreshToken || entry.unsaved || hasUsableToken(entry);
}

// --- one refresh: secret store → tenant → secret store → everyone who waits

void TenantAccountTokens::startRefresh(const AccountId &account, Entry &entry)
{
    entry.refreshing = true;
    if (entry.unsaved) {
        // The tenant has already replaced the stored token; asking with it again would look stolen.
        save(account, entry, TokenAnswer(*entry.unsaved));
        return;
    }
    const auto generation = entry.generation;
    m_deps.secretStore.read(
        keyOf(account), this,
        [this, account, generation](const Result<std::optional<Secret>> &stored) {
            ifCurrent(account, generation, [&](Entry &current) {
                if (!stored) {
                    giveUp(current, unavailable(stored.error()));
                } else if (!stored->has_value()) {
                    giveUp(current, signedOut(u"no refresh token is stored"_s));
                    setKnown(account, false);
                } else {
                    callTenant(account, generation, **stored);
                }
            });
        });
}

void TenantAccountTokens::callTenant(const AccountId &account, quint64 generation,
                                     const Secret &refreshToken)
{
    m_deps.discovery.metadata(
        this, [=, this](const Result<ProviderMetadata, TenantFailure> &metadata) {
            ifCurrent(account, generation, [&](Entry &entry) {
                if (!metadata) {
                    giveUp(entry, unavailable(metadata.error().error));
                    return;
                }
                entry.flow = std::make_unique<CodeFlow>(m_deps.network, *metadata, m_tenant);
                entry.flow->refresh(refreshToken, this,
                                    [=, this](const Result<TokenAnswer, TokenRefusal> &answer) {
                                        ifCurrent(account, generation, [&](Entry &current) {
                                            current.flow.reset();
                                            onTenantAnswer(account, current, answer);
                                        });
                                    });
            });
        });
}

void TenantAccountTokens::onTenantAnswer(const AccountId &account, Entry &entry,
                                         const Result<TokenAnswer, TokenRefusal> &answer)
{
    if (answer) {
        save(account, entry, *answer);
        return;
    }
    const auto &refusal = answer.error();
    qCWarning(lcOidc).noquote() << "refresh for account" << account.shortId()
                                << "failed:" << refusal.failure.error.detail;
    if (refusal.oauthError == "invalid_grant"_L1)
        endSession(account, entry);
    else
        giveUp(entry, unavailable(refusal.failure.error));
}

/// A rotated refresh token is stored before the access token is used: were the process to end in
/// between, the tenant would take the old one for stolen (RFC 9700 §4.14.2).
void TenantAccountTokens::save(const AccountId &account, Entry &entry, const TokenAnswer &answer)
{
    if (answer.refreshToken.isEmpty()) {
        use(account, entry, answer);
        return;
    }
    entry.unsaved = answer;
    const auto generation = entry.generation;
    m_deps.secretStore.write(keyOf(account), answer.refreshToken, this,
                             [this, account, generation](const Result<std::monostate> &written) {
                                 ifCurrent(account, generation, [&](Entry &current) {
                                     if (!written) {
                                         giveUp(current, unavailable(written.error()));
                                         return;
                                     }
                                     const auto saved =
                                         *std::exchange(current.unsaved, std::nullopt);
                                     use(account, current, saved);
                                     setKnown(account, true);
                                 });
                             });
}

void TenantAccountTokens::use(const AccountId &account, Entry &entry, const TokenAnswer &answer)
{
    // Half of a very short lifetime, so that such a token is used at all.
    const auto ahead = std::min(kRefreshAhead, answer.lifetime / 2);
    entry.accessToken = answer.accessToken;
    entry.usableUntil = m_deps.clock.now() + answer.lifetime - ahead;
    entry.refreshing = false;
    qCInfo(lcOidc).noquote() << "access token for account" << account.shortId() << "is good for"
                             << answer.lifetime.count() << "s";
    entry.waiters.answer(entry.accessToken);
}

void TenantAccountTokens::giveUp(Entry &entry, const TokenError &error)
{
    entry.refreshing = false;
    entry.waiters.answer(fail(error));
}

void TenantAccountTokens::setKnown(const AccountId &account, bool hasRefreshToken)
{
    const bool before = isSignedIn(account);
    m_entries[account].hasRefreshToken = hasRefreshToken;
    if (isSignedIn(account) != before)
        Q_EMIT stateChanged(account);
}

/// The tenant says that the refresh token is no longer good.
void TenantAccountTokens::endSession(const AccountId &account, Entry &entry)
{
    giveUp(entry, signedOut(u"the tenant answered invalid_grant"_s));
    signOut(account, this, [](const Result<std::monostate> &) {});
}

void TenantAccountTokens::signOut(const AccountId &account, QObject *context,
                                  Callback<std::monostate> then)
{
    auto &entry = m_entries[account];
    const bool before = isSignedIn(account);
    ++entry.generation;
    entry.flow.reset();
    entry.accessToken = Secret();
    entry.unsaved.reset();
    entry.hasRefreshToken = false;
    giveUp(entry, signedOut(u"signed out"_s));
    m_deps.secretStore.remove(keyOf(account), context, std::move(then));
    if (before)
        Q_EMIT stateChanged(account);
}

void TenantAccountTokens::adopt(const AccountId &account, const TokenAnswer &tokens,
                                QObject *context, Callback<std::monostate> then)
{
    auto &entry = m_entries[account];
    const bool before = isSignedIn(account);
    const auto generation = ++entry.generation;
    entry.flow.reset();
    entry.unsaved.reset();
    entry.refreshing = true; // whoever asks meanwhile waits for these
    const auto done = [=, this](const Result<std::monostate> &written) {
        ifCurrent(account, generation, [&](Entry &current) {
            if (!written) {
                giveUp(current, unavailable(written.error()));
                return;
            }
            current.hasRefreshToken = current.hasRefreshToken || !tokens.refreshToken.isEmpty();
            use(account, current, tokens);
            if (!before)
                Q_EMIT stateChanged(account);
        });
        answerLater<std::monostate, Error>(context, then, written);
    };
    if (tokens.refreshToken.isEmpty())
        done(std::monostate());
    else
        m_deps.secretStore.write(keyOf(account), tokens.refreshToken, this, done);
}

void TenantAccountTokens::load(const QList<AccountId> &accounts, QObject *context,
                               Callback<std::monostate> then)
{
    auto open = std::make_shared<qsizetype>(accounts.size());
    const auto finished = [open, context = QPointer(context), then = std::move(then)] {
        if (*open == 0 && context)
            answerLater<std::monostate, Error>(context, then, std::monostate());
    };
    finished();
    for (const auto &account : accounts) {
        const auto generation = m_entries[account].generation;
        m_deps.secretStore.read(
            keyOf(account), this, [=, this](const Result<std::optional<Secret>> &stored) {
                ifCurrent(account, generation,
                          [&](Entry &) { setKnown(account, !stored || stored->has_value()); });
                --*open;
                finished();
            });
    }
}

} // namespace gatehouse::oidc
