// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

#include <chrono>

namespace gatehouse::demo {

inline constexpr auto kDemoClientId = "gatehouse-demo";
inline constexpr auto kTodosAudience = "urn:todos-api";

/// Where one demo lives. The composition root fills it from the command line.
struct DemoOptions {
    QString dataDirectory;
    quint16 port =
        8377; ///< Gatehouse's; the tenant takes the next one, the Todos API the one after
    /// "localhost" or "127.0.0.1".
    QString issuerHost = QStringLiteral("localhost");
    std::chrono::seconds accessTokenLifetime = std::chrono::hours(1);

    [[nodiscard]] quint16 tenantPort() const { return quint16(port + 1); }
    [[nodiscard]] quint16 apiPort() const { return quint16(port + 2); }
    /// The tenant's issuer, with the slash at the end.
    [[nodiscard]] QString issuer() const
    {
        return QStringLiteral("http://%1:%2/").arg(issuerHost).arg(tenantPort());
    }
    /// "http://127.0.0.1:" and the port of the Todos API.
    [[nodiscard]] QString apiBaseUrl() const
    {
        return QStringLiteral("http://127.0.0.1:%1").arg(apiPort());
    }
};

} // namespace gatehouse::demo
