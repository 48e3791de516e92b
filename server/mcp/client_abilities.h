// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <mcp/revision.h>

#include <QJsonObject>

namespace gatehouse::mcp {

/// What a client can be asked for while one of its requests runs: its `capabilities`, as far as
/// they matter here.
struct ClientAbilities {
    bool elicitsForms = false; ///< asks the person to fill in a form (elicitation, mode form)
    bool elicitsUrls = false; ///< asks the person to open an address (elicitation, mode url)
    bool samples = false; ///< has a model answer (sampling/createMessage)
    bool listsRoots = false; ///< names the folders it works in (roots/list)

    /// From `capabilities` of initialize, or of a request's _meta from 2026-07-28 on. Elicitation
    /// without a mode means forms (MCP 2025-11-25 elicitation §Capabilities).
    [[nodiscard]] static ClientAbilities parse(const QJsonObject &capabilities, Revision revision);
    /// Whether it takes this request of ours.
    [[nodiscard]] bool allow(const QString &method, const QJsonObject &params) const;

    /// One bit each, for a place that has room for a number.
    /// @{
    [[nodiscard]] quint8 toBits() const;
    [[nodiscard]] static ClientAbilities fromBits(quint8 bits);
    /// @}

    friend bool operator==(const ClientAbilities &, const ClientAbilities &) = default;
};

/// The `capabilities` that a client needs for this request of ours (MCP 2026-07-28 basic,
/// MissingRequiredClientCapability).
[[nodiscard]] QJsonObject capabilitiesFor(const QString &method, const QJsonObject &params);

} // namespace gatehouse::mcp
