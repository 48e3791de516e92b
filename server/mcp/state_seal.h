// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <base/ids.h>
#include <base/secret.h>

#include <QJsonObject>

#include <optional>

namespace gatehouse::mcp {

/// Protects the `requestState` that goes through the client between two rounds of a request (MCP
/// 2026-07-28 mrtr §Server Requirements 4 and 5): nobody can change it, and it counts for one
/// grant, one request and a few minutes. It is not encrypted.
class StateSeal {
public:
    /// What a state is valid for: one request of one grant.
    struct Binding {
        GrantId grant;
        QString method;
        QString name; ///< of the tool or prompt, or the URI
        QJsonObject arguments;
    };

    StateSeal(Clock &clock, Secret key) : m_clock(clock), m_key(std::move(key)) { }

    [[nodiscard]] QString seal(const QJsonObject &state, const Binding &binding) const;
    /// Nothing for a state that was changed, is older than kLifetime or belongs elsewhere.
    [[nodiscard]] std::optional<QJsonObject> open(const QString &sealed,
                                                  const Binding &binding) const;

    /// The person may have to sign in between two rounds.
    static constexpr auto kLifetime = std::chrono::minutes(15);

private:
    [[nodiscard]] QByteArray tag(const QByteArray &payload, const Binding &binding) const;

    Clock &m_clock;
    Secret m_key;
};

} // namespace gatehouse::mcp
