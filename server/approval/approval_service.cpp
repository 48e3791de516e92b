// SPDX-License-Identifier: GPL-3.0-or-later
#include <approval/approval_service.h>

#include <base/logging.h>
#include <base/random.h>
#include <base/text.h>
#include <store/account_store.h>
#include <store/interaction_store.h>

namespace gatehouse::approval {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 kMostPending = 1000;

Error unknownRequest()
{
    return Error{u"There is no such request. It may have expired."_s,
                 u"List what is waiting with `gatehouse approvals`."_s};
}

} // namespace

ApprovalService::ApprovalService(Deps deps, QObject *parent) : QObject(parent), m_deps(deps) { }

Result<store::Interaction> ApprovalService::open(store::Interaction request)
{
    const auto now = m_deps.clock.now();
    if (const auto room = makeRoom(now); !room)
        return fail(room.error());

    request.id = InteractionId(randomId(m_deps.random));
    request.state = store::InteractionState::Pending;
    request.matchingCode = randomMatchingCode(m_deps.random);
    request.createdAt = now;
    request.expiresAt = now + kInteractionLifetime;
    if (const auto stored = m_deps.interactions.insert(request); !stored)
        return fail(stored.error());
    return request;
}

/// Anybody can open requests; those that a person has seen stay.
Result<std::monostate> ApprovalService::makeRoom(Instant now)
{
    const auto pending = m_deps.interactions.countPending(now);
    if (!pending)
        return fail(pending.error());
    if (*pending < kMostPending)
        return std::monostate();
    const auto dropped = m_deps.interactions.dropOldestUnraised();
    if (!dropped)
        return fail(dropped.error());
    if (!*dropped)
        return fail(Error{u"Too many requests are waiting."_s, u"Try again in a few minutes."_s});
    return std::monostate();
}

Result<std::monostate> ApprovalService::raise(const InteractionId &id)
{
    const auto raisedNow = m_deps.interactions.markRaised(id, m_deps.clock.now());
    if (!raisedNow)
        return fail(raisedNow.error());
    if (*raisedNow) {
        const auto interaction = find(id);
        if (interaction && *interaction) {
            qCInfo(lcApproval) << "request" << id.shortId() << "from"
                               << shownText((*interaction)->clientName) << "waits for the person";
            Q_EMIT raised(**interaction);
        }
    }
    return std::monostate();
}

Result<std::optional<store::Interaction>> ApprovalService::find(const InteractionId &id) const
{
    auto found = m_deps.interactions.find(id);
    if (found && *found && (*found)->expiresAt <= m_deps.clock.now())
        return std::optional<store::Interaction>();
    return found;
}

Result<QList<store::Interaction>> ApprovalService::waiting() const
{
    return m_deps.interactions.listWaiting(m_deps.clock.now());
}

Result<store::Interaction> ApprovalService::findUndecided(const InteractionId &id) const
{
    auto found = find(id);
    if (!found)
        return fail(found.error());
    if (!*found)
        return fail(unknownRequest());
    if ((*found)->state != store::InteractionState::Pending)
        return fail(Error{u"This request was answered already."_s});
    return std::move(**found);
}

Result<store::Interaction> ApprovalService::decide(const InteractionId &id,
                                                   const Decision &decision)
{
    auto interaction = findUndecided(id);
    if (!interaction)
        return interaction;
    if (!interaction->raised)
        return fail(unknownRequest());

    interaction->state =
        decision.allow ? store::InteractionState::Allowed : store::InteractionState::Denied;
    if (decision.allow) {
        interaction->grantedScopes =
            decision.scopes.isEmpty() ? interaction->scopes : decision.scopes;
        for (const auto &scope : std::as_const(interaction->grantedScopes)) {
            if (!interaction->scopes.contains(scope)) {
                return fail(Error{
                    u"The client did not ask for the permission \"%1\"."_s.arg(shownText(scope)),
                    u"It asked for: %1"_s.arg(interaction->scopes.join(u' '))});
            }
        }
        if (decision.until && *decision.until <= m_deps.clock.now())
            return fail(Error{u"The end of the permission is in the past."_s});
        if (decision.account) {
            const auto account = m_deps.accounts.find(*decision.account);
            if (!account)
                return fail(account.error());
            if (!*account)
                return fail(Error{u"There is no such account."_s,
                                  u"List accounts with `gatehouse status --json`."_s});
        }
        interaction->account = decision.account;
        interaction->grantUntil = decision.until;
    }
    return settle(std::move(*interaction));
}

Result<store::Interaction> ApprovalService::cancel(const InteractionId &id)
{
    auto interaction = findUndecided(id);
    if (!interaction)
        return interaction;
    interaction->state = store::InteractionState::Denied;
    return settle(std::move(*interaction));
}

Result<store::Interaction> ApprovalService::settle(store::Interaction interaction)
{
    const auto now = m_deps.clock.now();
    interaction.decidedAt = now;
    // The sign-in that follows gets its own ten minutes.
    interaction.expiresAt = now + kInteractionLifetime;
    const auto written = m_deps.interactions.decide(interaction, now);
    if (!written)
        return fail(written.error());
    if (!*written)
        return fail(Error{u"This request was answered already."_s});
    qCInfo(lcApproval) << "request" << interaction.id.shortId()
                       << (interaction.state == store::InteractionState::Allowed ? "allowed"
                                                                                 : "denied");
    Q_EMIT decided(interaction);
    return interaction;
}

} // namespace gatehouse::approval
