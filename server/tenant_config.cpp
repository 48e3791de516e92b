// SPDX-License-Identifier: GPL-3.0-or-later
#include <service/tenant_config.h>

#include <algorithm>

namespace gatehouse {

using namespace Qt::StringLiterals;

namespace {

QList<oidc::TenantAudience> audiencesOf(const std::vector<apis::ImportedApi> &imported)
{
    QList<oidc::TenantAudience> audiences;
    for (const auto &api : imported) {
        auto found = std::find_if(audiences.begin(), audiences.end(), [&](const auto &known) {
            return known.audience == api.config.audience;
        });
        if (found == audiences.end())
            found = audiences.insert(audiences.end(), {api.config.audience, {}});
        for (const auto &operation : api.operations)
            found->known += operation.scopes;
        found->scopes += offeredScopes(api);
        found->known.removeDuplicates();
        found->scopes.removeDuplicates();
    }
    return audiences.isEmpty() ? QList<oidc::TenantAudience>{{}} : audiences;
}

} // namespace

QStringList offeredScopes(const apis::ImportedApi &api)
{
    if (!api.config.scopes.isEmpty())
        return api.config.scopes;
    QStringList scopes;
    for (const auto &operation : api.operations)
        scopes += operation.scopes;
    return scopes;
}

QString clientSecretName(const TenantEntry &tenant)
{
    return u"client-secret/%1/%2"_s.arg(tenant.issuer, tenant.clientId);
}

oidc::TenantConfig tenantConfigOf(const Configuration &configuration,
                                  const std::vector<apis::ImportedApi> &imported, quint16 port)
{
    oidc::TenantConfig tenant;
    tenant.issuer = configuration.tenant.issuer;
    tenant.clientId = configuration.tenant.clientId;
    tenant.authMethod = configuration.tenant.tokenEndpointAuthMethod;
    tenant.scopes = configuration.tenant.scopes;
    tenant.audiences = audiencesOf(imported);
    tenant.callbackUrl = callbackUrl(configuration.tenant, port);
    return tenant;
}

} // namespace gatehouse
