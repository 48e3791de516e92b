// SPDX-License-Identifier: GPL-3.0-or-later
#include <oauth/registration_endpoint.h>

#include <base/logging.h>
#include <base/platform/process_lookup.h>
#include <base/random.h>
#include <base/secret.h>
#include <base/text.h>
#include <oauth/oauth_error.h>
#include <oauth/registration_request.h>
#include <store/client_store.h>

#include <QJsonArray>
#include <QJsonObject>

namespace gatehouse::oauth {

using namespace Qt::StringLiterals;

namespace {

/// What strangers on this machine may leave behind; unused ones expire after a day.
constexpr qint64 kMostClients = 10'000;

/// RFC 7591 §3.1. Also keeps pages of other sites from registering without a CORS preflight.
bool isJson(const http::HttpRequest &request)
{
    const auto type = request.headers.value("content-type").split(';').first().trimmed().toLower();
    return type == "application/json";
}

OAuthError notJson()
{
    return {400, u"invalid_client_metadata"_s,
            u"The registration must be sent as application/json."_s};
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
    if (const auto wait = m_gate.check(request))
        return reply.send(OAuthError::tooManyRequests(*wait).toResponse());
    const auto parsed = isJson(request) ? parseRegistration(request.body) : fail(notJson());
    if (!parsed) {
        qCInfo(lcOauth) << "registration refused:" << shownText(parsed.error().description);
        return reply.send(parsed.error().toResponse());
    }
    store::Client client;
    client.name = parsed->name;
    client.redirectUris = parsed->redirectUris;
    client.authMethod = parsed->authMethod;
    client.grantTypes = parsed->grantTypes;
    client.applicationType = parsed->applicationType;
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

/// Anybody can register; the oldest that nobody has used makes room, so that a flood of
/// registrations never keeps a program out.
Result<std::monostate, OAuthError> RegistrationEndpoint::makeRoom()
{
    const auto count = m_deps.clients.count(store::ClientKind::Dynamic);
    if (count && *count < kMostClients)
        return std::monostate();
    const auto dropped =
        count ? m_deps.clients.dropOldestUnused(store::ClientKind::Dynamic) : fail(count.error());
    if (dropped && *dropped)
        return std::monostate();
    return fail(OAuthError::temporarilyUnavailable().withDetail(u"no room for another client"_s));
}

http::HttpResponse RegistrationEndpoint::insert(store::Client client)
{
    if (const auto room = makeRoom(); !room)
        return room.error().toResponse();
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
        {u"application_type"_s, client.applicationType},
    };
    if (!isPublic) {
        answer.insert(u"client_secret"_s, QString::fromLatin1(secret.reveal()));
        answer.insert(u"client_secret_expires_at"_s, 0);
    }
    return http::HttpResponse::json(201, answer);
}

} // namespace gatehouse::oauth
