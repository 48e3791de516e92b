// SPDX-License-Identifier: GPL-3.0-or-later
#include <service/activity_log.h>

#include <base/logging.h>
#include <store/activity_store.h>

namespace gatehouse {

ActivityLog::~ActivityLog()
{
    write();
}

void ActivityLog::recordSoon(const store::Activity &activity)
{
    if (m_collected.isEmpty())
        m_clock.after(kDelay, this, [this] { write(); });
    m_collected.append(activity);
    if (m_collected.size() >= kMostCollected)
        write();
}

void ActivityLog::record(const store::Activity &activity)
{
    m_collected.append(activity);
    write();
}

void ActivityLog::write()
{
    if (m_collected.isEmpty())
        return;
    if (const auto stored = m_store.append(std::exchange(m_collected, {})); !stored)
        qCWarning(lcApp) << "activity not recorded:" << stored.error().message;
}

} // namespace gatehouse
