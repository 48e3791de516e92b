// SPDX-License-Identifier: GPL-3.0-or-later
#include <oauth/registration_request.h>

#include <base/json.h>
#include <oauth/redirect_uri.h>

#include <utility>

namespace gatehouse::oauth {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMostRedirectUris = 20;
constexpr qsizetype kLongestName = 10'000;

OAuthError invalidMetadata(QString description)
{
    return {400, u"invalid_client_metadata"_s, std::move(description)};
}

} // namespace

Result<RegistrationRequest, OAuthError> parseRegistration(const QByteArray &body)
{
    const auto object = parseJsonObject(body);
    if (!object)
        return fail(invalidMetadata(u"The request body must be a JSON object."_s));

    QStringList errors;
    JsonReader reader(*object, {}, errors);
    RegistrationRequest request;
    request.redirectUris = reader.optionalStrings("redirect_uris"_L1);
    request.name = reader.optionalString("client_name"_L1).value_or(u"Unnamed client"_s);
    request.authMethod =
        reader.optionalString("token_endpoint_auth_method"_L1).value_or(u"client_secret_basic"_s);
    request.grantTypes = reader.optionalStrings("grant_types"_L1);
    const auto responseTypes = reader.optionalStrings("response_types"_L1);
    if (!errors.isEmpty())
        return fail(invalidMetadata(errors.first()));

    if (request.redirectUris.isEmpty() || request.redirectUris.size() > kMostRedirectUris) {
        return fail(OAuthError{400, u"invalid_redirect_uri"_s,
                               u"Between 1 and 20 redirect_uris are needed."_s});
    }
    for (const auto &uri : std::as_const(request.redirectUris)) {
        if (const auto checked = checkRegisteredRedirectUri(uri); !checked)
            return fail(OAuthError{400, u"invalid_redirect_uri"_s, checked.error().message});
    }
    if (request.name.size() > kLongestName)
        return fail(invalidMetadata(u"client_name is too long."_s));
    if (request.authMethod != "none"_L1 && request.authMethod != "client_secret_post"_L1
        && request.authMethod != "client_secret_basic"_L1)
        return fail(invalidMetadata(u"token_endpoint_auth_method is not supported."_s));
    if (request.grantTypes.isEmpty())
        request.grantTypes = {u"authorization_code"_s};
    for (const auto &type : std::as_const(request.grantTypes)) {
        if (type != "authorization_code"_L1 && type != "refresh_token"_L1)
            return fail(invalidMetadata(u"A grant type is not supported."_s));
    }
    if (!request.grantTypes.contains("authorization_code"_L1))
        return fail(invalidMetadata(u"grant_types must contain authorization_code."_s));
    if (!responseTypes.isEmpty() && responseTypes != QStringList{u"code"_s})
        return fail(invalidMetadata(u"response_types must be [\"code\"]."_s));
    return request;
}

} // namespace gatehouse::oauth
