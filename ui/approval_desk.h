// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ui/approval_window.h>
#include <ui/desk.h>

#include <QSet>

namespace gatehouse::ui {

/// Shows the access requests that wait, one at a time and the most urgent first, and passes the
/// person's answers on. A request that was put aside comes back only when it is asked for. Lives
/// as long as the windows.
class ApprovalDesk final : public QObject {
    Q_OBJECT

public:
    explicit ApprovalDesk(Desk &desk, QObject *parent = nullptr);

    /// Brings this request forward, or the most urgent one when empty, instead of what is shown:
    /// the person asked for it. False when it does not wait.
    bool show(const InteractionId &request, const QString &activationToken = {});
    /// The person has denied this request elsewhere, in a notification.
    void deny(const InteractionId &request);

private:
    void onStateChanged();
    void onAnswered(const AccessAnswer &answer);
    void onPutAside();
    void onFailed(const InteractionId &request, const Error &error);
    void showNext();
    void showAnother();
    void followShown();
    void leaveShown();
    void scheduleNext();
    void present(const AccessRequest &request);
    [[nodiscard]] QList<AccessRequest> open() const;
    [[nodiscard]] std::optional<AccessRequest> find(const InteractionId &request) const;
    [[nodiscard]] std::optional<AccessRequest> nextToShow() const;

    Desk &m_desk;
    ApprovalWindow m_window;
    std::optional<AccessRequest> m_shown;
    QSet<InteractionId> m_putAside;
    QSet<InteractionId> m_answered; ///< until the state no longer has them
    bool m_resting = false; ///< the half second between two requests
};

} // namespace gatehouse::ui
