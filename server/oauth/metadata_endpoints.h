// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <http/router.h>
#include <oauth/scope_catalog.h>

namespace gatehouse::oauth {

/// Protected resource metadata (RFC 9728) at the root and for /mcp and /sse, and authorization
/// server metadata (RFC 8414). Every URL is derived from the validated Host, so that each loopback
/// name sees itself and `issuer` equals `authorization_servers[0]` byte for byte.
void addMetadataRoutes(http::Router &router, const ScopeCatalog &scopes);

} // namespace gatehouse::oauth
