// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <http/form.h>
#include <http/http_message.h>
#include <oauth/oauth_error.h>
#include <store/records.h>

namespace gatehouse::store {
class ClientStore;
}

namespace gatehouse::oauth {

/// Who the request says it comes from, before anything is verified; empty where it says nothing.
[[nodiscard]] ClientId presentedClient(const http::HttpRequest &request,
                                       const http::FormParameters &form);

/// Who calls the token or revocation endpoint (RFC 6749 §2.3): the registered method is the only
/// one accepted, and never two at once.
[[nodiscard]] Result<store::Client, OAuthError>
authenticateClient(const http::HttpRequest &request, const http::FormParameters &form,
                   const store::ClientStore &clients);

/// The body of a POST as parameters; any other media type is invalid_request.
[[nodiscard]] Result<http::FormParameters, OAuthError>
parseFormBody(const http::HttpRequest &request);

} // namespace gatehouse::oauth
