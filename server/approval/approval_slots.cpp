// SPDX-License-Identifier: GPL-3.0-or-later
#include <approval/approval_slots.h>

namespace gatehouse::approval {

ApprovalSlots::ApprovalSlots(const ApprovalLimits &limits, const QList<store::Interaction> &shown)
    : m_limits(limits)
{
    for (const auto &request : shown)
        take(request);
}

bool ApprovalSlots::hasRoomFor(const store::Interaction &request) const
{
    return m_taken < m_limits.inAll && m_ofTarget.value(request.target) < m_limits.perTarget
        && (!request.listener || m_ofProgram.value(request.listener->pid) < m_limits.perProgram)
        && (request.hasOwnListener || m_withoutOwnListener < m_limits.withoutOwnListener);
}

void ApprovalSlots::take(const store::Interaction &request)
{
    ++m_taken;
    ++m_ofTarget[request.target];
    if (request.listener)
        ++m_ofProgram[request.listener->pid];
    m_withoutOwnListener += request.hasOwnListener ? 0 : 1;
}

} // namespace gatehouse::approval
