// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <base/ids.h>

#include <QByteArray>

namespace gatehouse::mcp {

/// Remembers beyond the process which sessions their clients have deleted: a server that has ended
/// a session must answer 404 to its ID (MCP 2025-11-25 transports §Session Management 3).
class DeletedSessions {
public:
    /// `issuedAt` is when the ID was made, for this grant.
    virtual void add(const QByteArray &id, const GrantId &grant, Instant issuedAt) = 0;
    /// True for one that must not begin again, and when that cannot be found out.
    [[nodiscard]] virtual bool contains(const QByteArray &id, const GrantId &grant,
                                        Instant issuedAt) const = 0;

protected:
    ~DeletedSessions() = default;
};

} // namespace gatehouse::mcp
