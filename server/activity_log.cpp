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
    m_collected.append(activity);
    if (m_collected.size() >= kMostCollected)
        handOver();
    else
        makeDue();
}

void ActivityLog::record(const store::Activity &activity)
{
    m_collected.append(activity);
    write();
}

void ActivityLog::write()
{
    m_writer.wait();
    if (m_collected.isEmpty())
        return;
    if (const auto stored = m_store.append(std::exchange(m_collected, {})); !stored)
        qCWarning(lcApp) << "activity not recorded:" << stored.error().message;
}

void ActivityLog::makeDue()
{
    if (std::exchange(m_isDue, true))
        return;
    m_clock.after(kDelay, this, [this] {
        m_isDue = false;
        handOver();
    });
}

void ActivityLog::handOver()
{
    if (m_collected.isEmpty())
        return;
    if (m_writer.isBusy() && m_collected.size() < kMostWaiting)
        return makeDue();
    m_writer.wait();
    m_writer.write(std::exchange(m_collected, {}));
}

} // namespace gatehouse
