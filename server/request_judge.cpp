// SPDX-License-Identifier: GPL-3.0-or-later
#include <service/request_judge.h>

#include <apis/scope_words.h>
#include <approval/redirect_target.h>
#include <oauth/client_metadata_document.h>
#include <store/client_store.h>
#include <store/grant_store.h>

#include <QSet>

#include <algorithm>

namespace gatehouse {

namespace {

/// Of how many grants, the newest, names count as known.
constexpr int kRememberedNames = 200;

/// The program that asks, as far as it can be seen: whoever listens where the answer goes. Behind
/// an app link, a website or a terminal nobody does; there it is whoever registered the client, or
/// asked for the token.
const std::optional<platform::ProcessInfo> &askingProgram(const store::Interaction &request)
{
    const auto target = approval::redirectTargetOf(request.redirectUri).kind;
    return target == approval::TargetKind::Loopback ? request.listener : request.registrar;
}

} // namespace

bool RequestBackground::isAllowedEverywhere(const QString &scope) const
{
    return !allowedScopes.isEmpty()
        && std::all_of(allowedScopes.begin(), allowedScopes.end(),
                       [&scope](const QStringList &scopes) { return scopes.contains(scope); });
}

RequestJudge::RequestJudge(const Deps &deps) : m_deps(deps) { }

Result<RequestBackground> RequestJudge::background(const store::Interaction &request) const
{
    auto background = historyOf(request.client);
    if (!background)
        return background;
    return riskOf(request, *background).map([&](const approval::Risk &risk) {
        background->risk = risk;
        return std::move(*background);
    });
}

/// All but the risk.
Result<RequestBackground> RequestJudge::historyOf(const ClientId &id) const
{
    const auto client = m_deps.clients.find(id);
    const auto latest = m_deps.grants.findLatestOf(id);
    const auto active = m_deps.grants.listActiveOf(id, m_deps.clock.now());
    for (const auto *error :
         {client ? nullptr : &client.error(), latest ? nullptr : &latest.error(),
          active ? nullptr : &active.error()}) {
        if (error)
            return fail(*error);
    }
    RequestBackground background;
    background.client = *client;
    if (*latest) {
        background.allowedAt = (*latest)->createdAt;
        if ((*latest)->expiresAt)
            background.lastDuration = *(*latest)->expiresAt - (*latest)->createdAt;
    }
    for (const auto &grant : *active) {
        auto &scopes = background.allowedScopes[grant.account];
        for (const auto &scope : grant.scopes) {
            if (!scopes.contains(scope))
                scopes.append(scope);
        }
    }
    return background;
}

Result<approval::Risk> RequestJudge::riskOf(const store::Interaction &request,
                                            const RequestBackground &background) const
{
    const auto names = knownNames();
    if (!names)
        return fail(names.error());
    const auto targetAllowed = m_deps.grants.hasTarget(request.target);
    if (!targetAllowed)
        return fail(targetAllowed.error());
    const auto &asking = askingProgram(request);
    const bool isConfigured =
        background.client && background.client->kind == store::ClientKind::PreRegistered;

    approval::RiskInput input;
    // The administrator gave this name, and the addresses; a token is named after the program that
    // will use it, by whoever asks for it.
    const bool isOwnName = isConfigured || request.kind == store::InteractionKind::Token;
    input.clientName = isOwnName ? QString() : request.clientName;
    input.program = asking ? asking->name : QString();
    input.redirectUri = request.redirectUri;
    input.documentHost = oauth::documentHost(background.client);
    input.allowedBefore = isConfigured || background.allowedAt || *targetAllowed;
    input.knownNames = *names;
    countNewScopes(request, background, input);
    return approval::assessRisk(input);
}

/// What it may do already is no reason to look twice.
void RequestJudge::countNewScopes(const store::Interaction &request,
                                  const RequestBackground &background,
                                  approval::RiskInput &input) const
{
    for (const auto &scope : request.scopes) {
        if (background.isAllowedEverywhere(scope))
            continue;
        const auto effect = m_deps.words.effect(scope);
        ++input.scopes;
        input.changingScopes += effect == apis::ScopeEffect::Reads ? 0 : 1;
        input.deletes = input.deletes || effect == apis::ScopeEffect::Deletes;
    }
}

/// Names that the person has allowed and not taken back, each with the program that registered it.
Result<QList<approval::KnownName>> RequestJudge::knownNames() const
{
    return m_deps.grants.newestNames(kRememberedNames).map([](const auto &granted) {
        QList<approval::KnownName> names;
        QSet<std::pair<QString, QString>> seen;
        for (const auto &[name, program] : granted) {
            const auto programName = program ? program->name : QString();
            if (seen.contains({name, programName}))
                continue;
            seen.insert({name, programName});
            names.append({name, programName});
        }
        return names;
    });
}

} // namespace gatehouse
