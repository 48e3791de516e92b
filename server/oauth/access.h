// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/ids.h>
#include <base/result.h>
#include <http/http_message.h>

#include <QStringList>

namespace gatehouse::oauth {

/// What a verified bearer token allows. Travels in HttpRequest::principal.
struct Access {
    GrantId grant;
    ClientId client;
    QString clientName;
    AccountId account;
    QStringList scopes;
};

/// RFC 6750 §3.1. Missing: no bearer credentials at all, so the challenge carries no error.
enum class BearerFailure { Missing, Malformed, Invalid, Unavailable };

/// Turns an Authorization value into access. Lives as long as the service.
class TokenVerifier {
public:
    virtual ~TokenVerifier() = default;
    [[nodiscard]] virtual Result<Access, BearerFailure> verify(const QByteArray &authorization) = 0;
};

/// The 401 for `request` (RFC 6750 §3, RFC 9728 §5.1): quoted resource_metadata for the path the
/// client called, and the scopes to ask for. Malformed is 400, Unavailable 503.
[[nodiscard]] http::HttpResponse bearerChallenge(const http::HttpRequest &request,
                                                 BearerFailure failure, const QStringList &scopes);

/// The 403 insufficient_scope (RFC 6750 §3.1): all scopes that the operation needs, then those that
/// the access has already, because some clients ask for exactly what stands here and would lose
/// them (MCP 2025-11-25 authorization, "Runtime Insufficient Scope Errors").
[[nodiscard]] http::HttpResponse insufficientScope(const http::HttpRequest &request,
                                                   const QStringList &scopesNeeded,
                                                   const Access &access);

} // namespace gatehouse::oauth
