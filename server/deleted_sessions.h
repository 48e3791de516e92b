// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <mcp/deleted_sessions.h>

namespace gatehouse::store {
class DeletedSessionStore;
}

namespace gatehouse {

/// Keeps deleted sessions in the database, without their IDs. Lives as long as the service.
class KeptDeletedSessions final : public mcp::DeletedSessions {
public:
    explicit KeptDeletedSessions(store::DeletedSessionStore &store) : m_store(store) { }

    void add(const QByteArray &id, const GrantId &grant, Instant issuedAt) override;
    [[nodiscard]] bool contains(const QByteArray &id, const GrantId &grant,
                                Instant issuedAt) const override;

private:
    store::DeletedSessionStore &m_store;
};

} // namespace gatehouse
