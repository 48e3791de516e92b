// SPDX-License-Identifier: GPL-3.0-or-later
#include <oidc/tenant_sign_ins.h>

#include <base/logging.h>
#include <base/text.h>
#include <oidc/id_token.h>

#include <algorithm>

namespace gatehouse::oidc {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kSignInLifetime = 10min;
constexpr size_t kMostSignIns = 1000;

SignInError serverError(const Error &error)
{
    return {u"server_error"_s, error};
}

SignInError toSignInError(const TenantFailure &failure)
{
    return {failure.temporary ? u"temporarily_unavailable"_s : u"server_error"_s, failure.error};
}

SignInError notKnown()
{
    return serverError(Error{u"This sign-in is not known or has expired."_s}.withRemedy(
        u"Start it again in the application that asked for it."_s));
}

/// A silent attempt (prompt=none) found that the person is needed (OIDC Core §3.1.2.6).
bool needsThePerson(const QString &code)
{
    return code == "login_required"_L1 || code == "consent_required"_L1
        || code == "interaction_required"_L1 || code == "account_selection_required"_L1;
}

/// What the tenant's error code (RFC 6749 §4.1.2.1, OIDC Core §3.1.2.6) means for the person.
SignInError tenantRefused(const QString &code, const QString &description)
{
    const auto refused = [&](const QString &wire, const QString &sentence, const QString &remedy) {
        const auto detail =
            u"the tenant answered %1: %2"_s.arg(shownText(code), shownText(description));
        return SignInError{wire, Error{sentence}.withRemedy(remedy).withDetail(detail)};
    };
    if (code == "access_denied"_L1) {
        return refused(u"access_denied"_s, u"The sign-in was refused or cancelled."_s,
                       u"Start again if this was not intended."_s);
    }
    if (needsThePerson(code)) {
        return refused(u"access_denied"_s, u"The tenant needs you to sign in visibly."_s,
                       u"Start again and sign in when the tenant asks."_s);
    }
    if (code == "temporarily_unavailable"_L1) {
        return refused(code, u"The tenant is temporarily unavailable."_s, u"Try again later."_s);
    }
    return refused(u"server_error"_s, u"The tenant could not complete the sign-in."_s,
                   u"Check the tenant's settings for this application, then try again."_s);
}

} // namespace

/// One sign-in that is under way.
struct TenantSignIns::SignIn {
    QString name;
    QUrl returnTo;
    SignInHints hints;
    QList<TenantAudience> left; ///< to visit the tenant for; the first is the current one
    std::optional<AccountId> account; ///< who it is, as far as is known
    bool isFirstVisit = true; ///< no visit of this sign-in has succeeded yet
    bool isSilent = false; ///< the current visit shows no page
    bool mustBeVisible = false; ///< a silent one was tried in vain
    bool asksForMore = false; ///< of the person who has just been there: silently first
    bool mustBeFresh = false; ///< the tenant answered for somebody else than is meant
    /// Of the last thing begun for this sign-in; what was begun before no longer applies.
    quint64 step = 0;
    Instant expiresAt;

    // The current visit.
    SignInSecrets secrets;
    QStringList scopes = {}; ///< asked for
    bool issuerRequired = false;
    std::unique_ptr<CodeFlow> flow;
    /// The tenant's answer, once it is there.
    Secret code;
    QString errorCode;
    std::optional<SignInError> error;

    [[nodiscard]] bool isDone() const { return left.isEmpty(); }
    [[nodiscard]] bool isAnswered() const
    {
        return isDone() || !code.isEmpty() || error.has_value();
    }
    void endVisit()
    {
        secrets = {};
        flow.reset();
        code = {};
        errorCode.clear();
        error.reset();
    }
};

/// What finish() works on; ends with its last step.
struct TenantSignIns::Redemption {
    std::unique_ptr<SignIn> signIn;
    TokenAnswer tokens;
    QPointer<QObject> context;
    Callback<SignInProgress, SignInError> then;

    void answer(Result<SignInProgress, SignInError> result)
    {
        if (!result)
            qCWarning(lcOidc).noquote()
                << "sign-in failed:" << result.error().error.message << result.error().error.detail;
        if (context)
            answerLater<SignInProgress, SignInError>(context, std::move(then), std::move(result));
    }
};

