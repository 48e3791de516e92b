// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ui/desk_state.h>

#include <QApplication>
#include <QLocale>
#include <QPalette>

/// States of a desk as a person meets them, and the palettes they are looked at in.
namespace gatehouse::tests {

using namespace Qt::StringLiterals;

inline ui::AccountLine alice()
{
    return {AccountId(u"alice"_s), u"Alice Martin"_s, u"alice@example.com"_s,
            u"https://example.eu.auth0.com/"_s, true};
}

inline ui::AccountLine bob()
{
    return {AccountId(u"bob"_s), u"Bob Bishop"_s, u"bob@example.com"_s,
            u"https://example.eu.auth0.com/"_s, true};
}

inline ui::AccountLine signedOut(ui::AccountLine account)
{
    account.signedIn = false;
    return account;
}

inline QList<ui::ScopeLine> todoScopes()
{
    return {{u"read:todos"_s, u"Read your todos"_s, u"Todos API"_s, ui::ScopeEffect::Reads},
            {u"write:todos"_s, u"Add, change and delete your todos"_s, u"Todos API"_s,
             ui::ScopeEffect::Changes}};
}

inline ui::ClientLine sampleClient(const QString &id, const QString &name, ui::ClientState state,
                                   Instant now)
{
    ui::ClientLine client;
    client.grant = GrantId(id);
    client.client = ClientId(u"c5b0e7d4-2f64-4f0e-9d0c-"_s + id);
    client.clientName = name;
    client.redirectUri = u"http://localhost:51234/callback"_s;
    client.account = alice();
    client.scopes = todoScopes();
    client.state = state;
    client.createdAt = now - 24h * 9;
    client.expiresAt = now + 24h * 30;
    client.registrar = platform::ProcessInfo{
        4711, u"claude"_s, u"/home/alice/.local/bin/claude"_s, {u"Terminal"_s}};
    return client;
}

/// Six clients that may act for Alice and Bob.
inline ui::DeskState sampleState(Instant now)
{
    using enum ui::ClientState;
    const auto with = [](ui::ClientLine client, std::optional<std::chrono::milliseconds> used,
                         std::optional<std::chrono::milliseconds> left, Instant at) {
        client.lastUsedAt = used ? std::optional(at - *used) : std::nullopt;
        client.expiresAt = left ? std::optional(at + *left) : std::nullopt;
        return client;
    };
    ui::DeskState state;
    state.running = true;
    state.port = 8377;
    state.tenant = u"example.eu.auth0.com"_s;
    state.accounts = {alice(), bob()};
    state.clients = {
        with(sampleClient(u"g-1"_s, u"Claude Code"_s, Connected, now), 5s, 24h * 30, now),
        with(sampleClient(u"g-2"_s, u"Claude Desktop"_s, Connected, now), 4min, 24h * 12, now),
        with(sampleClient(u"g-3"_s, u"Cursor"_s, Allowed, now), 35min, 24h * 3, now),
        with(sampleClient(u"g-4"_s, u"VS Code"_s, Allowed, now), 2h, 24h * 29, now),
        with(sampleClient(u"g-5"_s, u"Cloudflare AI Playground"_s, EndsSoon, now), 24h, 3h, now),
        with(sampleClient(u"g-6"_s, u"nightly-backup"_s, Allowed, now), 10h, std::nullopt, now)};
    state.clients[4].redirectUri = u"https://playground.ai.cloudflare.com/oauth/callback"_s;
    state.clients[5].account = bob();
    state.clients[5].preRegistered = true;
    return state;
}

/// A local program that asks to read and change todos.
inline ui::AccessRequest sampleRequest(const QString &id, const QString &name, Instant now)
{
    ui::AccessRequest request;
    request.id = InteractionId(id);
    request.client = ClientId(u"client-"_s + id);
    request.clientName = name;
    request.redirectUri = u"http://localhost:51234/callback"_s;
    request.target = u"localhost:51234"_s;
    request.scopes = todoScopes();
    request.matchingCode = u"K7QM"_s;
    request.createdAt = now;
    request.expiresAt = now + 8min;
    return request;
}

inline QPalette darkPalette()
{
    QPalette palette;
    const QColor window(0x2b, 0x2c, 0x30);
    const QColor text(0xf0, 0xf0, 0xf2);
    palette.setColor(QPalette::Window, window);
    palette.setColor(QPalette::Button, QColor(0x4a, 0x4c, 0x50));
    palette.setColor(QPalette::Base, QColor(0x1e, 0x1f, 0x22));
    palette.setColor(QPalette::AlternateBase, window);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText,
                            QPalette::ToolTipText, QPalette::BrightText})
        palette.setColor(role, text);
    palette.setColor(QPalette::PlaceholderText, QColor(0xb0, 0xb0, 0xb4));
    palette.setColor(QPalette::ToolTipBase, window);
    palette.setColor(QPalette::Highlight, QColor(0x2a, 0x6e, 0xbb));
    palette.setColor(QPalette::HighlightedText, Qt::white);
    palette.setColor(QPalette::Disabled, QPalette::WindowText, QColor(0x90, 0x90, 0x94));
    palette.setColor(QPalette::Disabled, QPalette::Text, QColor(0x90, 0x90, 0x94));
    palette.setColor(QPalette::Disabled, QPalette::ButtonText, QColor(0x90, 0x90, 0x94));
    return palette;
}

inline QPalette lightPalette()
{
    QPalette palette;
    const QColor text(0x1b, 0x1d, 0x21);
    palette.setColor(QPalette::Window, QColor(0xf1, 0xf2, 0xf4));
    palette.setColor(QPalette::Button, QColor(0xf6, 0xf7, 0xf8));
    palette.setColor(QPalette::Base, Qt::white);
    for (const auto role :
         {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::ToolTipText})
        palette.setColor(role, text);
    palette.setColor(QPalette::PlaceholderText, QColor(0x6a, 0x6c, 0x70));
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        palette.setColor(QPalette::Disabled, role, QColor(0x9c, 0x9e, 0xa2));
    palette.setColor(QPalette::Highlight, QColor(0x2a, 0x6c, 0xb5));
    palette.setColor(QPalette::HighlightedText, Qt::white);
    return palette;
}

} // namespace gatehouse::tests
