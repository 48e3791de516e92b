// SPDX-License-Identifier: GPL-3.0-or-later
#include <app/verb_text.h>

#include <app/sign_out.h>
#include <base/text.h>

#include <QJsonArray>

namespace gatehouse::app {

using namespace Qt::StringLiterals;

namespace {

/// RFC 1035 §2.3.4, with a port.
constexpr int kLongestHost = 253 + 6;

QString shown(const QJsonValue &value)
{
    return shownText(value.toString());
}

QString shownList(const QJsonValue &value)
{
    QStringList texts;
    const auto array = value.toArray();
    for (const auto &element : array)
        texts.append(shown(element));
    return texts.join(u", "_s);
}

QString counted(int count, const QString &one, const QString &many)
{
    return count == 1 ? one : many.arg(count);
}

QString endOf(const QJsonValue &time)
{
    return time.isString() ? u"until "_s + shown(time) : u"until you revoke it"_s;
}

QString statusText(const QJsonObject &status, const QString &options)
{
    QString text = u"Gatehouse %1 is running at %2%3\n"_s.arg(
        shown(status.value(u"version"_s)), shown(status.value(u"url"_s)),
        status.value(u"demo"_s).toBool() ? u" (demo)"_s : QString());
    if (status.value(u"paused"_s).toBool()) {
        const auto until = status.value(u"pausedUntil"_s);
        text += u"Access is paused %1.\n"_s.arg(until.isString() ? u"until "_s + shown(until)
                                                                 : u"until you resume it"_s);
    }
    const auto accounts = status.value(u"accounts"_s).toArray();
    if (accounts.isEmpty())
        text += u"You are not signed in yet; you sign in when you first allow a client.\n"_s;
    for (const auto &value : accounts) {
        const auto account = value.toObject();
        const bool signedIn = account.value(u"state"_s).toString() == "signed-in"_L1;
        text += u"Account %1 (%2) is %3. ID %4\n"_s.arg(
            shown(account.value(u"name"_s)), shown(account.value(u"email"_s)),
            signedIn ? u"signed in"_s : u"signed out: run `gatehouse signin%1`"_s.arg(options),
            shown(account.value(u"id"_s)));
    }
    const int waiting = status.value(u"pendingApprovals"_s).toInt();
    const int clients = status.value(u"clients"_s).toInt();
    return text
        + u"%1, %2.\n"_s.arg(
            counted(waiting, u"1 request is waiting"_s, u"%1 requests are waiting"_s),
            counted(clients, u"1 client is known"_s, u"%1 clients are known"_s));
}

/// MCP 2025-11-25, "Localhost Redirect URI Risks": a document proves who wrote it, not who uses it.
QString descriptionLine(const QJsonObject &client, const QString &redirectUri)
{
    if (!client.contains(u"describedAt"_s))
        return {};
    const bool isWebsite = redirectUri.startsWith("https:"_L1, Qt::CaseInsensitive);
    return u"    Described at %1%2\n"_s.arg(
        shownText(client.value(u"describedAt"_s).toString(), kLongestHost),
        isWebsite ? QString() : u"; any program on this computer can use that description"_s);
}

/// What is new stands out where the client has access already.
QString askedScopes(const QJsonObject &approval)
{
    const auto added = approval.value(u"newScopes"_s).toArray();
    QStringList texts;
    const auto scopes = approval.value(u"scopes"_s).toArray();
    for (const auto &scope : scopes)
        texts.append(shown(scope) + (added.contains(scope) ? u" (new)"_s : QString()));
    return texts.join(u", "_s);
}

QString approvalsText(const QJsonArray &approvals, const QString &options)
{
    if (approvals.isEmpty())
        return u"Nothing is waiting. When a client asks for access, it appears here.\n"_s;
    QString text;
    for (const auto &value : approvals) {
        const auto approval = value.toObject();
        const auto client = approval.value(u"client"_s).toObject();
        text += u"%1  %2 asks to act for you (it gave this name itself)\n%7"
                "    Code     %3, which the page in your browser must show too\n"
                "    Scopes   %4\n"
                "    Answer   %5\n"
                "    Expires  %6\n"_s.arg(
                    shown(approval.value(u"id"_s)), shown(client.value(u"name"_s)),
                    shown(approval.value(u"code"_s)), askedScopes(approval),
                    shown(approval.value(u"redirectUri"_s)), shown(approval.value(u"expiresAt"_s)),
                    descriptionLine(client, approval.value(u"redirectUri"_s).toString()));
    }
    return text
        + u"Answer with `gatehouse approve ID%1` or `gatehouse deny ID%1`.\n"_s.arg(options);
}

QString clientsText(const QJsonArray &clients, const QString &options)
{
    if (clients.isEmpty()) {
        return u"No client may act for you yet. Connect an AI client; when it asks for access, "
               "`gatehouse approvals%1` shows it.\n"_s.arg(options);
    }
    QString text;
    for (const auto &value : clients) {
        const auto client = value.toObject();
        text += u"%1  %2 (%3)\n"_s.arg(shown(client.value(u"id"_s)), shown(client.value(u"name"_s)),
                                       shown(client.value(u"kind"_s)));
        const auto grants = client.value(u"grants"_s).toArray();
        for (const auto &grantValue : grants) {
            const auto grant = grantValue.toObject();
            const auto used = grant.value(u"lastUsedAt"_s);
            text += u"    %1  %2, %3, %4\n"_s.arg(
                shown(grant.value(u"id"_s)), shownList(grant.value(u"scopes"_s)),
                endOf(grant.value(u"expiresAt"_s)),
                used.isString() ? u"last used "_s + shown(used) : u"not used yet"_s);
        }
    }
    return text;
}

QString activityText(const QJsonArray &entries)
{
    if (entries.isEmpty())
        return u"Nothing has happened yet.\n"_s;
    QString text;
    for (const auto &value : entries) {
        const auto entry = value.toObject();
        // No client is behind what an account did or the person.
        const auto client = shown(entry.value(u"client"_s));
        text += u"%1  %2%3 %4: %5\n"_s.arg(
            shown(entry.value(u"at"_s)), client.isEmpty() ? client : client + u"  "_s,
            shown(entry.value(u"kind"_s)), shown(entry.value(u"what"_s)),
            shown(entry.value(u"outcome"_s)));
    }
    return text;
}

QString decisionText(const QJsonObject &approval)
{
    const auto name = shown(approval.value(u"client"_s).toObject().value(u"name"_s));
    if (approval.value(u"decision"_s).toString() == "denied"_L1)
        return u"Denied. %1 gets nothing.\n"_s.arg(name);
    return u"Allowed. %1 may use: %2, %3. Go on in your browser.\n"_s.arg(
        name, shownList(approval.value(u"scopes"_s)), endOf(approval.value(u"grantUntil"_s)));
}

QString tokenText(const QJsonObject &token, const QString &options)
{
    return u"%1\nThis token is shown only now. %2 sends it as \"Authorization: Bearer …\".\n"
           "It may use: %3, %4. Take it back with `gatehouse revoke %5%6`.\n"_s.arg(
               token.value(u"token"_s).toString(), shown(token.value(u"name"_s)),
               shownList(token.value(u"scopes"_s)), endOf(token.value(u"expiresAt"_s)),
               shown(token.value(u"id"_s)), options);
}

QString clientSecretText(const QJsonObject &answer)
{
    if (answer.value(u"clientSecret"_s).toString() == "removed"_L1)
        return u"The client secret is removed. Gatehouse signs in at the tenant without one.\n"_s;
    return answer.value(u"secretStore"_s).toString() == "memory"_L1
        ? u"The client secret is used from now on. It is kept in memory: give it again after each "
          "start.\n"_s
        : u"The client secret is kept in the keychain and used from now on.\n"_s;
}

QString revokedText(const QJsonObject &revoked)
{
    if (revoked.contains(u"revoked"_s)) {
        return counted(revoked.value(u"revoked"_s).toInt(), u"Revoked 1 permission."_s,
                       u"Revoked %1 permissions."_s)
            + u'\n';
    }
    const auto name = revoked.contains(u"name"_s) ? shown(revoked.value(u"name"_s))
                                                  : shown(revoked.value(u"id"_s));
    return u"Revoked %1. It was shut out at once.\n"_s.arg(name);
}

} // namespace

QString textFor(const VerbCommand &command, const QJsonValue &value)
{
    const auto &verb = command.verb;
    const auto options = verbOptions(command.instance);
    if (verb == "status"_L1)
        return statusText(value.toObject(), options);
    if (verb == "approvals"_L1)
        return approvalsText(value.toArray(), options);
    if (verb == "clients"_L1)
        return clientsText(value.toArray(), options);
    if (verb == "activity"_L1)
        return activityText(value.toArray());
    if (verb == "revoke"_L1)
        return revokedText(value.toObject());
    if (verb == "pause"_L1) {
        const auto until = value.toObject().value(u"pausedUntil"_s);
        return u"Access is paused %1. Clients stay allowed.\n"_s.arg(
            until.isString() ? u"until "_s + shown(until)
                             : u"until you run `gatehouse resume%1`"_s.arg(options));
    }
    if (verb == "token"_L1)
        return tokenText(value.toObject(), options);
    if (verb == "tenant"_L1)
        return clientSecretText(value.toObject());
    if (verb == "resume"_L1)
        return u"Access is no longer paused.\n"_s;
    if (verb == "signin"_L1) {
        return u"Open this address in a browser on this computer to sign in:\n%1\n"_s.arg(
            shownText(value.toObject().value(u"url"_s).toString(), 300));
    }
    if (verb == "signout"_L1)
        return signOutText(value.toObject(), options);
    return decisionText(value.toObject());
}

} // namespace gatehouse::app
