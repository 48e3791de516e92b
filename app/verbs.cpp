// SPDX-License-Identifier: GPL-3.0-or-later
#include <app/verbs.h>

#include <app/duration.h>
#include <app/sign_out.h>
#include <approval/approval_service.h>
#include <oauth/client_metadata_document.h>
#include <oauth/grants.h>
#include <oauth/personal_tokens.h>
#include <oidc/sign_in.h>
#include <service/client_secret.h>
#include <service/gatehouse.h>

#include <QJsonArray>

#include <array>

namespace gatehouse::app {

using namespace Qt::StringLiterals;

namespace {

QJsonValue timeOrNull(const std::optional<Instant> &instant)
{
    return instant ? QJsonValue(toRfc3339(*instant)) : QJsonValue();
}

/// What the client may not do yet.
QJsonArray newScopes(const store::Interaction &interaction, const RequestBackground &background)
{
    QJsonArray scopes;
    for (const auto &scope : interaction.scopes) {
        if (!background.isAllowedEverywhere(scope))
            scopes.append(scope);
    }
    return scopes;
}

/// With `newScopes` where the client has access already.
QJsonObject approvalJson(const store::Interaction &interaction, const RequestBackground &background)
{
    QJsonObject client{{u"id"_s, interaction.client.value}, {u"name"_s, interaction.clientName}};
    const auto documentHost = oauth::documentHost(background.client);
    if (!documentHost.isEmpty())
        client.insert(u"describedAt"_s, documentHost);
    QJsonObject approval{
        {u"id"_s, interaction.id.value},
        {u"kind"_s, interaction.kind == store::InteractionKind::Token ? u"token"_s : u"access"_s},
        {u"code"_s, interaction.matchingCode},
        {u"client"_s, client},
        {u"redirectUri"_s, interaction.redirectUri},
        {u"scopes"_s, QJsonArray::fromStringList(interaction.scopes)},
        {u"createdAt"_s, toRfc3339(interaction.createdAt)},
        {u"expiresAt"_s, toRfc3339(interaction.expiresAt)}};
    if (!background.allowedScopes.isEmpty())
        approval.insert(u"newScopes"_s, newScopes(interaction, background));
    return approval;
}

QJsonObject grantJson(const store::Grant &grant)
{
    return {{u"id"_s, grant.id.value},
            {u"account"_s, grant.account.value},
            {u"scopes"_s, QJsonArray::fromStringList(grant.scopes)},
            {u"createdAt"_s, toRfc3339(grant.createdAt)},
            {u"expiresAt"_s, timeOrNull(grant.expiresAt)},
            {u"lastUsedAt"_s, timeOrNull(grant.lastUsedAt)}};
}

VerbFailure failed(const Error &error)
{
    return {Failed, error};
}

QJsonValue tokenJson(const oauth::PersonalToken &token)
{
    return QJsonObject{{u"id"_s, token.grant.value},
                       {u"name"_s, token.name},
                       {u"token"_s, QString::fromLatin1(token.value.reveal())},
                       {u"scopes"_s, QJsonArray::fromStringList(token.scopes)},
                       {u"expiresAt"_s, timeOrNull(token.expiresAt)}};
}

/// Absent: until the person ends it.
std::optional<std::chrono::milliseconds> durationOf(const QJsonObject &arguments)
{
    if (!arguments.contains(u"durationMs"_s))
        return std::nullopt;
    // As long as the command line allows, whoever wrote this.
    const auto asked = arguments.value(u"durationMs"_s).toDouble();
    return std::chrono::milliseconds(
        qint64(std::clamp(asked, 1.0, double(kLongestDuration.count()))));
}

} // namespace

VerbResult showWindow(const WindowOpener &openWindow, const QString &verbOptions)
{
    if (!openWindow) {
        return fail(VerbFailure{
            Failed,
            {u"Gatehouse is running without windows."_s,
             u"Ask it with `gatehouse status%1`, or end it first."_s.arg(verbOptions)}});
    }
    openWindow({});
    return QJsonObject{{u"shown"_s, true}};
}

void Verbs::run(const VerbCall &call, const VerbAnswer &answer)
{
    if (call.verb == "token"_L1)
        return createToken(call, answer);
    if (call.verb == "tenant"_L1)
        return changeClientSecret(call, answer);
    if (call.verb == "signout"_L1)
        return signOut(m_context.gatehouse, m_context.verbOptions, call, answer);
    answer(runNow(call.verb, call.arguments));
}

/// Gives no client more than it has, so it is done also while windows exist.
void Verbs::changeClientSecret(const VerbCall &call, const VerbAnswer &answer)
{
    std::optional<Secret> secret;
    if (!call.arguments.value(u"remove"_s).toBool()) {
        const auto given = checkClientSecret(call.arguments.value(u"secret"_s).toString().toUtf8());
        if (!given)
            return answer(fail(failed(given.error())));
        secret = *given;
    }
    const QJsonObject done{{u"clientSecret"_s, secret ? u"stored"_s : u"removed"_s},
                           {u"secretStore"_s, m_context.secretStore}};
    m_context.gatehouse.setClientSecret(
        secret, call.caller, [answer, done](const Result<std::monostate> &kept) {
            answer(kept.map([&](std::monostate) { return QJsonValue(done); }).map_error(&failed));
        });
}

void Verbs::createToken(const VerbCall &call, const VerbAnswer &answer)
{
    const auto &arguments = call.arguments;
    oauth::TokenWish wish;
    wish.name = arguments.value(u"name"_s).toString();
    wish.scopes = arguments.value(u"scopes"_s).toString().split(u' ', Qt::SkipEmptyParts);
    if (arguments.contains(u"account"_s))
        wish.account = accountNamed(arguments.value(u"account"_s).toString());
    if (const auto duration = durationOf(arguments))
        wish.until = m_context.clock.now() + *duration;
    wish.asker = call.process;
    if (m_context.openWindow)
        return askForToken(wish, call, answer);
    answer(m_context.gatehouse.personalTokens().create(wish).map(&tokenJson).map_error(&failed));
}

void Verbs::askForToken(const oauth::TokenWish &wish, const VerbCall &call,
                        const VerbAnswer &answer)
{
    auto &tokens = m_context.gatehouse.personalTokens();
    const auto asked =
        tokens.ask(wish, call.caller, [answer](const Result<oauth::PersonalToken> &made) {
            answer(made.map(&tokenJson).map_error(&failed));
        });
    if (!asked)
        return answer(fail(failed(asked.error())));
    // Whoever interrupts the command wants no token any more.
    QObject::connect(call.caller, &QObject::destroyed, &tokens,
                     [&tokens, id = asked->id] { tokens.withdraw(id); });
    call.tell((asked->raised ? u"Answer in the Gatehouse window. It must show the code %1."_s
                             : u"Other requests wait before this one. When its window appears, it "
                               "must show the code %1."_s)
                  .arg(asked->matchingCode));
    if (asked->raised)
        m_context.openWindow(asked->id);
}

VerbResult Verbs::runNow(const QString &verb, const QJsonObject &arguments)
{
    struct Entry {
        QLatin1String name;
        Result<QJsonValue> (Verbs::*run)(const QJsonObject &);
        bool widens = false;
    };
    static constexpr std::array kEntries{
        Entry{"status"_L1, &Verbs::status},         Entry{"approvals"_L1, &Verbs::approvals},
        Entry{"clients"_L1, &Verbs::clients},       Entry{"activity"_L1, &Verbs::activity},
        Entry{"approve"_L1, &Verbs::approve, true}, Entry{"deny"_L1, &Verbs::deny},
        Entry{"revoke"_L1, &Verbs::revoke},         Entry{"pause"_L1, &Verbs::pause},
        Entry{"resume"_L1, &Verbs::resume, true},   Entry{"signin"_L1, &Verbs::signIn},
    };
    const auto *entry = std::find_if(kEntries.begin(), kEntries.end(),
                                     [&](const Entry &known) { return verb == known.name; });
    if (entry == kEntries.end()) {
        return fail(VerbFailure{Failed,
                                {u"The running Gatehouse does not know \"%1\"."_s.arg(verb),
                                 u"It may be older than this program: restart it."_s}});
    }
    if (m_context.openWindow && (entry->widens || endsPauseSooner(verb, arguments)))
        return openInstead(InteractionId(arguments.value(u"id"_s).toString()));
    return (this->*entry->run)(arguments).map_error(&failed);
}

/// A shorter pause in place of a longer one is a resume that comes later.
bool Verbs::endsPauseSooner(const QString &verb, const QJsonObject &arguments) const
{
    const auto now = m_context.gatehouse.pauseState();
    const auto duration = durationOf(arguments);
    if (verb != "pause"_L1 || !now.paused || !duration)
        return false;
    return !now.until || m_context.clock.now() + *duration < *now.until;
}

VerbResult Verbs::openInstead(const InteractionId &request) const
{
    if (!request.isEmpty()) {
        const auto waiting = m_context.gatehouse.approvals().waiting();
        if (!waiting)
            return fail(VerbFailure{Failed, waiting.error()});
        if (std::ranges::find(*waiting, request, &store::Interaction::id) == waiting->end()) {
            return fail(VerbFailure{Failed,
                                    {u"There is no such request. It may have expired."_s,
                                     u"List what is waiting with `gatehouse approvals%1`."_s.arg(
                                         m_context.verbOptions)}});
        }
    }
    m_context.openWindow(request);
    return fail(
        VerbFailure{Failed, {u"Gatehouse has windows: answer there. The window is open now."_s}});
}

Result<QJsonValue> Verbs::status(const QJsonObject &)
{
    const auto accounts = m_context.gatehouse.accounts();
    if (!accounts)
        return fail(accounts.error());
    const auto waiting = m_context.gatehouse.approvals().waiting();
    if (!waiting)
        return fail(waiting.error());
    const auto clients = clientList();
    if (!clients)
        return fail(clients.error());
    QJsonArray list;
    for (const auto &account : *accounts)
        list.append(accountJson(account));
    const auto pause = m_context.gatehouse.pauseState();
    const auto port = m_context.gatehouse.port();
    return QJsonObject{{u"url"_s, u"http://localhost:%1"_s.arg(port)},
                       {u"port"_s, port},
                       {u"version"_s, QLatin1String(GATEHOUSE_VERSION)},
                       {u"demo"_s, m_context.demo},
                       {u"headless"_s, !m_context.openWindow},
                       {u"paused"_s, pause.paused},
                       {u"pausedUntil"_s, timeOrNull(pause.until)},
                       {u"account"_s, list.isEmpty() ? QJsonValue() : list.first()},
                       {u"accounts"_s, list},
                       {u"pendingApprovals"_s, qint64(waiting->size())},
                       {u"clients"_s, qint64(clients->size())}};
}

Result<QJsonValue> Verbs::approvals(const QJsonObject &)
{
    const auto waiting = m_context.gatehouse.approvals().waiting();
    if (!waiting)
        return fail(waiting.error());
    QJsonArray list;
    for (const auto &interaction : *waiting) {
        const auto background = m_context.gatehouse.background(interaction);
        if (!background)
            return fail(background.error());
        list.append(approvalJson(interaction, *background));
    }
    return list;
}

Result<QJsonValue> Verbs::clients(const QJsonObject &)
{
    return clientList().map([](const QJsonArray &list) { return QJsonValue(list); });
}

Result<QJsonArray> Verbs::clientList() const
{
    const auto clients = m_context.gatehouse.clients();
    if (!clients)
        return fail(clients.error());
    const auto grants = m_context.gatehouse.grants().active();
    if (!grants)
        return fail(grants.error());
    QHash<ClientId, QJsonArray> grantsOf;
    for (const auto &grant : *grants)
        grantsOf[grant.client].append(grantJson(grant));
    QJsonArray list;
    for (const auto &client : *clients) {
        list.append(
            QJsonObject{{u"id"_s, client.id.value},
                        {u"name"_s, client.name},
                        {u"kind"_s, store::kindWord(client.kind)},
                        {u"redirectUris"_s, QJsonArray::fromStringList(client.redirectUris)},
                        {u"grants"_s, grantsOf.value(client.id)}});
    }
    return list;
}

Result<QJsonValue> Verbs::activity(const QJsonObject &)
{
    constexpr int kShown = 100;
    const auto entries = m_context.gatehouse.activity(kShown);
    if (!entries)
        return fail(entries.error());
    QJsonArray list;
    for (const auto &entry : *entries) {
        list.append(QJsonObject{{u"at"_s, toRfc3339(entry.at)},
                                {u"grant"_s, entry.grant.value},
                                {u"client"_s, entry.clientName},
                                {u"kind"_s, entry.kind},
                                {u"what"_s, entry.what},
                                {u"outcome"_s, entry.outcome},
                                {u"durationMs"_s, qint64(entry.duration.count())}});
    }
    return list;
}

Result<QJsonValue> Verbs::approve(const QJsonObject &arguments)
{
    return decide(arguments, true);
}

Result<QJsonValue> Verbs::deny(const QJsonObject &arguments)
{
    return decide(arguments, false);
}

Result<QJsonValue> Verbs::decide(const QJsonObject &arguments, bool allow)
{
    approval::Decision decision;
    decision.allow = allow;
    decision.scopes = arguments.value(u"scopes"_s).toString().split(u' ', Qt::SkipEmptyParts);
    if (arguments.contains(u"account"_s))
        decision.account = accountNamed(arguments.value(u"account"_s).toString());
    if (const auto duration = durationOf(arguments))
        decision.until = m_context.clock.now() + *duration;
    const InteractionId id(arguments.value(u"id"_s).toString());
    const auto decided = m_context.gatehouse.approvals().decide(id, decision);
    if (!decided)
        return fail(decided.error());
    const auto background = m_context.gatehouse.background(*decided);
    auto answer = approvalJson(*decided, background.value_or(RequestBackground()));
    answer.insert(u"decision"_s, allow ? u"allowed"_s : u"denied"_s);
    if (allow) {
        answer.insert(u"scopes"_s, QJsonArray::fromStringList(decided->grantedScopes));
        answer.insert(u"grantUntil"_s, timeOrNull(decided->grantUntil));
    }
    return answer;
}

Result<QJsonValue> Verbs::revoke(const QJsonObject &arguments)
{
    auto &grants = m_context.gatehouse.grants();
    const auto before = clientList();
    if (!before)
        return fail(before.error());
    const auto id = arguments.value(u"id"_s).toString();
    if (id.isEmpty()) {
        const auto count = grants.revokeAll(oauth::kRevokedByPerson);
        if (!count)
            return fail(count.error());
        return QJsonObject{{u"revoked"_s, *count}};
    }
    for (const auto &value : *before) {
        const auto client = value.toObject();
        if (client.value(u"id"_s).toString() == id) {
            const auto count = grants.revokeClient(ClientId(id), oauth::kRevokedByPerson);
            if (!count)
                return fail(count.error());
            if (*count > 0)
                return client;
            return fail(Error{u"This client has no access to revoke."_s});
        }
        const auto grantList = client.value(u"grants"_s).toArray();
        for (const auto &grant : grantList) {
            if (grant.toObject().value(u"id"_s).toString() != id)
                continue;
            const auto done = grants.revoke(GrantId(id), oauth::kRevokedByPerson);
            if (!done)
                return fail(done.error());
            return grant;
        }
    }
    // What was allowed but not fetched yet is in no list.
    const auto withdrawn = grants.revokeClient(ClientId(id), oauth::kRevokedByPerson);
    if (!withdrawn)
        return fail(withdrawn.error());
    if (*withdrawn > 0)
        return QJsonObject{{u"id"_s, id}};
    return fail(Error{u"There is no client and no grant with this ID."_s,
                      u"List them with `gatehouse clients%1`."_s.arg(m_context.verbOptions)});
}

Result<QJsonValue> Verbs::pause(const QJsonObject &arguments)
{
    return m_context.gatehouse.pause(durationOf(arguments)).map([this](std::monostate) {
        return QJsonValue(
            QJsonObject{{u"paused"_s, true},
                        {u"pausedUntil"_s, timeOrNull(m_context.gatehouse.pauseState().until)}});
    });
}

Result<QJsonValue> Verbs::resume(const QJsonObject &)
{
    return m_context.gatehouse.resume().map([](std::monostate) {
        return QJsonValue(QJsonObject{{u"paused"_s, false}});
    });
}

Result<QJsonValue> Verbs::signIn(const QJsonObject &)
{
    return QJsonObject{{u"url"_s, m_context.gatehouse.beginSignIn().toString()}};
}

/// By its ID, or by its email when that is one account's alone; what is neither is no account's ID
/// either, and refused as such.
AccountId Verbs::accountNamed(const QString &name) const
{
    QList<AccountId> sameEmail;
    const auto accounts = m_context.gatehouse.accounts().value_or(QList<store::Account>());
    for (const auto &account : accounts) {
        if (account.email.compare(name, Qt::CaseInsensitive) == 0)
            sameEmail.append(account.id);
    }
    return sameEmail.size() == 1 ? sameEmail.first() : AccountId(name);
}

QJsonObject Verbs::accountJson(const store::Account &account) const
{
    const bool signedIn = m_context.gatehouse.accountTokens().isSignedIn(account.id);
    return {{u"id"_s, account.id.value},
            {u"name"_s, account.name},
            {u"email"_s, account.email},
            {u"issuer"_s, account.issuer},
            {u"state"_s, signedIn ? u"signed-in"_s : u"signed-out"_s}};
}

} // namespace gatehouse::app
