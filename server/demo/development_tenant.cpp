// SPDX-License-Identifier: GPL-3.0-or-later
#include <demo/development_tenant.h>

#include <base/crypto.h>
#include <base/logging.h>
#include <demo/people.h>
#include <demo/tenant_pages.h>
#include <http/cookies.h>
#include <http/form.h>

#include <QJsonArray>

#include <algorithm>

namespace gatehouse::demo {

using namespace Qt::StringLiterals;
using http::HttpRequest;
using http::HttpResponse;

namespace {

constexpr std::chrono::seconds kTransactionLifetime = 10min;
constexpr std::chrono::seconds kSessionLifetime = 24h;
constexpr auto kSessionCookie = "gatehouse_demo_session";
constexpr auto kDecisionPath = "/authorize/decision";

/// Each page has a cookie of its own, so that two tabs do not disturb each other.
QByteArray transactionCookie(const QByteArray &transaction)
{
    return "gatehouse_demo_" + toBase64Url(sha256(transaction)).left(12);
}

HttpResponse redirectToClient(const QString &redirectUri,
                              const QList<std::pair<QString, QString>> &parameters)
{
    return HttpResponse::redirect(302, redirectWith(redirectUri, parameters));
}

HttpResponse redirectError(const RedirectProblem &problem)
{
    return redirectToClient(problem.redirectUri,
                            {{u"error"_s, problem.error},
                             {u"error_description"_s, problem.description},
                             {u"state"_s, problem.state}});
}

HttpResponse redirectError(const AuthorizeRequest &wanted, const QString &error,
                           const QString &description)
{
    return redirectError(RedirectProblem{wanted.redirectUri, wanted.state, error, description});
}

QString consent(const AuthorizeRequest &wanted, const QString &scope)
{
    return wanted.clientId + u' ' + wanted.audience + u' ' + scope;
}

/// A login hint is an address; without one everyone fits.
bool hintFits(const QString &loginHint, const QString &personKey)
{
    const auto person = personByKey(personKey);
    return loginHint.isEmpty()
        || (person && person->email.compare(loginHint, Qt::CaseInsensitive) == 0);
}

QJsonArray strings(const QStringList &list)
{
    return QJsonArray::fromStringList(list);
}

http::Handler answer(std::function<HttpResponse(const HttpRequest &)> function)
{
    return [function = std::move(function)](const HttpRequest &request, http::Reply reply) {
        reply.send(function(request));
    };
}

} // namespace

Result<std::unique_ptr<DevelopmentTenant>> DevelopmentTenant::create(Deps deps,
                                                                     TenantOptions options)
{
    auto state = TenantState::load(options.dataDirectory);
    if (!state)
        return fail(state.error());
    return std::unique_ptr<DevelopmentTenant>(
        new DevelopmentTenant(deps, std::move(options), *std::move(state)));
}

DevelopmentTenant::DevelopmentTenant(Deps deps, TenantOptions options, TenantState state)
    : m_deps(deps), m_options(std::move(options)), m_state(std::move(state)),
      m_tokens({deps.clock, deps.random, m_options, m_state.signingKey()}),
      m_refreshTokens({deps.clock, deps.random, m_state, m_options}),
      m_codes(deps.clock, deps.random),
      m_tokenEndpoint({m_options, m_codes, m_refreshTokens, m_tokens}),
      m_transactions(deps.clock, kTransactionLifetime), m_sessions(deps.clock, kSessionLifetime),
      m_router(http::SitePolicy{m_options.port})
{
    addRoutes();
}

DevelopmentTenant::~DevelopmentTenant() = default;

Result<std::monostate> DevelopmentTenant::start()
{
    m_server = http::makeHttpServer(m_router);
    if (const auto listening = m_server->listen(m_options.port); !listening) {
        stop();
        return fail(listening.error());
    }
    qCInfo(lcDemo) << "the demo tenant serves as" << issuer();
    return {};
}

void DevelopmentTenant::stop()
{
    m_server.reset();
}

oidc::JwkSet DevelopmentTenant::keys() const
{
    return oidc::JwkSet::parse(m_tokens.jwks()).value_or(oidc::JwkSet());
}

void DevelopmentTenant::addRoutes()
{
    using http::OriginRule;
    const auto open = [this](const QByteArray &path, OriginRule rule, const QByteArray &method,
                             std::function<HttpResponse(const HttpRequest &)> function) {
        m_router.add({path, rule, {}, {{method, answer(std::move(function))}}});
    };
    open("/.well-known/openid-configuration", OriginRule::Anyone, "GET",
         [this](const auto &) { return HttpResponse::json(200, metadata()); });
    open("/.well-known/jwks.json", OriginRule::Anyone, "GET",
         [this](const auto &) { return HttpResponse::json(200, m_tokens.jwks()); });
    open("/authorize", OriginRule::Listed, "GET",
         [this](const auto &request) { return authorize(request); });
    open(kDecisionPath, OriginRule::OwnPages, "POST",
         [this](const auto &request) { return decide(request); });
    open("/oauth/token", OriginRule::Listed, "POST",
         [this](const auto &request) { return m_tokenEndpoint.token(request); });
    open("/oauth/revoke", OriginRule::Listed, "POST",
         [this](const auto &request) { return m_tokenEndpoint.revoke(request); });
    open("/userinfo", OriginRule::Listed, "GET",
         [this](const auto &request) { return userinfo(request); });
    open("/v2/logout", OriginRule::Listed, "GET",
         [this](const auto &request) { return logout(request); });
    open("/demo.css", OriginRule::Listed, "GET", [](const auto &) { return pageStyle(); });
}

QJsonObject DevelopmentTenant::metadata() const
{
    const auto base = issuer();
    auto scopes = identityScopes();
    for (const auto &api : m_options.apis)
        scopes += api.scopes;
    return {{u"issuer"_s, base},
            {u"authorization_endpoint"_s, base + u"authorize"_s},
            {u"token_endpoint"_s, base + u"oauth/token"_s},
            {u"userinfo_endpoint"_s, base + u"userinfo"_s},
            {u"revocation_endpoint"_s, base + u"oauth/revoke"_s},
            {u"jwks_uri"_s, base + u".well-known/jwks.json"_s},
            {u"end_session_endpoint"_s, base + u"v2/logout"_s},
            {u"scopes_supported"_s, strings(scopes)},
            {u"response_types_supported"_s, strings({u"code"_s})},
            {u"response_modes_supported"_s, strings({u"query"_s})},
            {u"grant_types_supported"_s, strings({u"authorization_code"_s, u"refresh_token"_s})},
            {u"code_challenge_methods_supported"_s, strings({u"S256"_s})},
            {u"subject_types_supported"_s, strings({u"public"_s})},
            {u"id_token_signing_alg_values_supported"_s, strings({u"RS256"_s})},
            {u"token_endpoint_auth_methods_supported"_s, strings({u"none"_s})},
            {u"prompt_values_supported"_s,
             strings({u"none"_s, u"login"_s, u"consent"_s, u"select_account"_s})},
            {u"claims_supported"_s,
             strings({u"sub"_s, u"iss"_s, u"aud"_s, u"exp"_s, u"iat"_s, u"auth_time"_s, u"nonce"_s,
                      u"name"_s, u"given_name"_s, u"nickname"_s, u"email"_s, u"email_verified"_s})},
            {u"request_parameter_supported"_s, false},
            {u"request_uri_parameter_supported"_s, false}};
}

HttpResponse DevelopmentTenant::authorize(const HttpRequest &request)
{
    const auto wanted = parseAuthorizeRequest(request.query, m_options);
    if (wanted) {
        return wanted->prompt == u"none" ? answerSilently(request, *wanted)
                                         : showSignIn(request, *wanted);
    }
    if (const auto *redirect = std::get_if<RedirectProblem>(&wanted.error()))
        return redirectError(*redirect);
    const auto &page = std::get<PageProblem>(wanted.error());
    return problemPage(page.status, page.what, request.host);
}

/// The page comes even when a session exists: choosing a person is the point of the demo, and
/// Auth0 asks again too when the callback is on loopback.
HttpResponse DevelopmentTenant::showSignIn(const HttpRequest &request,
                                           const AuthorizeRequest &wanted)
{
    const auto transaction = randomToken(m_deps.random);
    const auto browser = randomToken(m_deps.random);
    m_transactions.insert(sha256(transaction), {wanted, sha256(browser)});
    return signInPage(transaction, request.host, wanted.loginHint)
        .with("Set-Cookie",
              http::setCookie(transactionCookie(transaction), browser, kDecisionPath,
                              int(kTransactionLifetime.count())));
}

/// prompt=none (OIDC Core §3.1.2.6): an answer without a page, or the reason why one is needed.
HttpResponse DevelopmentTenant::answerSilently(const HttpRequest &request,
                                               const AuthorizeRequest &wanted)
{
    const auto *session = findSession(request);
    const bool fits = session != nullptr && hintFits(wanted.loginHint, session->personKey)
        && nowSeconds() - session->authTime <= wanted.maxAge.value_or(kSessionLifetime.count());
    if (!fits)
        return redirectError(wanted, u"login_required"_s, u"Login required"_s);
    const bool agreed =
        std::all_of(wanted.scopes.begin(), wanted.scopes.end(), [&](const QString &scope) {
            return session->consents.contains(consent(wanted, scope));
        });
    if (!agreed)
        return redirectError(wanted, u"consent_required"_s, u"Consent required"_s);
    return redirectWithCode(wanted, *session);
}

HttpResponse DevelopmentTenant::decide(const HttpRequest &request)
{
    const auto form = http::FormParameters::parse(request.body);
    if (!form)
        return problemPage(400, form.error().message, request.host);
    const auto transaction = form->value(u"transaction"_s).toUtf8();
    const auto *waiting = m_transactions.find(sha256(transaction));
    if (waiting == nullptr) {
        return problemPage(400, u"This request has expired or was answered already."_s,
                           request.host);
    }
    const auto cookies = http::cookieValues(request, transactionCookie(transaction));
    const bool sameBrowser = std::any_of(cookies.begin(), cookies.end(), [&](const auto &value) {
        return constantTimeEquals(sha256(value), waiting->browserHash);
    });
    if (!sameBrowser) {
        return problemPage(403, u"This request was started in another browser."_s, request.host);
    }
    const auto person = personByKey(form->value(u"user"_s));
    const bool cancelled = form->contains(u"cancel"_s);
    if (!person && !cancelled)
        return problemPage(400, u"There is no such sample person."_s, request.host);

    const auto wanted = m_transactions.take(sha256(transaction))->request;
    auto response = cancelled
        ? redirectError(wanted, u"access_denied"_s, u"User did not authorize the request"_s)
        : signIn(request, wanted, person->key);
    return std::move(response).with(
        "Set-Cookie", http::setCookie(transactionCookie(transaction), {}, kDecisionPath, 0));
}

HttpResponse DevelopmentTenant::signIn(const HttpRequest &request, const AuthorizeRequest &wanted,
                                       const QString &personKey)
{
    Session session{personKey, nowSeconds(), {}};
    // The same person again keeps what they agreed to before; the session id is new all the same.
    if (const auto *previous = findSession(request); previous && previous->personKey == personKey)
        session.consents = previous->consents;
    for (const auto &scope : wanted.scopes)
        session.consents.insert(consent(wanted, scope));
    for (const auto &value : http::cookieValues(request, kSessionCookie))
        m_sessions.remove(sha256(value));

    const auto id = randomToken(m_deps.random);
    m_sessions.insert(sha256(id), session);
    return redirectWithCode(wanted, session)
        .with("Set-Cookie",
              http::setCookie(kSessionCookie, id, "/", int(kSessionLifetime.count())));
}

HttpResponse DevelopmentTenant::redirectWithCode(const AuthorizeRequest &wanted,
                                                 const Session &session)
{
    const auto code = m_codes.issue(
        {{wanted.clientId, session.personKey, wanted.scopes, wanted.audience, session.authTime},
         wanted.redirectUri,
         wanted.codeChallenge,
         wanted.nonce});
    return redirectToClient(wanted.redirectUri,
                            {{u"code"_s, QString::fromLatin1(code)}, {u"state"_s, wanted.state}});
}

HttpResponse DevelopmentTenant::userinfo(const HttpRequest &request)
{
    const auto caller = m_tokens.checkForUserinfo(request.headers.value("authorization"));
    if (caller)
        return HttpResponse::json(200, personClaims(caller->subject, caller->scopes));
    if (caller.error() == TokenProblem::Missing)
        return HttpResponse::text(401, "Unauthorized").with("WWW-Authenticate", "Bearer");
    return HttpResponse::text(401, "Unauthorized")
        .with("WWW-Authenticate", "Bearer error=\"invalid_token\"");
}

HttpResponse DevelopmentTenant::logout(const HttpRequest &request)
{
    const auto query = http::FormParameters::parse(request.query);
    if (!query)
        return problemPage(400, query.error().message, request.host);
    const auto returnTo = query->value(u"returnTo"_s);
    const auto *client = m_options.findClient(query->value(u"client_id"_s));
    if (!returnTo.isEmpty() && (client == nullptr || !client->logoutUrls.contains(returnTo))) {
        return problemPage(400,
                           u"The returnTo address is not in the list of allowed logout URLs."_s,
                           request.host);
    }
    for (const auto &value : http::cookieValues(request, kSessionCookie))
        m_sessions.remove(sha256(value));
    auto response = returnTo.isEmpty() ? signedOutPage(request.host)
                                       : HttpResponse::redirect(302, QUrl(returnTo));
    return std::move(response).with("Set-Cookie", http::setCookie(kSessionCookie, {}, "/", 0));
}

DevelopmentTenant::Session *DevelopmentTenant::findSession(const HttpRequest &request)
{
    for (const auto &value : http::cookieValues(request, kSessionCookie)) {
        if (auto *session = m_sessions.find(sha256(value)))
            return session;
    }
    return nullptr;
}

qint64 DevelopmentTenant::nowSeconds() const
{
    return toMilliseconds(m_deps.clock.now()) / 1000;
}

} // namespace gatehouse::demo
