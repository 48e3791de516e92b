// SPDX-License-Identifier: GPL-3.0-or-later
#include <oauth/authorize_request.h>

#include <oauth/redirect_uri.h>
#include <oauth/resource.h>

#include <QRegularExpression>

#include <array>

namespace gatehouse::oauth {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kLongestState = 8192;
constexpr qsizetype kLongestHint = 500;

RedirectError redirectError(const AuthorizeRequest &request, const QString &code,
                            const QString &description)
{
    return {request.redirectUri, request.state, code, description};
}

} // namespace

struct AuthorizeRequestParser::Checking {
    const http::FormParameters &parameters;
    AuthorizeRequest request;
};

Result<AuthorizeRequest, AuthorizeFailure>
AuthorizeRequestParser::parse(const http::FormParameters &parameters,
                              const store::Client &client) const
{
    // Until redirect URI and state are known, an error has nowhere to go but our own page.
    static constexpr std::array kChecks{
        &AuthorizeRequestParser::checkRedirectUri, &AuthorizeRequestParser::checkState,
        &AuthorizeRequestParser::checkUnsupported, &AuthorizeRequestParser::checkResponseType,
        &AuthorizeRequestParser::checkPkce,        &AuthorizeRequestParser::checkScope,
        &AuthorizeRequestParser::checkResource,    &AuthorizeRequestParser::checkSignInHints,
    };
    Checking checking{parameters, {}};
    checking.request.client = client;
    for (const Check check : kChecks) {
        if (auto failure = (this->*check)(checking))
            return fail(std::move(*failure));
    }
    return std::move(checking.request);
}

std::optional<AuthorizeFailure> AuthorizeRequestParser::checkRedirectUri(Checking &checking) const
{
    auto &request = checking.request;
    const auto given = checking.parameters.optional(u"redirect_uri"_s);
    // RFC 6749 §3.1.2.3: it may be left out only where there is no choice.
    if (!given && request.client.redirectUris.size() == 1) {
        request.redirectUri = request.client.redirectUris.first();
        return std::nullopt;
    }
    if (given && matchesRegistered(*given, request.client.redirectUris)) {
        request.redirectUri = *given;
        request.redirectUriGiven = true;
        return std::nullopt;
    }
    return PageError{u"invalid_request"_s,
                     u"This request cannot continue"_s,
                     given ? u"The program wants its answer at an address that it did not "
                             "register. Gatehouse sends nothing to unknown addresses."_s
                           : u"The program did not say where its answer goes (redirect_uri is "
                             "missing)."_s,
                     u"Close this page and start again from the program. If you did not start "
                     "this, you need not do anything. Nothing was shared."_s,
                     request.client.name,
                     given.value_or(QString())};
}

std::optional<AuthorizeFailure> AuthorizeRequestParser::checkState(Checking &checking) const
{
    // RFC 6749 §4.1.2.1: it comes back in every answer, also in the one that it is too long.
    checking.request.state = checking.parameters.value(u"state"_s);
    if (checking.request.state.size() > kLongestState)
        return redirectError(checking.request, u"invalid_request"_s, u"state is too long."_s);
    return std::nullopt;
}

/// What would change the meaning of the request is refused rather than ignored (OpenID Connect Core
/// §3.1.2.6; OAuth 2.0 Multiple Response Types §2.1).
std::optional<AuthorizeFailure> AuthorizeRequestParser::checkUnsupported(Checking &checking) const
{
    const auto &parameters = checking.parameters;
    if (parameters.contains(u"request"_s)) {
        return redirectError(checking.request, u"request_not_supported"_s,
                             u"Request objects are not supported."_s);
    }
    if (parameters.contains(u"request_uri"_s)) {
        return redirectError(checking.request, u"request_uri_not_supported"_s,
                             u"Request objects are not supported."_s);
    }
    const auto mode = parameters.value(u"response_mode"_s);
    if (!mode.isEmpty() && mode != "query"_L1) {
        return redirectError(checking.request, u"invalid_request"_s,
                             u"Only response_mode=query is supported."_s);
    }
    return std::nullopt;
}

