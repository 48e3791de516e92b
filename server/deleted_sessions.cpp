// SPDX-License-Identifier: GPL-3.0-or-later
#include <service/deleted_sessions.h>

#include <base/crypto.h>
#include <base/logging.h>
#include <store/deleted_session_store.h>

namespace gatehouse {

void KeptDeletedSessions::add(const QByteArray &id, const GrantId &grant, Instant issuedAt)
{
    if (const auto kept = m_store.insert({grant, issuedAt, sha256(id)}); !kept)
        qCWarning(lcApp) << "a deleted session may begin again:" << kept.error().message;
}

bool KeptDeletedSessions::contains(const QByteArray &id, const GrantId &grant,
                                   Instant issuedAt) const
{
    const auto found = m_store.contains({grant, issuedAt, sha256(id)});
    if (!found)
        qCWarning(lcApp) << "a session cannot begin again:" << found.error().message;
    return found.value_or(true);
}

} // namespace gatehouse
