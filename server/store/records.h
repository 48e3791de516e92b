// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <base/ids.h>
#include <base/platform/process_info.h>

#include <QStringList>

#include <optional>

namespace gatehouse::store {

/// Where a client's record comes from. Token: a personal access token, for a program without OAuth.
enum class ClientKind { Dynamic, MetadataDocument, PreRegistered, Token };

/// "dynamic", "metadata-document", "pre-registered" or "token": as the database and the verbs say.
[[nodiscard]] QString kindWord(ClientKind kind);

struct Client {
    ClientId id;
    ClientKind kind = ClientKind::Dynamic;
    QString name; ///< as the client gave it; show it through shownText()
    QStringList redirectUris; ///< verbatim
    QString authMethod; ///< none, client_secret_post or client_secret_basic
    QByteArray secretHash; ///< SHA-256, empty for public clients
    QStringList grantTypes;
    Instant createdAt;
    std::optional<Instant> lastUsedAt;
    std::optional<platform::ProcessInfo> registeredBy = {}; ///< called /register; not verified
    QString applicationType =
        QStringLiteral("web"); ///< native or web (OpenID Connect Registration §2)
    std::optional<Instant> freshUntil =
        {}; ///< of a metadata document: until then it is not read again
};

/// Access: a client's authorization request. Token: a personal access token, asked for in a
/// terminal.
enum class InteractionKind { Access, Token };

enum class InteractionState { Pending, Allowed, Denied, Finished };

/// One authorization request that waits for the person, then for the sign-in.
struct Interaction {
    InteractionId id;
    InteractionKind kind = InteractionKind::Access;
    InteractionState state = InteractionState::Pending;
    ClientId client;
    QString clientName; ///< a snapshot: what the person saw is what they decided on
    QString redirectUri; ///< empty for a token
    QString target; ///< where the answer goes, as in RedirectTarget::key
    bool redirectUriGiven = true;
    QStringList scopes; ///< asked for
    QString resource;
    QString clientState;
    QString codeChallenge;
    QString prompt; ///< passed on to the tenant
    QString loginHint;
    QString maxAge = {}; ///< in seconds, as sent (OpenID Connect Core §3.1.2.1)
    QByteArray origin; ///< on which /authorize was called; also the issuer of the answer
    QByteArray browserHash; ///< SHA-256 of the cookie that binds it to one browser
    QString matchingCode;
    Instant createdAt;
    Instant expiresAt;
    /// When the person's own browser asked for it to be shown, whether there was room or not.
    std::optional<Instant> raiseRequestedAt = {};
    bool raised = false; ///< it is shown for approval
    /// Of an access request: a process of this user listened on the loopback redirect port when the
    /// person asked.
    bool hasOwnListener = false;
    std::optional<platform::ProcessInfo> listener = {}; ///< that process; not verified
    /// Registered the client, or asks for the token; not verified.
    std::optional<platform::ProcessInfo> registrar = {};
    std::optional<Instant> decidedAt = {};
    QStringList grantedScopes = {};
    std::optional<AccountId> account = {};
    std::optional<Instant> grantUntil = {}; ///< empty after Allowed: until revoked
};

/// A redirect target whose requests are refused without asking.
struct BlockedTarget {
    QString target; ///< as in RedirectTarget::key
    QString clientName; ///< of the request that was blocked
    Instant since;
};

struct Account {
    AccountId id;
    QString issuer;
    QString subject;
    QString name;
    QString email;
    QString picture;
    Instant signedInAt;
    QStringList scopes = {}; ///< what the newest sign-in asked the tenant for
};

/// A name under which a client got access, and the program that registered the client.
struct GrantedName {
    QString name;
    std::optional<platform::ProcessInfo> registeredBy;
};

struct Grant {
    GrantId id;
    ClientId client;
    QString clientName;
    AccountId account;
    QStringList scopes;
    QString resource;
    QString target = {}; ///< where the answer went, as in RedirectTarget::key
    Instant createdAt;
    std::optional<Instant> expiresAt = {}; ///< empty: until revoked
    std::optional<Instant> lastUsedAt = {};
    std::optional<Instant> revokedAt = {};
    QString revokedWhy = {};
};

/// What one authorization code stands for (RFC 6749 §4.1.3).
struct AuthorizationCode {
    QByteArray hash;
    GrantId grant;
    ClientId client;
    QString redirectUri;
    QString codeChallenge;
    Instant expiresAt;
    std::optional<Instant> consumedAt = {};
};

struct AccessToken {
    QByteArray hash;
    GrantId grant;
    QStringList scopes;
    Instant expiresAt;
};

struct RefreshToken {
    QByteArray hash;
    GrantId grant;
    Instant expiresAt;
    std::optional<Instant> consumedAt = {};
    QByteArray successorHash = {};
};

struct Activity {
    Instant at;
    GrantId grant;
    QString clientName;
    QString kind; ///< tool, decision, sign-in, token, refusal
    QString what;
    QString outcome;
    std::chrono::milliseconds duration{0};
};

} // namespace gatehouse::store
