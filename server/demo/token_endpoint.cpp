// SPDX-License-Identifier: GPL-3.0-or-later
#include <demo/token_endpoint.h>

#include <base/json.h>
#include <base/logging.h>

#include <array>

namespace gatehouse::demo {

using namespace Qt::StringLiterals;
using http::HttpRequest;
using http::HttpResponse;

namespace {

using Fields = QHash<QString, QString>;

constexpr std::array kFieldNames{"grant_type"_L1,   "client_id"_L1,     "code"_L1,
                                 "redirect_uri"_L1, "code_verifier"_L1, "refresh_token"_L1,
                                 "scope"_L1,        "token"_L1,         "audience"_L1};

HttpResponse refusal(int status, const QString &error, const QString &description)
{
    return HttpResponse::json(status, {{u"error"_s, error}, {u"error_description"_s, description}});
}

HttpResponse invalidGrant(const QString &description)
{
    return refusal(403, u"invalid_grant"_s, description);
}

HttpResponse missing(const QString &parameter)
{
    return refusal(400, u"invalid_request"_s, u"Missing required parameter: %1"_s.arg(parameter));
}

HttpResponse serverError(const Error &error)
{
    qCWarning(lcDemo) << error.message << error.detail;
    return refusal(500, u"server_error"_s, error.message);
}

Result<Fields> jsonFields(const QByteArray &body)
{
    const auto object = parseJsonObject(body);
    if (!object)
        return fail(object.error());
    Fields fields;
    for (const auto name : kFieldNames)
        fields.insert(name, object->value(name).toString());
    return fields;
}

Result<Fields> formFields(const QByteArray &body)
{
    const auto form = http::FormParameters::parse(body);
    if (!form)
        return fail(form.error());
    Fields fields;
    for (const auto name : kFieldNames)
        fields.insert(name, form->value(name));
    return fields;
}

/// Auth0 takes JSON as well as the form that RFC 6749 §4.1.3 asks for.
Result<Fields> readFields(const HttpRequest &request)
{
    const auto type = request.headers.value("content-type").split(';').value(0).trimmed().toLower();
    if (type == "application/json")
        return jsonFields(request.body);
    if (type == "application/x-www-form-urlencoded")
        return formFields(request.body);
    return fail(Error{u"Send application/x-www-form-urlencoded or application/json."_s});
}

} // namespace

HttpResponse TokenEndpoint::token(const HttpRequest &request)
{
    const auto fields = readFields(request);
    if (!fields)
        return refusal(400, u"invalid_request"_s, fields.error().message);
    if (m_deps.options.findClient(fields->value(u"client_id"_s)) == nullptr)
        return refusal(401, u"invalid_client"_s, u"Unknown client"_s);
    const auto grantType = fields->value(u"grant_type"_s);
    if (grantType == u"authorization_code")
        return redeemCode(*fields);
    if (grantType == u"refresh_token")
        return refresh(*fields);
    if (grantType.isEmpty())
        return missing(u"grant_type"_s);
    return refusal(400, u"unsupported_grant_type"_s, u"Unsupported grant type"_s);
}

HttpResponse TokenEndpoint::redeemCode(const Fields &fields)
{
    for (const auto &name : {u"code"_s, u"redirect_uri"_s, u"code_verifier"_s}) {
        if (fields.value(name).isEmpty())
            return missing(name);
    }
    const CodeUse use{fields.value(u"code"_s).toUtf8(), fields.value(u"client_id"_s),
                      fields.value(u"redirect_uri"_s), fields.value(u"code_verifier"_s).toUtf8()};
    const auto redeemed = m_deps.codes.redeem(use);
    if (!redeemed)
        return refuseCode(redeemed.error(), use.clientId);

    QByteArray refreshToken;
    if (redeemed->grant.scopes.contains(u"offline_access"_s)) {
        const auto issued = m_deps.refreshTokens.issue(redeemed->grant);
        if (!issued)
            return serverError(issued.error());
        refreshToken = *issued;
        m_deps.codes.rememberRefreshToken(use.code, refreshToken);
    }
    return tokensFor(redeemed->grant, redeemed->nonce, refreshToken);
}

HttpResponse TokenEndpoint::refuseCode(const CodeRefusal &refusal, const QString &clientId)
{
    if (!refusal.refreshToken.isEmpty()) {
        qCWarning(lcDemo) << "an authorization code was used twice; its refresh token is revoked";
        const auto revoked = m_deps.refreshTokens.revoke(refusal.refreshToken, clientId);
        if (!revoked)
            return serverError(revoked.error());
    }
    return invalidGrant(refusal.description);
}

HttpResponse TokenEndpoint::refresh(const Fields &fields)
{
    const auto token = fields.value(u"refresh_token"_s).toUtf8();
    if (token.isEmpty())
        return missing(u"refresh_token"_s);
    auto rotated = m_deps.refreshTokens.rotate(token, fields.value(u"client_id"_s));
    if (!rotated)
        return serverError(rotated.error());
    if (!*rotated)
        return invalidGrant(u"Unknown or invalid refresh token."_s);
    const auto grant = narrowed((*rotated)->grant, fields);
    return tokensFor(grant, {}, (*rotated)->token);
}

/// RFC 6749 §6: a refresh may ask for less; what goes beyond the grant is left out, as Auth0 does.
/// For another audience it gets what that has, where the tenant gives such tokens.
TenantGrant TokenEndpoint::narrowed(TenantGrant grant, const Fields &fields) const
{
    const auto *api = m_deps.options.findApi(fields.value(u"audience"_s));
    if (m_deps.options.hasMultiResourceRefresh && api != nullptr
        && api->audience != grant.audience) {
        const auto identity = identityScopes();
        grant.scopes.removeIf([&](const QString &scope) { return !identity.contains(scope); });
        grant.scopes += api->scopes;
        grant.audience = api->audience;
    }
    const auto wanted = fields.value(u"scope"_s).split(u' ', Qt::SkipEmptyParts);
    if (!wanted.isEmpty())
        grant.scopes.removeIf([&](const QString &scope) { return !wanted.contains(scope); });
    return grant;
}

HttpResponse TokenEndpoint::tokensFor(const TenantGrant &grant, const QString &nonce,
                                      const QByteArray &refreshToken)
{
    const auto accessToken = m_deps.tokens.accessToken(grant);
    if (!accessToken)
        return serverError(accessToken.error());
    QJsonObject answer{{u"access_token"_s, QString::fromLatin1(*accessToken)},
                       {u"token_type"_s, u"Bearer"_s},
                       {u"expires_in"_s, qint64(m_deps.options.accessTokenLifetime.count())},
                       {u"scope"_s, grant.scopes.join(u' ')}};
    if (!refreshToken.isEmpty())
        answer.insert(u"refresh_token"_s, QString::fromLatin1(refreshToken));
    if (grant.scopes.contains(u"openid"_s)) {
        const auto idToken = m_deps.tokens.idToken(grant, nonce);
        if (!idToken)
            return serverError(idToken.error());
        answer.insert(u"id_token"_s, QString::fromLatin1(*idToken));
    }
    return HttpResponse::json(200, answer);
}

HttpResponse TokenEndpoint::revoke(const HttpRequest &request)
{
    const auto fields = readFields(request);
    if (!fields)
        return refusal(400, u"invalid_request"_s, fields.error().message);
    const auto clientId = fields->value(u"client_id"_s);
    if (m_deps.options.findClient(clientId) == nullptr)
        return refusal(401, u"invalid_client"_s, u"Unknown client"_s);
    const auto token = fields->value(u"token"_s).toUtf8();
    if (token.isEmpty())
        return missing(u"token"_s);
    // RFC 7009 §2.2: a token that is unknown already needs no revoking.
    if (const auto revoked = m_deps.refreshTokens.revoke(token, clientId); !revoked)
        return serverError(revoked.error());
    return HttpResponse::empty(200);
}

} // namespace gatehouse::demo
