// SPDX-License-Identifier: GPL-3.0-or-later
#include <oauth/oauth_error.h>

namespace gatehouse::oauth {

using namespace Qt::StringLiterals;

http::HttpResponse OAuthError::toResponse() const
{
    auto response = http::HttpResponse::json(
        status, {{u"error"_s, code}, {u"error_description"_s, description}});
    // RFC 6749 §5.1: both headers on every token response.
    response.headers.append("Pragma", "no-cache");
    if (status == 401)
        response.headers.append("WWW-Authenticate", "Basic realm=\"gatehouse\"");
    if (retryAfter.count() > 0)
        response.headers.append("Retry-After", QByteArray::number(qint64(retryAfter.count())));
    return response;
}

OAuthError OAuthError::invalidRequest(QString description)
{
    return {400, u"invalid_request"_s, std::move(description)};
}

OAuthError OAuthError::invalidClient(QString description)
{
    return {401, u"invalid_client"_s, std::move(description)};
}

OAuthError OAuthError::invalidGrant(QString description)
{
    return {400, u"invalid_grant"_s, std::move(description)};
}

OAuthError OAuthError::invalidScope(QString description)
{
    return {400, u"invalid_scope"_s, std::move(description)};
}

OAuthError OAuthError::invalidTarget(QString description)
{
    return {400, u"invalid_target"_s, std::move(description)};
}

OAuthError OAuthError::temporarilyUnavailable()
{
    return {503,
            u"temporarily_unavailable"_s,
            u"Gatehouse cannot answer now. Please try again."_s,
            {},
            kRetryAfterTrouble};
}

OAuthError OAuthError::tooManyRequests(std::chrono::seconds retryAfter)
{
    return {429,
            u"temporarily_unavailable"_s,
            u"Too many requests. Please try again later."_s,
            {},
            retryAfter};
}

} // namespace gatehouse::oauth
