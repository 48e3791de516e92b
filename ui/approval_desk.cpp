// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/approval_desk.h>

namespace gatehouse::ui {

namespace {

constexpr auto kRest = 500ms;

} // namespace

ApprovalDesk::ApprovalDesk(Desk &desk, QObject *parent)
    : QObject(parent), m_desk(desk), m_window(desk.clock())
{
    connect(&m_desk, &Desk::stateChanged, this, &ApprovalDesk::onStateChanged);
    connect(&m_window, &ApprovalWindow::answered, this, &ApprovalDesk::onAnswered);
    connect(&m_window, &ApprovalWindow::putAside, this, &ApprovalDesk::onPutAside);
    connect(&m_window, &ApprovalWindow::nextWanted, this, &ApprovalDesk::showAnother);
    onStateChanged();
}

bool ApprovalDesk::show(const InteractionId &request, const QString &activationToken)
{
    const auto waiting = open();
    const auto wanted = !request.isEmpty() ? find(request)
        : m_shown && !m_window.hasEnded()  ? m_shown
        : waiting.isEmpty()                ? std::nullopt
                                           : std::optional(waiting.first());
    if (!wanted)
        return false;
    m_putAside.remove(wanted->id);
    if (!m_shown || m_shown->id != wanted->id)
        present(*wanted);
    m_window.comeForward(activationToken);
    return true;
}

void ApprovalDesk::deny(const InteractionId &request)
{
    if (!find(request))
        return;
    if (m_shown && m_shown->id == request) {
        m_window.hide();
        onAnswered({});
        return;
    }
    m_answered.insert(request);
    m_desk.answer(request, AccessAnswer{}, this,
                  [this, request](const Result<std::monostate> &done) {
                      if (!done)
                          m_answered.remove(request);
                  });
}

void ApprovalDesk::onStateChanged()
{
    QSet<InteractionId> ids;
    for (const auto &request : m_desk.state().requests)
        ids.insert(request.id);
    m_answered.intersect(ids);
    m_putAside.intersect(ids);
    if (m_shown)
        followShown();
    else
        showNext();
}

void ApprovalDesk::followShown()
{
    const auto now = m_desk.clock().now();
    if (const auto request = find(m_shown->id); request && request->expiresAt > now) {
        m_shown = request;
        m_window.refresh(*request, m_desk.state().accounts);
        m_window.setWaiting(int(open().size()) - 1);
        return;
    }
    if (!m_window.hasEnded()) {
        const auto expired = m_shown->expiresAt <= now;
        if (!expired && !m_desk.state().withdrawn.contains(m_shown->id)) {
            // The person has answered it in a terminal: there is nothing to tell them.
            leaveShown();
            return;
        }
        m_window.setEnded(expired ? RequestEnd::Expired : RequestEnd::Withdrawn);
    }
    m_window.setWaiting(int(open().size()));
    // Nobody is reading what has ended: it makes room.
    if (!m_window.isActiveWindow() && nextToShow())
        leaveShown();
}

void ApprovalDesk::leaveShown()
{
    m_window.hide();
    m_shown.reset();
    scheduleNext();
}

void ApprovalDesk::onAnswered(const AccessAnswer &answer)
{
    if (!m_shown)
        return;
    const auto request = m_shown->id;
    m_answered.insert(request);
    m_shown.reset();
    scheduleNext();
    m_desk.answer(request, answer, this, [this, request](const Result<std::monostate> &done) {
        if (!done)
            onFailed(request, done.error());
    });
}

void ApprovalDesk::onFailed(const InteractionId &request, const Error &error)
{
    m_answered.remove(request);
    const auto still = find(request);
    if (!still)
        return;
    present(*still);
    m_window.showProblem(error);
}

void ApprovalDesk::onPutAside()
{
    if (!m_shown)
        return;
    if (!m_window.hasEnded())
        m_putAside.insert(m_shown->id);
    m_shown.reset();
    scheduleNext();
}

void ApprovalDesk::scheduleNext()
{
    m_resting = true;
    m_desk.clock().after(kRest, this, [this] {
        m_resting = false;
        if (!m_shown)
            showNext();
    });
}

void ApprovalDesk::showNext()
{
    if (m_resting || m_desk.state().paused)
        return;
    if (const auto next = nextToShow())
        present(*next);
}

/// The one after what is shown, round and round.
void ApprovalDesk::showAnother()
{
    const auto waiting = open();
    if (waiting.isEmpty())
        return;
    qsizetype at = 0;
    for (qsizetype i = 0; i < waiting.size(); ++i) {
        if (m_shown && waiting.at(i).id == m_shown->id)
            at = (i + 1) % waiting.size();
    }
    show(waiting.at(at).id);
}

void ApprovalDesk::present(const AccessRequest &request)
{
    m_shown = request;
    m_window.present(request, m_desk.state().accounts);
    m_window.setWaiting(int(open().size()) - 1);
}

QList<AccessRequest> ApprovalDesk::open() const
{
    QList<AccessRequest> requests;
    for (const auto &request : m_desk.state().requests) {
        if (!m_answered.contains(request.id) && request.expiresAt > m_desk.clock().now())
            requests.append(request);
    }
    return requests;
}

std::optional<AccessRequest> ApprovalDesk::find(const InteractionId &request) const
{
    for (const auto &each : open()) {
        if (each.id == request)
            return each;
    }
    return std::nullopt;
}

std::optional<AccessRequest> ApprovalDesk::nextToShow() const
{
    for (const auto &request : open()) {
        if (!m_putAside.contains(request.id))
            return request;
    }
    return std::nullopt;
}

} // namespace gatehouse::ui
