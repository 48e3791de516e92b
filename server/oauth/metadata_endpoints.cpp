// SPDX-License-Identifier: GPL-3.0-or-later
#include <oauth/metadata_endpoints.h>

#include <QJsonArray>
#include <QJsonObject>

namespace gatehouse::oauth {

using namespace Qt::StringLiterals;

namespace {

/// RFC 8414 §3.2, RFC 9728 §3.2: what has no elements is left out.
QJsonObject withScopes(QJsonObject metadata, const ScopeCatalog &scopes)
{
    if (!scopes.defaults.isEmpty())
        metadata.insert(u"scopes_supported"_s, QJsonArray::fromStringList(scopes.defaults));
    return metadata;
}

http::HttpResponse protectedResource(const http::HttpRequest &request, const QString &path,
                                     const ScopeCatalog &scopes)
{
    const auto origin = QString::fromLatin1(request.ownOrigin());
    const QJsonObject metadata{{u"resource"_s, origin + path},
                               {u"authorization_servers"_s, QJsonArray{origin}},
                               {u"bearer_methods_supported"_s, QJsonArray{u"header"_s}},
                               {u"resource_name"_s, u"Gatehouse"_s}};
    return http::HttpResponse::json(200, withScopes(metadata, scopes));
}

http::HttpResponse authorizationServer(const http::HttpRequest &request, const ScopeCatalog &scopes)
{
    const auto origin = QString::fromLatin1(request.ownOrigin());
    const QJsonArray authMethods{u"none"_s, u"client_secret_post"_s, u"client_secret_basic"_s};
    const QJsonObject metadata{
        {u"issuer"_s, origin},
        {u"authorization_endpoint"_s, origin + u"/authorize"_s},
        {u"token_endpoint"_s, origin + u"/token"_s},
        {u"registration_endpoint"_s, origin + u"/register"_s},
        {u"revocation_endpoint"_s, origin + u"/revoke"_s},
        {u"response_types_supported"_s, QJsonArray{u"code"_s}},
        {u"response_modes_supported"_s, QJsonArray{u"query"_s}},
        {u"grant_types_supported"_s, QJsonArray{u"authorization_code"_s, u"refresh_token"_s}},
        {u"token_endpoint_auth_methods_supported"_s, authMethods},
        {u"revocation_endpoint_auth_methods_supported"_s, authMethods},
        {u"code_challenge_methods_supported"_s, QJsonArray{u"S256"_s}},
        {u"authorization_response_iss_parameter_supported"_s, true},
        {u"client_id_metadata_document_supported"_s, true}};
    return http::HttpResponse::json(200, withScopes(metadata, scopes));
}

} // namespace

void addMetadataRoutes(http::Router &router, const ScopeCatalog &scopes)
{
    for (const auto &path : {QByteArray(), QByteArray("/mcp"), QByteArray("/sse")}) {
        router.add({"/.well-known/oauth-protected-resource" + path,
                    http::OriginRule::Anyone,
                    {},
                    {{"GET", [&scopes, path](const http::HttpRequest &request, http::Reply reply) {
                          reply.send(protectedResource(request, QString::fromLatin1(path), scopes));
                      }}}});
    }
    router.add({"/.well-known/oauth-authorization-server",
                http::OriginRule::Anyone,
                {},
                {{"GET", [&scopes](const http::HttpRequest &request, http::Reply reply) {
                      reply.send(authorizationServer(request, scopes));
                  }}}});
}

} // namespace gatehouse::oauth
