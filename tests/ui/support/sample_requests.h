// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ui/support/sample_desk.h>

/// Access requests of every kind that an approval window tells apart.
namespace gatehouse::tests {

/// A local program that asks for three permissions; nothing to worry about.
inline ui::AccessRequest plainRequest(Instant now, const QString &id = u"plain"_s)
{
    auto request = sampleRequest(id, u"Claude Code"_s, now);
    request.listener = platform::ProcessInfo{
        41822, u"claude"_s, u"/usr/local/bin/claude"_s, {u"bash"_s, u"gnome-terminal"_s}};
    request.registrar = request.listener;
    request.scopes.append({u"profile"_s, u"See your name and email address"_s, u"Your account"_s,
                           ui::ScopeEffect::Reads});
    request.expiresAt = now + 9min + 30s;
    return request;
}

/// A website that the person has not met.
inline ui::AccessRequest websiteRequest(Instant now)
{
    using approval::RiskLevel;
    auto request = plainRequest(now, u"website"_s);
    request.clientName = u"Cloudflare AI Playground"_s;
    request.redirectUri = u"https://playground.ai.cloudflare.com/callback"_s;
    request.targetKind = ui::TargetKind::Website;
    request.target = u"playground.ai.cloudflare.com"_s;
    request.listener.reset();
    request.registrar =
        platform::ProcessInfo{2210, u"chromium"_s, u"/usr/lib/chromium/chromium"_s, {}};
    request.risk = {RiskLevel::Caution,
                    {{RiskLevel::Caution, u"You have not allowed this website before."_s}}};
    return request;
}

/// A terminal that asks for a personal access token.
inline ui::AccessRequest tokenRequest(Instant now)
{
    auto request = plainRequest(now, u"token"_s);
    request.clientName = u"Backup script"_s;
    request.redirectUri.clear();
    request.targetKind = ui::TargetKind::Terminal;
    request.target = u"terminal"_s;
    request.listener.reset();
    request.registrar = platform::ProcessInfo{
        5120, u"gatehouse"_s, u"/usr/bin/gatehouse"_s, {u"bash"_s, u"gnome-terminal"_s}};
    return request;
}

/// A program that pretends to be another, wants much and is answered by an app link.
inline ui::AccessRequest dangerousRequest(Instant now)
{
    using approval::RiskLevel;
    auto request = plainRequest(now, u"danger"_s);
    request.clientName = u"CIaude Code"_s;
    request.redirectUri = u"ciaude://callback"_s;
    request.targetKind = ui::TargetKind::AppLink;
    request.target = u"ciaude://"_s;
    request.listener.reset();
    request.registrar = platform::ProcessInfo{977, u"python3.11"_s, u"/usr/bin/python3.11"_s, {}};
    request.matchingCode = u"H2XP"_s;
    request.scopes = todoScopes();
    request.scopes.append(
        {u"delete:repos"_s, u"Delete repositories"_s, u"GitHub"_s, ui::ScopeEffect::Deletes});
    for (int i = 1; i <= 11; ++i)
        request.scopes.append(
            {u"scope:%1"_s.arg(i),
             u"%1 of project %2"_s.arg(i < 5 ? u"Read issues"_s : u"Change issues"_s).arg(i),
             u"GitHub"_s, i < 5 ? ui::ScopeEffect::Reads : ui::ScopeEffect::Changes});
    request.risk = {
        RiskLevel::Danger,
        {{RiskLevel::Danger,
          u"The name looks like “Claude Code”, but it is spelled differently and comes from "
          u"another program."_s},
         {RiskLevel::Caution,
          u"The answer goes to the app link “ciaude://”. Any program on this computer can "
          u"claim that link."_s},
         {RiskLevel::Caution, u"It asks for 14 permissions at once, and 9 of them change data."_s},
         {RiskLevel::Caution, u"One permission deletes data."_s}}};
    return request;
}

/// A client that has access and wants more.
inline ui::AccessRequest moreRequest(Instant now)
{
    auto request = plainRequest(now, u"more"_s);
    request.allowedFor = {{alice().id, {u"read:todos"_s, u"profile"_s}}};
    request.allowedBefore = now - 24h * 16;
    request.matchingCode = u"R4TW"_s;
    return request;
}

} // namespace gatehouse::tests
