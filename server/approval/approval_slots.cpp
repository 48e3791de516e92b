// SPDX-License-Identifier: GPL-3.0-or-later
#include <approval/approval_slots.h>

namespace gatehouse::approval {

namespace {

/// Whoever waits for the answer on this computer, as far as it can be seen.
const std::optional<platform::ProcessInfo> &waitingProgram(const store::Interaction &request)
{
    return request.kind == store::InteractionKind::Token ? request.registrar : request.listener;
}

/// True of what a web page alone can cause.
bool isFromAnywhere(const store::Interaction &request)
{
    return request.kind != store::InteractionKind::Token && !request.hasOwnListener;
}

} // namespace

ApprovalSlots::ApprovalSlots(const ApprovalLimits &limits, const QList<store::Interaction> &shown)
    : m_limits(limits)
{
    for (const auto &request : shown)
        take(request);
}

bool ApprovalSlots::hasRoomFor(const store::Interaction &request) const
{
    const auto &program = waitingProgram(request);
    return m_taken < m_limits.inAll && m_ofTarget.value(request.target) < m_limits.perTarget
        && (!program || m_ofProgram.value(program->pid) < m_limits.perProgram)
        && (!isFromAnywhere(request) || m_withoutOwnListener < m_limits.withoutOwnListener);
}

void ApprovalSlots::take(const store::Interaction &request)
{
    ++m_taken;
    ++m_ofTarget[request.target];
    if (const auto &program = waitingProgram(request))
        ++m_ofProgram[program->pid];
    m_withoutOwnListener += isFromAnywhere(request) ? 1 : 0;
}

} // namespace gatehouse::approval