TenantSignIns::TenantSignIns(const Deps &deps, TenantConfig tenant)
    : m_deps(deps), m_tenant(std::move(tenant))
{
}

TenantSignIns::~TenantSignIns() = default;

// --- to the tenant

void TenantSignIns::begin(const QString &name, const QUrl &returnTo, const SignInHints &hints,
                          QObject *context, Callback<QUrl, SignInError> then)
{
    m_signIns.erase(name);
    makeRoom();
    auto signIn = std::make_unique<SignIn>();
    signIn->name = name;
    signIn->returnTo = returnTo;
    signIn->hints = hints;
    signIn->left = audiencesOf(m_tenant, hints.wanted);
    if (hints.account && m_deps.tokens.isSignedIn(*hints.account))
        signIn->account = hints.account;
    signIn->expiresAt = m_deps.clock.now() + kSignInLifetime;
    m_signIns[name] = std::move(signIn);
    goOn(name, context, std::move(then));
}

void TenantSignIns::goOn(const QString &name, QObject *context, Callback<QUrl, SignInError> then)
{
    auto *signIn = find(name);
    if (signIn == nullptr)
        return answerLater<QUrl, SignInError>(context, std::move(then), fail(notKnown()));
    const bool wantsFresh =
        signIn->mustBeFresh || (signIn->isFirstVisit && signIn->hints.wantsFreshSignIn());
    while (!wantsFresh && !signIn->isDone() && isServed(*signIn))
        signIn->left.removeFirst();
    if (signIn->isDone())
        return answerLater<QUrl, SignInError>(context, std::move(then), signIn->returnTo);
    const bool isNew =
        signIn->account && !m_deps.tokens.serves(*signIn->account, signIn->left.first().audience);
    if (isNew && !wantsFresh && !signIn->mustBeVisible)
        return extend(name, context, then);
    signIn->isSilent = std::exchange(signIn->asksForMore, false);
    visitTenant(name, context, std::move(then));
}

/// Whether nothing of the current audience is missing.
bool TenantSignIns::isServed(const SignIn &signIn) const
{
    const auto &audience = signIn.left.first();
    if (!signIn.account || !m_deps.tokens.serves(*signIn.account, audience.audience))
        return false;
    const auto account = m_deps.accounts.find(*signIn.account);
    if (!account || !*account)
        return false;
    return std::all_of(
        signIn.hints.wanted.begin(), signIn.hints.wanted.end(), [&](const QString &scope) {
            return !audience.known.contains(scope) || (*account)->scopes.contains(scope);
        });
}

/// For an audience that the account has no refresh token for: with another one where the tenant
/// allows that and gives all that is wanted, else by a visit that shows no page.
void TenantSignIns::extend(const QString &name, QObject *context,
                           const Callback<QUrl, SignInError> &then)
{
    auto *const signIn = find(name);
    const auto step = signIn->step = ++m_steps;
    const auto account = *signIn->account;
    const auto audience = signIn->left.first().audience;
    Waiters<QUrl, SignInError> caller;
    caller.add(context, then);
    m_deps.tokens.accessToken(
        account, audience, this, [=, this](const Result<Secret, TokenError> &token) mutable {
            auto *const current = find(name, step);
            if (current == nullptr)
                return caller.answer(fail(notKnown()));
            if (token) {
                current->scopes = askedScopes(m_tenant, current->left.first(), current->hints);
                if (const auto given = m_deps.tokens.givenScopes(account, audience)) {
                    current->scopes.removeIf(
                        [&given](const QString &scope) { return !given->contains(scope); });
                }
                noteScopes(account, *current);
            }
            if (token && isServed(*current)) {
                current->left.removeFirst();
                return goOn(name, this,
                            [caller](const auto &next) mutable { caller.answer(next); });
            }
            current->isSilent = true;
            visitTenant(name, this, [caller](const auto &next) mutable { caller.answer(next); });
        });
}

void TenantSignIns::visitTenant(const QString &name, QObject *context,
                                Callback<QUrl, SignInError> then)
{
    const auto step = find(name)->step = ++m_steps;
    Waiters<QUrl, SignInError> caller;
    caller.add(context, std::move(then));
    m_deps.discovery.metadata(
        this, [=, this](const Result<ProviderMetadata, TenantFailure> &provider) mutable {
            auto *const signIn = find(name, step);
            if (!provider)
                caller.answer(fail(toSignInError(provider.error())));
            else if (signIn == nullptr)
                caller.answer(fail(notKnown()));
            else
                caller.answer(start(*signIn, *provider));
        });
}

