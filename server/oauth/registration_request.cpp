// SPDX-License-Identifier: GPL-3.0-or-later
#include <oauth/registration_request.h>

#include <base/json.h>
#include <oauth/redirect_uri.h>

namespace gatehouse::oauth {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMostRedirectUris = 20;
/// What is stored of a name; more is never shown.
constexpr qsizetype kLongestName = 500;
constexpr qsizetype kMostUriCharacters = 8192;

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
    request.name = reader.optionalString("client_name"_L1).value_or(QString());
    if (request.name.trimmed().isEmpty())
        request.name = u"Unnamed client"_s;
    request.name.truncate(kLongestName);
    request.authMethod =
        reader.optionalString("token_endpoint_auth_method"_L1).value_or(u"client_secret_basic"_s);
    request.grantTypes = reader.optionalStrings("grant_types"_L1);
    request.applicationType = reader.optionalString("application_type"_L1).value_or(u"web"_s);
    const auto responseTypes = reader.optionalStrings("response_types"_L1);
    if (!errors.isEmpty())
        return fail(invalidMetadata(errors.first()));

    if (request.redirectUris.isEmpty() || request.redirectUris.size() > kMostRedirectUris) {
        return fail(OAuthError{400, u"invalid_redirect_uri"_s,
                               u"Between 1 and 20 redirect_uris are needed."_s});
    }
    if (request.redirectUris.join(QString()).size() > kMostUriCharacters)
        return fail(
            OAuthError{400, u"invalid_redirect_uri"_s, u"The redirect_uris are too long."_s});
    for (const auto &uri : std::as_const(request.redirectUris)) {
        if (const auto checked = checkRegisteredRedirectUri(uri); !checked)
            return fail(OAuthError{400, u"invalid_redirect_uri"_s, checked.error().message});
    }
    if (request.authMethod != "none"_L1 && request.authMethod != "client_secret_post"_L1
        && request.authMethod != "client_secret_basic"_L1)
        return fail(invalidMetadata(u"token_endpoint_auth_method is not supported."_s));
    if (request.applicationType != "native"_L1 && request.applicationType != "web"_L1)
        return fail(invalidMetadata(u"application_type must be native or web."_s));
    if (request.grantTypes.isEmpty())
        request.grantTypes = {u"authorization_code"_s};
    if (!request.grantTypes.contains("authorization_code"_L1))
        return fail(invalidMetadata(u"grant_types must contain authorization_code."_s));
    // RFC 7591 §3.2.1: the answer says what of it was registered. Some clients list every grant
    // that they know, whoever they talk to.
    request.grantTypes.removeIf([](const QString &type) {
        return type != "authorization_code"_L1 && type != "refresh_token"_L1;
    });
    request.grantTypes.removeDuplicates();
    if (!responseTypes.isEmpty() && !responseTypes.contains("code"_L1))
        return fail(invalidMetadata(u"response_types must contain code."_s));
    return request;
}

} // namespace gatehouse::oauth
