// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <store/records.h>

#include <QHash>

namespace gatehouse::approval {

/// How many requests may be shown and undecided at a time.
struct ApprovalLimits {
    int perTarget = 2;
    int perProgram = 4; ///< by the process that listens where the answer goes, or asks for a token
    int inAll = 20;
    /// Of these, for anything but a token or a loopback port on which a process of this user
    /// listens: what web pages can cause leaves room for real local programs.
    int withoutOwnListener = 10;
};

/// The room that is left beside the requests that are shown. A value for one calculation.
class ApprovalSlots {
public:
    ApprovalSlots(const ApprovalLimits &limits, const QList<store::Interaction> &shown);

    [[nodiscard]] bool hasRoomFor(const store::Interaction &request) const;
    void take(const store::Interaction &request);

private:
    ApprovalLimits m_limits;
    int m_taken = 0;
    int m_withoutOwnListener = 0;
    QHash<QString, int> m_ofTarget;
    QHash<qint64, int> m_ofProgram; ///< by process id
};

} // namespace gatehouse::approval
