// SPDX-License-Identifier: GPL-3.0-or-later
#include <oauth/registration_endpoint.h>

#include <base/json.h>
#include <base/logging.h>
#include <base/platform/process_lookup.h>
#include <base/random.h>
#include <base/secret.h>
#include <base/text.h>
#include <oauth/oauth_error.h>
#include <oauth/redirect_uri.h>
#include <store/client_store.h>

namespace gatehouse::oauth {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMostRedirectUris = 20;
constexpr qsizetype kLongestName = 10'000;
/// What strangers on this machine may leave behind; unused ones expire after a day.
constexpr qint64 kMostClients = 10'000;

struct RegistrationRequest {
    QStringList redirectUris;
    QString name;
    QString authMethod;
    QStringList grantTypes;
};

OAuthError invalidMetadata(QString description)
{
    return {400, u"invalid_client_metadata"_s, std::move(description)};
}

/// RFC 7591 §2: what is left out has a default; what we do not support is an error.
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

} // namespace

void RegistrationEndpoint::addRoutes(http::Router &router)
{
    router.add({"/register",
                http::OriginRule::Anyone,
                {},
                {{"POST", [this](const http::HttpRequest &request, http::Reply reply) {
                      registerClient(request, std::move(reply));
                  }}}});
}

void RegistrationEndpoint::registerClient(const http::HttpRequest &request, http::Reply reply)
{
    const auto parsed = parseRegistration(request.body);
    if (!parsed) {
        qCInfo(lcOauth) << "registration refused:" << shownText(parsed.error().description);
        return reply.send(parsed.error().toResponse());
    }
    store::Client client;
    client.name = parsed->name;
    client.redirectUris = parsed->redirectUris;
    client.authMethod = parsed->authMethod;
    client.grantTypes = parsed->grantTypes;
    // Answered only then: the program's end of the connection tells who it is.
    const auto waiting = std::make_shared<http::Reply>(std::move(reply));
    m_deps.processes.processOf(
        request.connection, this,
        [this, client, waiting](const std::optional<platform::ProcessInfo> &process) {
            auto known = client;
            known.registeredBy = process;
            waiting->send(insert(std::move(known)));
        });
}

http::HttpResponse RegistrationEndpoint::insert(store::Client client)
{
    const auto count = m_deps.clients.countDynamic();
    if (!count || *count >= kMostClients)
        return OAuthError::temporarilyUnavailable().toResponse();
    client.id = ClientId(randomId(m_deps.random));
    client.createdAt = m_deps.clock.now();
    const Secret secret(randomToken(m_deps.random));
    const bool isPublic = client.authMethod == "none"_L1;
    if (!isPublic)
        client.secretHash = secret.hash();
    if (const auto stored = m_deps.clients.insert(client); !stored)
        return OAuthError::temporarilyUnavailable().toResponse();
    qCInfo(lcOauth) << "registered client" << client.id.shortId() << shownText(client.name);

    // RFC 7591 §3.2.1: everything that was registered, redirect URIs verbatim.
    QJsonObject answer{
        {u"client_id"_s, client.id.value},
        {u"client_id_issued_at"_s, toMilliseconds(client.createdAt) / 1000},
        {u"client_name"_s, client.name},
        {u"redirect_uris"_s, QJsonArray::fromStringList(client.redirectUris)},
        {u"grant_types"_s, QJsonArray::fromStringList(client.grantTypes)},
        {u"response_types"_s, QJsonArray{u"code"_s}},
        {u"token_endpoint_auth_method"_s, client.authMethod},
    };
    if (!isPublic) {
        answer.insert(u"client_secret"_s, QString::fromLatin1(secret.reveal()));
        answer.insert(u"client_secret_expires_at"_s, 0);
    }
    return http::HttpResponse::json(201, answer);
}

} // namespace gatehouse::oauth