QUrl TenantSignIns::start(SignIn &signIn, const ProviderMetadata &provider)
{
    signIn.endVisit();
    signIn.expiresAt = m_deps.clock.now() + kSignInLifetime;
    signIn.secrets = {Secret(randomToken(m_deps.random)), Secret(randomToken(m_deps.random)),
                      Secret(randomToken(m_deps.random))};
    signIn.scopes = askedScopes(m_tenant, signIn.left.first(), signIn.hints);
    signIn.issuerRequired = provider.namesIssuerInCallback;
    signIn.flow = std::make_unique<CodeFlow>(
        CodeFlow::Deps{m_deps.network, provider, m_tenant, m_deps.credentials},
        signIn.left.first());
    // What the client asked for is for the visit that shows the person something.
    auto hints = signIn.hints;
    if (!signIn.isFirstVisit || signIn.isSilent) {
        hints.prompt = signIn.isSilent ? u"none"_s : QString();
        hints.maxAge.clear();
    }
    if (signIn.mustBeFresh)
        hints.prompt = u"login"_s;
    const auto meant = signIn.account ? signIn.account : signIn.hints.account;
    if (meant && (hints.loginHint.isEmpty() || signIn.mustBeFresh)) {
        const auto account = m_deps.accounts.find(*meant);
        if (account && *account && (*account)->issuer == m_tenant.issuer)
            hints.loginHint = (*account)->email;
    }
    return signIn.flow->authorizationUrl(signIn.secrets, hints);
}

void TenantSignIns::makeRoom()
{
    const auto now = m_deps.clock.now();
    std::erase_if(m_signIns, [now](const auto &entry) { return entry.second->expiresAt <= now; });
    if (m_signIns.size() < kMostSignIns)
        return;
    m_signIns.erase(
        std::min_element(m_signIns.begin(), m_signIns.end(), [](const auto &a, const auto &b) {
            return a.second->expiresAt < b.second->expiresAt;
        }));
}

// --- back from the tenant

TenantSignIns::SignIn *TenantSignIns::find(const QString &name)
{
    const auto found = m_signIns.find(name);
    return found == m_signIns.end() ? nullptr : found->second.get();
}

TenantSignIns::SignIn *TenantSignIns::find(const QString &name, quint64 step)
{
    auto *const signIn = find(name);
    return signIn != nullptr && signIn->step == step ? signIn : nullptr;
}

TenantSignIns::SignIn *TenantSignIns::findByState(const QByteArray &state)
{
    for (const auto &[name, signIn] : m_signIns) {
        const auto &own = signIn->secrets.state;
        if (!own.isEmpty() && own.equals(state) && m_deps.clock.now() < signIn->expiresAt)
            return signIn.get();
    }
    return nullptr;
}

Result<QUrl> TenantSignIns::acceptCallback(const http::FormParameters &parameters)
{
    const auto state = parameters.value(u"state"_s).toUtf8();
    auto *signIn = state.isEmpty() ? nullptr : findByState(state);
    if (signIn == nullptr || signIn->isAnswered())
        return fail(notKnown().error);
    // RFC 9207 §2.4: an answer of another issuer is dropped before anything in it is used.
    const auto issuer = parameters.optional(u"iss"_s);
    if (issuer ? *issuer != m_tenant.issuer : signIn->issuerRequired) {
        return fail(Error{u"The sign-in was answered by another tenant."_s}
                        .withRemedy(u"Start it again in the application that asked for it."_s)
                        .withDetail(u"callback: iss is missing or differs"_s));
    }
    const auto error = parameters.value(u"error"_s);
    const auto code = parameters.value(u"code"_s);
    if (!error.isEmpty() || code.isEmpty()) {
        signIn->errorCode = error;
        signIn->error = tenantRefused(error, parameters.value(u"error_description"_s));
        qCWarning(lcOidc).noquote() << signIn->error->error.detail;
    } else {
        signIn->code = Secret(code.toUtf8());
    }
    return signIn->returnTo;
}

bool TenantSignIns::isReadyToFinish(const QString &name) const
{
    const auto found = m_signIns.find(name);
    return found != m_signIns.end() && found->second->isAnswered()
        && m_deps.clock.now() < found->second->expiresAt;
}

