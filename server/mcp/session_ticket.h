// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <base/ids.h>
#include <base/random.h>
#include <base/secret.h>
#include <mcp/client_abilities.h>

#include <optional>

namespace gatehouse::mcp {

/// What an Mcp-Session-Id says by itself. The ID is random and signed for its grant, so that a
/// session that was lost with the process can begin again under it: clients keep it for days, and
/// some hang instead of initializing anew (MCP 2025-11-25 transports §Session Management).
struct SessionTicket {
    Revision revision = kLatestHandshake;
    ClientAbilities abilities = {};
    Instant issuedAt = {}; ///< to the millisecond

    /// 0x21 to 0x7E, 120 random bits.
    [[nodiscard]] QByteArray newId(RandomSource &random, const Secret &key,
                                   const GrantId &grant) const;
    /// Nothing for an ID that was not made with this key for this grant.
    [[nodiscard]] static std::optional<SessionTicket> read(const QByteArray &id, const Secret &key,
                                                           const GrantId &grant);
};

} // namespace gatehouse::mcp
