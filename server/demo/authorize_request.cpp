// SPDX-License-Identifier: GPL-3.0-or-later
#include <demo/authorize_request.h>

#include <base/crypto.h>
#include <base/text.h>
#include <http/form.h>

#include <array>

namespace gatehouse::demo {

using namespace Qt::StringLiterals;
using http::FormParameters;

namespace {

struct Question {
    const FormParameters &parameters;
    const TenantOptions &options;

    [[nodiscard]] QString value(const QString &name) const { return parameters.value(name); }
};

using Check = std::optional<AuthorizeFailure> (*)(const Question &);

AuthorizeFailure redirectProblem(const Question &asked, const QString &error,
                                 const QString &description)
{
    return RedirectProblem{asked.value(u"redirect_uri"_s), asked.value(u"state"_s), error,
                           description};
}

std::optional<AuthorizeFailure> checkClient(const Question &asked)
{
    const auto id = asked.value(u"client_id"_s);
    if (asked.options.findClient(id) != nullptr)
        return std::nullopt;
    return PageProblem{400, u"Unknown client: %1"_s.arg(shownText(id))};
}

std::optional<AuthorizeFailure> checkRedirectUri(const Question &asked)
{
    const auto uri = asked.value(u"redirect_uri"_s);
    if (asked.options.findClient(asked.value(u"client_id"_s))->callbacks.contains(uri))
        return std::nullopt;
    return PageProblem{
        403,
        u"Callback URL mismatch. %1 is not in the list of allowed callback URLs."_s.arg(
            shownText(uri))};
}

std::optional<AuthorizeFailure> checkResponseType(const Question &asked)
{
    const auto type = asked.value(u"response_type"_s);
    if (type == u"code")
        return std::nullopt;
    if (type.isEmpty()) {
        return redirectProblem(asked, u"invalid_request"_s,
                               u"Missing required parameter: response_type"_s);
    }
    return redirectProblem(asked, u"unsupported_response_type"_s, u"Unsupported response type"_s);
}

std::optional<AuthorizeFailure> checkResponseMode(const Question &asked)
{
    const auto mode = asked.value(u"response_mode"_s);
    if (mode.isEmpty() || mode == u"query")
        return std::nullopt;
    return redirectProblem(asked, u"invalid_request"_s, u"Unsupported response mode"_s);
}

/// Every client here is public, so PKCE is required (OAuth 2.1 §4.1.1), with S256 alone.
std::optional<AuthorizeFailure> checkPkce(const Question &asked)
{
    const auto challenge = asked.value(u"code_challenge"_s).toLatin1();
    const auto digest = fromBase64Url(challenge);
    if (asked.value(u"code_challenge_method"_s) == u"S256" && digest && digest->size() == 32)
        return std::nullopt;
    return redirectProblem(asked, u"invalid_request"_s,
                           u"A code_challenge with the method S256 is required"_s);
}

std::optional<AuthorizeFailure> checkAudience(const Question &asked)
{
    const auto audience = asked.value(u"audience"_s);
    if (audience.isEmpty() || asked.options.findApi(audience) != nullptr)
        return std::nullopt;
    return redirectProblem(asked, u"access_denied"_s,
                           u"Service not found: "_s + shownText(audience));
}

/// OIDC Core §3.1.2.1: "none" goes with no other value.
std::optional<AuthorizeFailure> checkPrompt(const Question &asked)
{
    const auto prompts = asked.value(u"prompt"_s).split(u' ', Qt::SkipEmptyParts);
    if (prompts.size() < 2 || !prompts.contains(u"none"_s))
        return std::nullopt;
    return redirectProblem(asked, u"invalid_request"_s, u"prompt=none cannot be combined"_s);
}

std::optional<AuthorizeFailure> checkMaxAge(const Question &asked)
{
    bool isNumber = false;
    const auto seconds = asked.value(u"max_age"_s).toLongLong(&isNumber);
    if (!asked.parameters.contains(u"max_age"_s) || (isNumber && seconds >= 0))
        return std::nullopt;
    return redirectProblem(asked, u"invalid_request"_s, u"max_age must be a number of seconds"_s);
}

// The order matters: until the redirect URI is known, a failure is a page and never a redirect.
constexpr std::array<Check, 8> kChecks{&checkClient,       &checkRedirectUri, &checkResponseType,
                                       &checkResponseMode, &checkPkce,        &checkAudience,
                                       &checkPrompt,       &checkMaxAge};

QStringList knownScopes(const Question &asked)
{
    auto known = identityScopes();
    if (const auto *api = asked.options.findApi(asked.value(u"audience"_s)))
        known += api->scopes;
    QStringList scopes;
    const auto wanted = asked.value(u"scope"_s).split(u' ', Qt::SkipEmptyParts);
    for (const auto &scope : wanted) {
        if (known.contains(scope) && !scopes.contains(scope))
            scopes.append(scope);
    }
    return scopes;
}

} // namespace

Result<AuthorizeRequest, AuthorizeFailure> parseAuthorizeRequest(const QByteArray &query,
                                                                 const TenantOptions &options)
{
    const auto parameters = FormParameters::parse(query);
    if (!parameters)
        return fail(AuthorizeFailure(PageProblem{400, parameters.error().message}));
    const Question asked{*parameters, options};
    for (const auto check : kChecks) {
        if (auto failure = check(asked))
            return fail(*std::move(failure));
    }
    AuthorizeRequest request{asked.value(u"client_id"_s),  asked.value(u"redirect_uri"_s),
                             asked.value(u"state"_s),      asked.value(u"nonce"_s),
                             asked.value(u"audience"_s),   asked.value(u"code_challenge"_s),
                             knownScopes(asked),           asked.value(u"prompt"_s),
                             asked.value(u"login_hint"_s), std::nullopt};
    if (parameters->contains(u"max_age"_s))
        request.maxAge = asked.value(u"max_age"_s).toLongLong();
    return request;
}

QUrl redirectWith(const QString &redirectUri, const QList<std::pair<QString, QString>> &parameters)
{
    QUrl url(redirectUri);
    QStringList query;
    if (url.hasQuery())
        query.append(url.query(QUrl::FullyEncoded));
    for (const auto &[name, value] : parameters) {
        // QUrlQuery would leave "+" and some delimiters as they are; a state must come back
        // exactly.
        if (!value.isEmpty())
            query.append(name + u'=' + QString::fromLatin1(QUrl::toPercentEncoding(value)));
    }
    url.setQuery(query.join(u'&'), QUrl::StrictMode);
    return url;
}

} // namespace gatehouse::demo