// --- redeem → verify → record

void TenantSignIns::finish(const QString &name, QObject *context,
                           Callback<SignInProgress, SignInError> then)
{
    auto redemption = std::make_shared<Redemption>();
    redemption->context = context;
    redemption->then = std::move(then);
    if (!isReadyToFinish(name)) {
        redemption->answer(fail(notKnown()));
        return;
    }
    // Taken out first: a code is redeemed once, whatever comes of it.
    redemption->signIn = std::move(m_signIns.extract(name).mapped());
    auto &signIn = *redemption->signIn;
    if (signIn.isDone()) {
        redemption->answer(SignInProgress{*signIn.account});
    } else if (signIn.error && signIn.isSilent && needsThePerson(signIn.errorCode)) {
        signIn.mustBeVisible = true;
        continueWith(redemption);
    } else if (signIn.error) {
        redemption->answer(fail(*signIn.error));
    } else {
        redeem(redemption);
    }
}

/// The end, or the next visit; for that the sign-in is known under its name again, unless another
/// tab or a reload has begun one meanwhile: its browser is at the tenant already, so this one goes
/// the same way back.
void TenantSignIns::continueWith(const std::shared_ptr<Redemption> &redemption)
{
    const auto name = redemption->signIn->name;
    const auto returnTo = redemption->signIn->returnTo;
    const auto account = redemption->signIn->account.value_or(AccountId());
    if (redemption->signIn->isDone())
        return redemption->answer(SignInProgress{account});
    if (m_signIns.contains(name))
        return redemption->answer(SignInProgress{account, returnTo});
    redemption->signIn->endVisit();
    m_signIns[name] = std::move(redemption->signIn);
    goOn(name, this, [=, this](const Result<QUrl, SignInError> &next) {
        if (!next && m_signIns.contains(name))
            return redemption->answer(SignInProgress{account, returnTo});
        if (!next)
            return redemption->answer(fail(next.error()));
        if (*next != returnTo)
            return redemption->answer(SignInProgress{account, *next});
        m_signIns.erase(name);
        redemption->answer(SignInProgress{account});
    });
}

void TenantSignIns::redeem(const std::shared_ptr<Redemption> &redemption)
{
    const auto code = std::exchange(redemption->signIn->code, {});
    // The flow keeps the callback and the redemption keeps the flow: only one of them may own.
    m_redemptions.insert(redemption);
    redemption->signIn->flow->redeem(
        code, this,
        [this, weak = std::weak_ptr(redemption)](const Result<TokenAnswer, TokenRefusal> &answer) {
            const auto current = weak.lock();
            if (!current)
                return;
            m_redemptions.erase(current);
            current->signIn->flow.reset();
            if (!answer) {
                current->answer(fail(toSignInError(answer.error().failure)));
                return;
            }
            current->tokens = *answer;
            verify(current);
        });
}

void TenantSignIns::verify(const std::shared_ptr<Redemption> &redemption)
{
    const auto kid = unverifiedKid(redemption->tokens.idToken.reveal());
    m_deps.discovery.keys(kid, this, [this, redemption](const Result<JwkSet, TenantFailure> &keys) {
        if (!keys) {
            redemption->answer(fail(toSignInError(keys.error())));
            return;
        }
        IdTokenExpectation expected{m_tenant.issuer, m_tenant.clientId,
                                    redemption->signIn->secrets.nonce,
                                    redemption->tokens.accessToken};
        bool hasMaxAge = false;
        const auto maxAge = redemption->signIn->hints.maxAge.toLongLong(&hasMaxAge);
        if (hasMaxAge && redemption->signIn->isFirstVisit)
            expected.maxAge = std::chrono::seconds(maxAge);
        const auto claims = verifyJws(redemption->tokens.idToken.reveal(), *keys);
        const auto checked = claims.and_then([&](const QJsonObject &object) {
            return checkIdToken(object, expected, m_deps.clock.now());
        });
        if (checked)
            record(redemption, *claims);
        else
            redemption->answer(fail(serverError(checked.error())));
    });
}

