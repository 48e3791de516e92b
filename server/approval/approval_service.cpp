// SPDX-License-Identifier: GPL-3.0-or-later
#include <approval/approval_service.h>

#include <approval/redirect_target.h>
#include <base/logging.h>
#include <base/platform/peer.h>
#include <base/platform/process_lookup.h>
#include <base/random.h>
#include <base/text.h>
#include <store/account_store.h>
#include <store/blocked_target_store.h>
#include <store/database.h>
#include <store/interaction_store.h>

#include <QPointer>

namespace gatehouse::approval {

using namespace Qt::StringLiterals;

namespace {

/// Of every state.
constexpr qint64 kMostRequests = 1000;

Error answeredAlready()
{
    return Error{u"This request was answered already."_s};
}

bool isAsking(const store::Interaction &request)
{
    return request.raiseRequestedAt && !request.raised;
}

} // namespace

ApprovalService::ApprovalService(Deps deps, ApprovalLimits limits, QObject *parent)
    : QObject(parent), m_deps(deps), m_limits(limits)
{
}

void ApprovalService::start()
{
    for (const auto &requests : {waiting(), m_deps.interactions.listAsking(m_deps.clock.now())}) {
        if (!requests) {
            qCWarning(lcApproval) << "open requests not read:" << requests.error().message;
            continue;
        }
        for (const auto &request : *requests)
            watchExpiry(request);
    }
    fillSlots();
}

Result<store::Interaction> ApprovalService::open(store::Interaction request)
{
    const auto now = m_deps.clock.now();
    if (const auto room = makeRoom(now); !room)
        return fail(room.error());

    request.id = InteractionId(randomId(m_deps.random));
    request.state = store::InteractionState::Pending;
    request.target = redirectTargetOf(request.redirectUri).key;
    request.matchingCode = randomMatchingCode(m_deps.random);
    request.createdAt = now;
    request.expiresAt = now + kInteractionLifetime;
    if (const auto stored = m_deps.interactions.insert(request); !stored)
        return fail(stored.error());
    return request;
}

Result<store::Interaction> ApprovalService::openShown(store::Interaction request)
{
    auto opened = open(std::move(request));
    if (!opened)
        return opened;
    const auto outcome = showIfRoom(*opened);
    if (!outcome)
        return fail(outcome.error());
    opened->raised = *outcome == RaiseOutcome::Raised;
    return opened;
}

Result<std::monostate> ApprovalService::withdrawTokens()
{
    return m_deps.interactions.denyTokens();
}

/// Anybody can open requests; those that a person has seen stay.
Result<std::monostate> ApprovalService::makeRoom(Instant now)
{
    const auto count = m_deps.interactions.count(now);
    if (!count)
        return fail(count.error());
    if (*count < kMostRequests)
        return std::monostate();
    auto dropped = m_deps.interactions.dropOldestDone();
    if (dropped && !*dropped)
        dropped = m_deps.interactions.dropOldestUnraised();
    if (!dropped)
        return fail(dropped.error());
    if (!*dropped)
        return fail(Error{u"Too many requests are waiting."_s, u"Try again in a few minutes."_s});
    return std::monostate();
}

// --- raising: the person's browser → who listens? → is there room? → shown

void ApprovalService::raise(const InteractionId &id, QObject *context, Callback<RaiseOutcome> then)
{
    const auto request = findUndecided(id);
    if (!request)
        return then(fail(request.error()));
    if (request->raised)
        return then(RaiseOutcome::Raised);
    lookUpListener(
        *request,
        [context = QPointer(context), then = std::move(then)](const Result<RaiseOutcome> &outcome) {
            if (context)
                then(outcome);
        });
}

void ApprovalService::lookUpListener(const store::Interaction &request,
                                     const Callback<RaiseOutcome> &then)
{
    const auto target = redirectTargetOf(request.redirectUri);
    if (target.kind != TargetKind::Loopback)
        return then(onListener(request.id, std::nullopt));
    m_deps.processes.listenerOn(
        target.port, this,
        [this, id = request.id, then](const std::optional<platform::Listener> &listener) {
            then(onListener(id, listener));
        });
}

Result<RaiseOutcome> ApprovalService::onListener(const InteractionId &id,
                                                 const std::optional<platform::Listener> &listener)
{
    // The person may have cancelled, or reloaded the page, meanwhile.
    auto request = findUndecided(id);
    if (!request)
        return fail(request.error());
    if (request->raised)
        return RaiseOutcome::Raised;
    if (listener && listener->user != platform::currentUser()) {
        qCWarning(lcApproval) << "request" << id.shortId() << "wants its answer at"
                              << request->target << "where user" << listener->user << "listens";
        return refuseForeignPort(std::move(*request));
    }
    request->hasOwnListener = listener.has_value();
    request->listener = listener ? listener->process : std::nullopt;
    return showIfRoom(std::move(*request));
}

Result<RaiseOutcome> ApprovalService::refuseForeignPort(store::Interaction request)
{
    const bool wasAsking = isAsking(request);
    request.raiseRequestedAt.reset();
    const auto written = m_deps.interactions.updateRaising(request, m_deps.clock.now());
    if (!written)
        return fail(written.error());
    if (wasAsking)
        Q_EMIT waitingChanged();
    return RaiseOutcome::ForeignPort;
}

Result<RaiseOutcome> ApprovalService::showIfRoom(store::Interaction request)
{
    const auto shown = waiting();
    if (!shown)
        return fail(shown.error());
    const auto now = m_deps.clock.now();
    const bool wasAsking = isAsking(request);
    if (!wasAsking)
        request.raiseRequestedAt = now;
    request.raised = ApprovalSlots(m_limits, *shown).hasRoomFor(request);
    const auto written = m_deps.interactions.updateRaising(request, now);
    if (!written)
        return fail(written.error());
    if (!*written)
        return fail(unknownRequest());

    qCInfo(lcApproval) << "request" << request.id.shortId() << "from"
                       << shownText(request.clientName)
                       << (request.raised ? "waits for the person" : "waits for others");
    if (!wasAsking)
        watchExpiry(request);
    if (request.raised)
        Q_EMIT raised(request);
    if (wasAsking == request.raised) // it joined or left those that wait in their browsers
        Q_EMIT waitingChanged();
    return request.raised ? RaiseOutcome::Raised : RaiseOutcome::Waits;
}

/// Raises what has waited longest for the room that has become free.
void ApprovalService::fillSlots()
{
    const auto asking = m_deps.interactions.listAsking(m_deps.clock.now());
    const auto shown = waiting();
    if (!asking || !shown) {
        qCWarning(lcApproval) << "requests that wait could not be read";
        return;
    }
    ApprovalSlots room(m_limits, *shown);
    for (const auto &request : *asking) {
        if (!room.hasRoomFor(request))
            continue;
        room.take(request);
        if (m_filling.contains(request.id))
            continue;
        m_filling.insert(request.id);
        lookUpListener(request, [this, id = request.id](const Result<RaiseOutcome> &outcome) {
            m_filling.remove(id);
            // The room that it did not take is for the next.
            if (outcome && *outcome != RaiseOutcome::Raised)
                fillSlots();
        });
    }
}

// --- the end of waiting

void ApprovalService::watchExpiry(const store::Interaction &request)
{
    const auto left = std::max(request.expiresAt - m_deps.clock.now(), Instant::duration(0));
    m_deps.clock.after(left, this, [this, id = request.id] { onExpiry(id); });
}

void ApprovalService::onExpiry(const InteractionId &id)
{
    const auto found = m_deps.interactions.find(id);
    if (!found)
        return;
    const auto &request = *found; // absent once it was purged, as only expired ones are
    if (request && request->state != store::InteractionState::Pending)
        return;
    if (request && request->expiresAt > m_deps.clock.now())
        return watchExpiry(*request);
    Q_EMIT expired(id);
    if (!request || !request->raised)
        Q_EMIT waitingChanged();
    fillSlots();
}

Result<std::optional<store::Interaction>> ApprovalService::find(const InteractionId &id) const
{
    auto found = m_deps.interactions.find(id);
    if (found && *found && (*found)->expiresAt <= m_deps.clock.now())
        return std::optional<store::Interaction>();
    return found;
}

Error ApprovalService::unknownRequest() const
{
    return Error{u"There is no such request. It may have expired."_s,
                 u"List what is waiting with `gatehouse approvals%1`."_s.arg(m_deps.verbOptions)};
}

Result<QList<store::Interaction>> ApprovalService::waiting() const
{
    return m_deps.interactions.listWaiting(m_deps.clock.now());
}

Result<qint64> ApprovalService::unraisedCount() const
{
    return m_deps.interactions.countAsking(m_deps.clock.now());
}

Result<store::Interaction> ApprovalService::findUndecided(const InteractionId &id) const
{
    auto found = find(id);
    if (!found)
        return fail(found.error());
    if (!*found)
        return fail(unknownRequest());
    if ((*found)->state != store::InteractionState::Pending)
        return fail(answeredAlready());
    return std::move(**found);
}

// --- decisions

Result<store::Interaction> ApprovalService::decide(const InteractionId &id,
                                                   const Decision &decision)
{
    auto interaction = findUndecided(id);
    if (!interaction)
        return interaction;
    if (!interaction->raised)
        return fail(unknownRequest());
    if (!decision.allow) {
        interaction->state = store::InteractionState::Denied;
        return decision.block ? block(std::move(*interaction)) : settle(std::move(*interaction));
    }

    interaction->state = store::InteractionState::Allowed;
    interaction->grantedScopes = decision.scopes.isEmpty() ? interaction->scopes : decision.scopes;
    interaction->account = decision.account;
    interaction->grantUntil = decision.until;
    if (const auto checked = checkAllowed(decision, *interaction); !checked)
        return fail(checked.error());
    return settle(std::move(*interaction));
}

Result<std::monostate> ApprovalService::checkAllowed(const Decision &decision,
                                                     const store::Interaction &request) const
{
    if (decision.block)
        return fail(Error{u"A request is either allowed or blocked."_s});
    for (const auto &scope : request.grantedScopes) {
        if (!request.scopes.contains(scope)) {
            return fail(
                Error{u"The client did not ask for the permission \"%1\"."_s.arg(shownText(scope)),
                      u"It asked for: %1"_s.arg(request.scopes.join(u' '))});
        }
    }
    if (decision.until && *decision.until <= m_deps.clock.now())
        return fail(Error{u"The end of the permission is in the past."_s});
    if (decision.account) {
        const auto account = m_deps.accounts.find(*decision.account);
        if (!account)
            return fail(account.error());
        if (!*account)
            return fail(Error{
                u"There is no such account."_s,
                u"List accounts with `gatehouse status --json%1`."_s.arg(m_deps.verbOptions)});
        if ((*account)->issuer != m_deps.issuer)
            return fail(Error{u"This account belongs to another tenant."_s,
                              u"Choose an account of the tenant that is configured."_s});
    }
    return std::monostate();
}

Result<store::Interaction> ApprovalService::cancel(const InteractionId &id)
{
    auto interaction = findUndecided(id);
    if (!interaction)
        return interaction;
    interaction->state = store::InteractionState::Denied;
    auto settled = settle(std::move(*interaction));
    if (settled)
        Q_EMIT cancelled(settled->id);
    return settled;
}

Result<store::Interaction> ApprovalService::settle(store::Interaction interaction)
{
    auto written = writeDecision(std::move(interaction));
    if (!written)
        return written;
    tellDecided(*written);
    fillSlots();
    return written;
}

/// Denies this request and every other open one of its target, and remembers the target.
Result<store::Interaction> ApprovalService::block(store::Interaction denied)
{
    const auto target = redirectTargetOf(denied.redirectUri).key;
    auto transaction = store::Transaction::begin(m_deps.database);
    if (!transaction)
        return fail(transaction.error());
    const auto blocked =
        m_deps.blockedTargets.insert({target, denied.clientName, m_deps.clock.now()});
    if (!blocked)
        return fail(blocked.error());
    auto decision = writeDecision(std::move(denied));
    if (!decision)
        return decision;
    QList<store::Interaction> all{*decision};
    const auto others = m_deps.interactions.listPendingOf(target, m_deps.clock.now());
    if (!others)
        return fail(others.error());
    for (auto other : *others) {
        other.state = store::InteractionState::Denied;
        auto written = writeDecision(std::move(other));
        if (!written)
            return written;
        all.append(std::move(*written));
    }
    if (const auto committed = transaction->commit(); !committed)
        return fail(committed.error());

    qCInfo(lcApproval) << "blocked requests from" << target;
    for (const auto &each : std::as_const(all))
        tellDecided(each);
    Q_EMIT blockedChanged();
    fillSlots();
    return decision;
}

Result<store::Interaction> ApprovalService::writeDecision(store::Interaction interaction)
{
    const auto now = m_deps.clock.now();
    interaction.decidedAt = now;
    // The sign-in that follows gets its own ten minutes.
    interaction.expiresAt = now + kInteractionLifetime;
    const auto written = m_deps.interactions.decide(interaction, now);
    if (!written)
        return fail(written.error());
    if (!*written)
        return fail(answeredAlready());
    return interaction;
}

void ApprovalService::tellDecided(const store::Interaction &interaction)
{
    qCInfo(lcApproval) << "request" << interaction.id.shortId()
                       << (interaction.state == store::InteractionState::Allowed ? "allowed"
                                                                                 : "denied");
    Q_EMIT decided(interaction);
    if (isAsking(interaction))
        Q_EMIT waitingChanged();
}

// --- blocked targets

Result<bool> ApprovalService::isBlocked(const QString &redirectUri) const
{
    return m_deps.blockedTargets.contains(redirectTargetOf(redirectUri).key);
}

Result<QList<store::BlockedTarget>> ApprovalService::blocked() const
{
    return m_deps.blockedTargets.list();
}

Result<std::monostate> ApprovalService::unblock(const QString &target)
{
    const auto removed = m_deps.blockedTargets.remove(target);
    if (!removed)
        return fail(removed.error());
    if (!*removed)
        return fail(Error{u"This is not blocked."_s});
    Q_EMIT blockedChanged();
    return std::monostate();
}

} // namespace gatehouse::approval
