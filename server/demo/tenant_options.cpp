// SPDX-License-Identifier: GPL-3.0-or-later
#include <demo/tenant_options.h>

#include <algorithm>

namespace gatehouse::demo {

using namespace Qt::StringLiterals;

const TenantClient *TenantOptions::findClient(const QString &id) const
{
    const auto found = std::find_if(clients.begin(), clients.end(),
                                    [&](const auto &client) { return client.id == id; });
    return found == clients.end() ? nullptr : &*found;
}

const TenantApi *TenantOptions::findApi(const QString &audience) const
{
    const auto found = std::find_if(apis.begin(), apis.end(),
                                    [&](const auto &api) { return api.audience == audience; });
    return found == apis.end() ? nullptr : &*found;
}

QStringList identityScopes()
{
    return {u"openid"_s, u"profile"_s, u"email"_s, u"offline_access"_s};
}

} // namespace gatehouse::demo
