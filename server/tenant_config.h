// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <apis/operation.h>
#include <oidc/sign_in.h>
#include <service/configuration.h>

#include <vector>

namespace gatehouse {

/// What of an API clients are offered that ask for nothing in particular.
[[nodiscard]] QStringList offeredScopes(const apis::ImportedApi &api);

/// The name under which the client secret rests in the secret store: that of another tenant or
/// application is another one's.
[[nodiscard]] QString clientSecretName(const TenantEntry &tenant);

/// The tenant as the sign-in needs it, for a service on this port. APIs that share an audience
/// share its tokens; without any API a sign-in is for the empty audience.
[[nodiscard]] oidc::TenantConfig tenantConfigOf(const Configuration &configuration,
                                                const std::vector<apis::ImportedApi> &imported,
                                                quint16 port);

} // namespace gatehouse
