// SPDX-License-Identifier: GPL-3.0-or-later
#include <oauth/access.h>

#include <oauth/oauth_error.h>

#include <QJsonObject>

namespace gatehouse::oauth {

using namespace Qt::StringLiterals;

namespace {

/// RFC 9728 §3.1: the well-known part goes between host and path. The client may have called any
/// path; those without a document of their own share the root's.
QByteArray metadataUrl(const http::HttpRequest &request)
{
    QByteArray path = request.path;
    if (path == "/messages")
        path = "/sse";
    else if (path != "/mcp" && path != "/sse")
        path.clear();
    return request.ownOrigin() + "/.well-known/oauth-protected-resource" + path;
}

http::HttpResponse challenge(const http::HttpRequest &request, int status, const QString &error,
                             const QString &description, const QStringList &scopes)
{
    // Every parameter is quoted: clients read them with regular expressions. Scope names hold no
    // quotes (RFC 6749 §3.3), the rest is ours.
    QByteArray header = "Bearer resource_metadata=\"" + metadataUrl(request) + '"';
    if (!scopes.isEmpty())
        header += ", scope=\"" + scopes.join(u' ').toLatin1() + '"';
    if (!error.isEmpty()) {
        header += ", error=\"" + error.toLatin1() + "\", error_description=\""
            + description.toLatin1() + '"';
    }
    return http::HttpResponse::json(status,
                                    {{u"error"_s, error.isEmpty() ? u"unauthorized"_s : error},
                                     {u"error_description"_s, description}})
        .with("WWW-Authenticate", header);
}

} // namespace

http::HttpResponse bearerChallenge(const http::HttpRequest &request, BearerFailure failure,
                                   const QStringList &scopes)
{
    switch (failure) {
    case BearerFailure::Missing:
        // RFC 6750 §3.1: no error code for a request without credentials.
        return challenge(request, 401, {}, u"This address needs an access token."_s, scopes);
    case BearerFailure::Malformed:
        return challenge(request, 400, u"invalid_request"_s,
                         u"The Authorization header is malformed."_s, scopes);
    case BearerFailure::Invalid:
        return challenge(request, 401, u"invalid_token"_s,
                         u"The access token is unknown, expired or revoked."_s, scopes);
    case BearerFailure::Unavailable:
        break;
    }
    return http::HttpResponse::json(503, {{u"error"_s, u"temporarily_unavailable"_s}})
        .with("Retry-After", QByteArray::number(qint64(kRetryAfterTrouble.count())));
}

http::HttpResponse insufficientScope(const http::HttpRequest &request,
                                     const QStringList &scopesNeeded, const Access &access)
{
    auto scopes = scopesNeeded + access.scopes;
    scopes.removeDuplicates();
    return challenge(request, 403, u"insufficient_scope"_s,
                     u"The person has not allowed this operation."_s, scopes);
}

} // namespace gatehouse::oauth