std::optional<AuthorizeFailure> AuthorizeRequestParser::checkResponseType(Checking &checking) const
{
    const auto type = checking.parameters.value(u"response_type"_s);
    if (type == "code"_L1)
        return std::nullopt;
    if (type.isEmpty())
        return redirectError(checking.request, u"invalid_request"_s,
                             u"response_type is missing."_s);
    return redirectError(checking.request, u"unsupported_response_type"_s,
                         u"Only response_type=code is supported."_s);
}

/// OAuth 2.1 §4.1.1 and RFC 7636 §4.2: required for every client, S256 only.
std::optional<AuthorizeFailure> AuthorizeRequestParser::checkPkce(Checking &checking) const
{
    static const QRegularExpression kChallenge(u"\\A[A-Za-z0-9_-]{43}\\z"_s);
    const auto challenge = checking.parameters.value(u"code_challenge"_s);
    const auto method = checking.parameters.value(u"code_challenge_method"_s);
    if (challenge.isEmpty()) {
        return redirectError(checking.request, u"invalid_request"_s,
                             u"code_challenge is required (PKCE, S256)."_s);
    }
    if (method != "S256"_L1) {
        return redirectError(checking.request, u"invalid_request"_s,
                             u"code_challenge_method must be S256."_s);
    }
    if (!kChallenge.match(challenge).hasMatch()) {
        return redirectError(checking.request, u"invalid_request"_s,
                             u"code_challenge is not a SHA-256 in base64url."_s);
    }
    checking.request.codeChallenge = challenge;
    return std::nullopt;
}

/// Unknown scopes are dropped: clients ask for what other servers know (openid, offline_access).
std::optional<AuthorizeFailure> AuthorizeRequestParser::checkScope(Checking &checking) const
{
    const auto asked = checking.parameters.value(u"scope"_s).split(u' ', Qt::SkipEmptyParts);
    if (asked.isEmpty()) {
        checking.request.scopes = m_scopes.defaults;
        return std::nullopt;
    }
    for (const auto &scope : asked) {
        if (m_scopes.known.contains(scope) && !checking.request.scopes.contains(scope))
            checking.request.scopes.append(scope);
    }
    if (checking.request.scopes.isEmpty()) {
        return redirectError(checking.request, u"invalid_scope"_s,
                             u"None of the requested scopes exists here."_s);
    }
    return std::nullopt;
}

/// RFC 8707 §2: there is one resource, so every named one must be it; none means it.
std::optional<AuthorizeFailure> AuthorizeRequestParser::checkResource(Checking &checking) const
{
    const auto resources = checking.parameters.values(u"resource"_s);
    for (const auto &resource : resources) {
        if (!isOwnResource(resource, m_port)) {
            return redirectError(checking.request, u"invalid_target"_s,
                                 u"The requested resource is not this server."_s);
        }
    }
    checking.request.resource = resources.value(0);
    return std::nullopt;
}

/// What the tenant hears about the sign-in (OpenID Connect Core §3.1.2.1). It judges the values.
std::optional<AuthorizeFailure> AuthorizeRequestParser::checkSignInHints(Checking &checking) const
{
    static const QRegularExpression kSeconds(u"\\A[0-9]{1,9}\\z"_s);
    auto &request = checking.request;
    request.prompt = checking.parameters.value(u"prompt"_s);
    request.loginHint = checking.parameters.value(u"login_hint"_s);
    request.maxAge = checking.parameters.value(u"max_age"_s);
    if (!request.maxAge.isEmpty() && !kSeconds.match(request.maxAge).hasMatch()) {
        return redirectError(request, u"invalid_request"_s,
                             u"max_age must be a number of seconds."_s);
    }
    if (request.prompt.size() > kLongestHint || request.loginHint.size() > kLongestHint)
        return redirectError(request, u"invalid_request"_s, u"A sign-in hint is too long."_s);
    return std::nullopt;
}

} // namespace gatehouse::oauth
