// SPDX-License-Identifier: GPL-3.0-or-later
#include <oauth/resource.h>

#include <algorithm>
#include <array>

namespace gatehouse::oauth {

using namespace Qt::StringLiterals;

bool isOwnResource(const QString &resource, quint16 port)
{
    constexpr std::array kHosts{"http://localhost:"_L1, "http://127.0.0.1:"_L1, "http://[::1]:"_L1};
    constexpr std::array kPaths{""_L1, "/"_L1, "/mcp"_L1, "/sse"_L1, "/mcp/"_L1, "/sse/"_L1};
    // RFC 3986 §6.2.2.1: scheme and host in any case, paths as they are.
    return std::any_of(kHosts.begin(), kHosts.end(), [&](QLatin1String host) {
        const QString origin = host + QString::number(port);
        return resource.startsWith(origin, Qt::CaseInsensitive)
            && std::find(kPaths.begin(), kPaths.end(), resource.mid(origin.size())) != kPaths.end();
    });
}

} // namespace gatehouse::oauth
