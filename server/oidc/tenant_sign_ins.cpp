// SPDX-License-Identifier: GPL-3.0-or-later
#include <oidc/tenant_sign_ins.h>

#include <base/logging.h>
#include <base/text.h>
#include <oidc/id_token.h>

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
    // A silent attempt (prompt=none) found that the person is needed.
    if (code == "login_required"_L1 || code == "consent_required"_L1
        || code == "interaction_required"_L1 || code == "account_selection_required"_L1) {
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

/// One browser round trip that is under way.
struct TenantSignIns::SignIn {
    QUrl returnTo;
    QStringList scopes; ///< asked for
    SignInSecrets secrets;
    Instant expiresAt;
    bool issuerRequired = false;
    std::unique_ptr<CodeFlow> flow;
    /// The tenant's answer, once it is there.
    Secret code;
    std::optional<SignInError> error;

    [[nodiscard]] bool isAnswered() const { return !code.isEmpty() || error.has_value(); }
};

/// What finish() works on; ends with its last step.
struct TenantSignIns::Redemption {
    std::unique_ptr<SignIn> signIn;
    TokenAnswer tokens;
    QPointer<QObject> context;
    Callback<AccountId, SignInError> then;

    void answer(Result<AccountId, SignInError> result)
    {
        if (!result)
            qCWarning(lcOidc).noquote()
                << "sign-in failed:" << result.error().error.message << result.error().error.detail;
        if (context)
            answerLater<AccountId, SignInError>(context, std::move(then), std::move(result));
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
    Waiters<QUrl, SignInError> caller;
    caller.add(context, std::move(then));
    m_deps.discovery.metadata(
        this, [=, this](const Result<ProviderMetadata, TenantFailure> &provider) mutable {
            if (provider)
                caller.answer(start(name, returnTo, hints, *provider));
            else
                caller.answer(fail(toSignInError(provider.error())));
        });
}

QUrl TenantSignIns::start(const QString &name, const QUrl &returnTo, const SignInHints &hints,
                          const ProviderMetadata &provider)
{
    makeRoom();
    auto signIn = std::make_unique<SignIn>();
    signIn->returnTo = returnTo;
    signIn->scopes = askedScopes(m_tenant, hints);
    signIn->secrets = {Secret(randomToken(m_deps.random)), Secret(randomToken(m_deps.random)),
                       Secret(randomToken(m_deps.random))};
    signIn->expiresAt = m_deps.clock.now() + kSignInLifetime;
    signIn->issuerRequired = provider.namesIssuerInCallback;
    signIn->flow = std::make_unique<CodeFlow>(m_deps.network, provider, m_tenant);
    const auto url = signIn->flow->authorizationUrl(signIn->secrets, hints);
    m_signIns[name] = std::move(signIn);
    return url;
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

TenantSignIns::SignIn *TenantSignIns::findByState(const QByteArray &state)
{
    for (const auto &[name, signIn] : m_signIns) {
        if (signIn->secrets.state.equals(state) && m_deps.clock.now() < signIn->expiresAt)
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
                           Callback<AccountId, SignInError> then)
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
    if (redemption->signIn->error)
        redemption->answer(fail(*redemption->signIn->error));
    else
        redeem(redemption);
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
        const IdTokenExpectation expected{m_tenant.issuer, m_tenant.clientId,
                                          redemption->signIn->secrets.nonce};
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
    const auto text = [&claims](QLatin1StringView name) { return claims.value(name).toString(); };
    const auto stored = m_deps.accounts.upsert(
        {AccountId(randomId(m_deps.random)), m_tenant.issuer, text("sub"_L1), text("name"_L1),
         text("email"_L1), text("picture"_L1), m_deps.clock.now(), redemption->signIn->scopes});
    if (!stored) {
        redemption->answer(fail(serverError(stored.error())));
        return;
    }
    m_deps.tokens.adopt(stored->id, redemption->tokens, this,
                        [redemption, account = stored->id](const Result<std::monostate> &adopted) {
                            if (!adopted) {
                                redemption->answer(fail(serverError(adopted.error())));
                                return;
                            }
                            qCInfo(lcOidc).noquote()
                                << "account" << account.shortId() << "signed in";
                            redemption->answer(account);
                        });
}

} // namespace gatehouse::oidc
