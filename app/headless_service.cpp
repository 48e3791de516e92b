// SPDX-License-Identifier: GPL-3.0-or-later
#include <app/headless_service.h>

#include <app/terminal.h>
#include <approval/approval_service.h>
#include <base/text.h>
#include <oauth/grants.h>
#include <oidc/sign_in.h>
#include <secrets/secret_store.h>
#include <service/gatehouse.h>

namespace gatehouse::app {

using namespace Qt::StringLiterals;

HeadlessService::HeadlessService(const ServeCommand &command, const AddFeatures &addFeatures)
    : m_instance(command, {secrets::makeKeychainStore, {}, addFeatures})
{
}

void HeadlessService::start(Callback<std::monostate> then)
{
    m_instance.start([this, then](const Result<std::monostate> &started) {
        if (started) {
            connect(&m_instance.gatehouse().approvals(), &approval::ApprovalService::raised, this,
                    &HeadlessService::announceApproval);
            connect(&m_instance.gatehouse().grants(), &oauth::Grants::misused, this,
                    &HeadlessService::announceMisuse);
            connect(&m_instance.gatehouse().accountTokens(), &oidc::AccountTokens::stateChanged,
                    this, &HeadlessService::announceEnd);
            announce();
        }
        then(started);
    });
}

void HeadlessService::finish(const std::function<void()> &then)
{
    m_instance.finish(then);
}

void HeadlessService::announce()
{
    const auto lines = m_instance.description();
    for (const auto &line : lines)
        say(line);
    say(u"Answer requests with `gatehouse approvals%1`. Ctrl+C ends Gatehouse."_s.arg(
        m_instance.verbOptions()));
}

void HeadlessService::announceEnd(const AccountId &account)
{
    auto &gatehouse = m_instance.gatehouse();
    if (!gatehouse.accountTokens().wasEndedByTenant(account))
        return;
    const auto accounts = gatehouse.accounts().value_or(QList<store::Account>());
    for (const auto &known : accounts) {
        if (known.id == account) {
            say(u"%1 was signed out by the tenant. Clients stay allowed, but their calls fail "
                "until you sign in again with `gatehouse signin%2`."_s.arg(
                    shownText(known.name), m_instance.verbOptions()));
        }
    }
}

void HeadlessService::announceMisuse(const store::Grant &grant)
{
    say(u"%1 was shut out: an old token was used again. Someone may have copied it."_s.arg(
        shownText(grant.clientName)));
}

void HeadlessService::announceApproval(const store::Interaction &interaction)
{
    say(u"%1 asks to act for you. Code %2. Allow: gatehouse approve %3%4   Deny: gatehouse deny "
        "%3%4"_s.arg(shownText(interaction.clientName), interaction.matchingCode,
                     interaction.id.value, m_instance.verbOptions()));
}

} // namespace gatehouse::app
