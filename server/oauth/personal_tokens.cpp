// SPDX-License-Identifier: GPL-3.0-or-later
#include <oauth/personal_tokens.h>

#include <approval/approval_service.h>
#include <base/logging.h>
#include <base/random.h>
#include <base/text.h>
#include <oauth/grants.h>
#include <oauth/scope_catalog.h>
#include <oidc/sign_in.h>
#include <store/account_store.h>

namespace gatehouse::oauth {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kLongestName = 200;
/// Of a token that lasts until it is revoked.
const auto kNever = fromMilliseconds(253'402'300'799'000); // 9999-12-31T23:59:59Z

} // namespace

PersonalTokens::PersonalTokens(Deps deps, QObject *parent) : QObject(parent), m_deps(deps)
{
    using approval::ApprovalService;
    connect(&m_deps.approvals, &ApprovalService::decided, this, &PersonalTokens::onDecided);
    connect(&m_deps.approvals, &ApprovalService::expired, this, [this](const InteractionId &id) {
        answer(id, fail(Error{u"Nobody answered in time."_s, u"Ask again."_s}));
    });
}

void PersonalTokens::start()
{
    if (const auto withdrawn = m_deps.approvals.withdrawTokens(); !withdrawn)
        qCWarning(lcOauth) << "old requests for tokens stay:" << withdrawn.error().message;
}

Result<PersonalToken> PersonalTokens::create(const TokenWish &wish)
{
    return check(wish).and_then(
        [this](const TokenWish &checked) { return make(checked, std::nullopt); });
}

Result<store::Interaction> PersonalTokens::ask(const TokenWish &wish, QObject *context,
                                               Callback<PersonalToken> then)
{
    const auto checked = check(wish);
    if (!checked)
        return fail(checked.error());
    store::Interaction request;
    request.kind = store::InteractionKind::Token;
    request.clientName = checked->name;
    request.scopes = checked->scopes;
    request.account = checked->account; // asked for; the decision may name others
    request.grantUntil = checked->until;
    request.browserHash = Secret(randomToken(m_deps.random)).hash(); // no browser has this cookie
    request.registrar = checked->asker; // who waits for the answer, too
    auto shown = m_deps.approvals.openShown(std::move(request));
    if (shown)
        m_waiting.insert(shown->id, {context, std::move(then)});
    return shown;
}

void PersonalTokens::withdraw(const InteractionId &request)
{
    m_waiting.remove(request);
    // One that was answered meanwhile is no concern of anybody's.
    if (const auto done = m_deps.approvals.cancel(request); !done)
        qCDebug(lcOauth) << "nothing to withdraw:" << request.shortId();
}

// --- what may be asked for

Result<TokenWish> PersonalTokens::check(TokenWish wish) const
{
    wish.name = wish.name.trimmed();
    if (wish.scopes.isEmpty())
        wish.scopes = m_deps.scopes.defaults;
    wish.scopes.removeDuplicates();
    using Check = Result<std::monostate> (PersonalTokens::*)(const TokenWish &) const;
    constexpr std::array<Check, 3> kChecks{&PersonalTokens::checkName, &PersonalTokens::checkScopes,
                                           &PersonalTokens::checkEnd};
    for (const auto each : kChecks) {
        if (const auto fine = (this->*each)(wish); !fine)
            return fail(fine.error());
    }
    return findAccount(wish).map([&](const AccountId &account) {
        wish.account = account;
        return wish;
    });
}

Result<std::monostate> PersonalTokens::checkName(const TokenWish &wish) const
{
    if (wish.name.isEmpty() || wish.name.size() > kLongestName) {
        return fail(Error{u"A token needs a name of at most 200 characters."_s,
                          u"Name it after the program that will use it."_s});
    }
    return std::monostate();
}

Result<std::monostate> PersonalTokens::checkScopes(const TokenWish &wish) const
{
    for (const auto &scope : wish.scopes) {
        if (!m_deps.scopes.known.contains(scope)) {
            auto known = m_deps.scopes.known;
            known.sort();
            return fail(Error{u"There is no permission \"%1\"."_s.arg(shownText(scope)),
                              u"There are: %1"_s.arg(known.join(u' '))});
        }
    }
    return std::monostate();
}

Result<std::monostate> PersonalTokens::checkEnd(const TokenWish &wish) const
{
    if (wish.until && *wish.until <= m_deps.clock.now())
        return fail(Error{u"The end of the token is in the past."_s});
    return std::monostate();
}

Result<AccountId> PersonalTokens::findAccount(const TokenWish &wish) const
{
    const auto accounts = m_deps.accounts.list();
    if (!accounts)
        return fail(accounts.error());
    QList<AccountId> signedIn;
    for (const auto &account : *accounts) {
        if (m_deps.accountTokens.isSignedIn(account.id))
            signedIn.append(account.id);
    }
    if (wish.account) {
        if (signedIn.contains(*wish.account))
            return *wish.account;
        return fail(
            Error{u"This account is unknown or signed out."_s,
                  u"`gatehouse status --json%1` lists the accounts."_s.arg(m_deps.verbOptions)});
    }
    if (signedIn.size() == 1)
        return signedIn.first();
    if (signedIn.isEmpty()) {
        return fail(Error{u"A token acts as a person, and nobody is signed in."_s,
                          u"Sign in first: `gatehouse signin%1`."_s.arg(m_deps.verbOptions)});
    }
    return fail(
        Error{u"Several accounts are signed in."_s,
              u"Say whom the token acts as: --account ID. `gatehouse status --json%1` lists "
              "the accounts."_s.arg(m_deps.verbOptions)});
}

// --- making one

Result<PersonalToken> PersonalTokens::make(const TokenWish &wish,
                                           const std::optional<InteractionId> &request)
{
    const auto now = m_deps.clock.now();
    store::Client client;
    client.id = ClientId(randomId(m_deps.random));
    client.kind = store::ClientKind::Token;
    client.name = wish.name;
    client.authMethod = u"none"_s;
    client.createdAt = now;
    client.lastUsedAt = now;
    client.registeredBy = wish.asker;

    store::Grant grant;
    grant.id = GrantId(randomId(m_deps.random));
    grant.client = client.id;
    grant.clientName = client.name;
    grant.account = *wish.account;
    grant.scopes = wish.scopes;
    grant.createdAt = now;
    grant.expiresAt = wish.until;

    PersonalToken made{grant.id, wish.name,
                       Secret(QByteArray(kPersonalTokenPrefix.data()) + randomToken(m_deps.random)),
                       wish.scopes, wish.until};
    const store::AccessToken record{made.value.hash(), grant.id, wish.scopes,
                                    wish.until.value_or(kNever)};
    return m_deps.grants.addPersonal(client, grant, record, request).map([&](std::monostate) {
        return made;
    });
}

void PersonalTokens::onDecided(const store::Interaction &request)
{
    if (request.kind != store::InteractionKind::Token || !m_waiting.contains(request.id))
        return;
    if (request.state != store::InteractionState::Allowed)
        return answer(request.id, fail(Error{u"The person denied the token."_s}));
    TokenWish wish{request.clientName, request.grantedScopes, request.account, request.grantUntil,
                   request.registrar};
    answer(request.id, check(wish).and_then([&](const TokenWish &checked) {
        return make(checked, request.id);
    }));
}

void PersonalTokens::answer(const InteractionId &request, const Result<PersonalToken> &result)
{
    const auto waiting = m_waiting.take(request);
    if (waiting.context)
        waiting.then(result);
}

} // namespace gatehouse::oauth