void TenantSignIns::record(const std::shared_ptr<Redemption> &redemption, const QJsonObject &claims)
{
    auto &signIn = *redemption->signIn;
    const auto isMeant = isWhoIsMeant(signIn, claims);
    if (!isMeant)
        return redemption->answer(fail(isMeant.error()));
    if (!*isMeant && signIn.mustBeFresh) {
        return redemption->answer(fail(SignInError{
            u"access_denied"_s,
            Error{u"The tenant answered for another account than the one that is meant."_s}
                .withRemedy(u"Start again and sign in as the account that you chose."_s)}));
    }
    if (!*isMeant) {
        // The browser's session at the tenant is another person's: the page must be shown.
        signIn.mustBeVisible = true;
        signIn.mustBeFresh = true;
        redemption->tokens = {};
        return continueWith(redemption);
    }
    const auto account = storeAccount(claims);
    if (!account)
        return redemption->answer(fail(account.error()));
    signIn.account = *account;
    m_deps.tokens.adopt(
        *account, signIn.left.first().audience, redemption->tokens, this,
        [this, redemption, account = *account](const Result<std::monostate> &adopted) {
            if (!adopted)
                return redemption->answer(fail(serverError(adopted.error())));
            auto &current = *redemption->signIn;
            const auto lost = lostScopes(account, current);
            noteScopes(account, current);
            current.hints.scopes += lost;
            current.hints.wanted += lost;
            current.asksForMore = !lost.isEmpty();
            if (lost.isEmpty())
                current.left.removeFirst();
            current.isFirstVisit = false;
            current.mustBeVisible = false;
            current.mustBeFresh = false;
            current.endVisit();
            qCInfo(lcOidc).noquote() << "account" << account.shortId() << "signed in";
            continueWith(redemption);
        });
}

/// Whether the tenant answered for the person that this sign-in is for, or it is for anybody.
Result<bool, SignInError> TenantSignIns::isWhoIsMeant(const SignIn &signIn,
                                                      const QJsonObject &claims)
{
    const auto &meant = signIn.account ? signIn.account : signIn.hints.account;
    if (!meant)
        return true;
    const auto account = m_deps.accounts.find(*meant);
    if (!account)
        return fail(serverError(account.error()));
    return !*account
        || ((*account)->issuer == m_tenant.issuer
            && (*account)->subject == claims.value("sub"_L1).toString());
}

Result<AccountId, SignInError> TenantSignIns::storeAccount(const QJsonObject &claims)
{
    const auto text = [&claims](QLatin1StringView name) { return claims.value(name).toString(); };
    const auto known = m_deps.accounts.find(m_tenant.issuer, text("sub"_L1));
    if (!known)
        return fail(serverError(known.error()));
    const auto stored =
        m_deps.accounts.upsert({AccountId(randomId(m_deps.random)), m_tenant.issuer, text("sub"_L1),
                                text("name"_L1), text("email"_L1), text("picture"_L1),
                                m_deps.clock.now(), *known ? (*known)->scopes : QStringList()});
    if (!stored)
        return fail(serverError(stored.error()));
    return stored->id;
}

/// What the account's token for this audience could do before, and what came now cannot, because
/// somebody else was expected: it serves all clients that act as this account.
QStringList TenantSignIns::lostScopes(const AccountId &account, const SignIn &signIn) const
{
    if (account == signIn.hints.account || account == signIn.hints.expected)
        return {};
    const auto found = m_deps.accounts.find(account);
    auto scopes = found && *found ? (*found)->scopes : QStringList();
    scopes.removeIf([&signIn](const QString &scope) {
        return !signIn.left.first().known.contains(scope) || signIn.scopes.contains(scope);
    });
    return scopes;
}

/// Remembers what the tenant was asked for, so that nobody is sent there again for the same; after
/// a refresh, which asks for nothing by name, what it gave.
void TenantSignIns::noteScopes(const AccountId &account, const SignIn &signIn)
{
    const auto found = m_deps.accounts.find(account);
    if (!found || !*found)
        return;
    const auto &audience = signIn.left.first();
    auto updated = **found;
    updated.scopes.removeIf([&](const QString &scope) { return audience.known.contains(scope); });
    updated.scopes += signIn.scopes;
    updated.scopes.removeDuplicates();
    if (const auto stored = m_deps.accounts.upsert(updated); !stored)
        qCWarning(lcOidc) << "permissions of an account not noted:" << stored.error().message;
}

} // namespace gatehouse::oidc
