// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <approval/risk.h>
#include <base/clock.h>
#include <base/error.h>
#include <base/ids.h>
#include <base/platform/process_info.h>

#include <QHash>
#include <QList>
#include <QSet>
#include <QString>

#include <optional>

/// What the windows show: values, copied from the service's thread. Text that came from outside is
/// as it came; whoever shows it uses shownText() and Qt::PlainText.
namespace gatehouse::ui {

enum class ScopeEffect { Reads, Changes, Deletes };

/// One permission.
struct ScopeLine {
    QString scope; ///< the raw name, for details only
    QString words; ///< "Read your todos"
    QString api; ///< the API's title, for grouping
    ScopeEffect effect = ScopeEffect::Changes;
};

/// An identity that has signed in at the tenant.
struct AccountLine {
    AccountId id;
    QString name;
    QString email;
    QString issuer;
    bool signedIn = false;
    bool endedByTenant = false; ///< it was signed in until the tenant said that it no longer is
};

/// Where a client wants the answer. Terminal: a personal access token, shown where it was asked
/// for.
enum class TargetKind { Loopback, Website, AppLink, Terminal };

/// An access request that waits for the person.
struct AccessRequest {
    InteractionId id;
    ClientId client;
    QString clientName;
    bool preRegistered = false; ///< named by the administrator's configuration
    QString documentHost = {}; ///< has the client's metadata document; empty when it registered
    QString redirectUri;
    TargetKind targetKind = TargetKind::Loopback;
    QString target; ///< host, on loopback with the port; the scheme of an app link with "://"
    std::optional<platform::ProcessInfo> listener = {}; ///< listens where the answer goes
    /// Registered the client, or asks for the token.
    std::optional<platform::ProcessInfo> registrar = {};
    QList<ScopeLine> scopes; ///< asked for; see forAccount()
    /// Of these, what was allowed already; filled by forAccount() alone.
    QList<ScopeLine> allowedScopes = {};
    QHash<AccountId, QStringList> allowedFor = {}; ///< what the client may do already, as whom
    std::optional<Instant> allowedBefore = {}; ///< when this client was allowed last
    std::optional<std::chrono::milliseconds> lastDuration = {}; ///< chosen then
    std::optional<AccountId> askedAccount = {}; ///< of a token; preselected
    std::optional<std::chrono::milliseconds> askedDuration = {}; ///< of a token
    approval::Risk risk = {};
    QString matchingCode;
    Instant createdAt;
    Instant expiresAt;
};

/// Something about the request speaks against it.
[[nodiscard]] bool isDanger(const AccessRequest &request);

/// The request as it concerns one account: what the client may do as it already stands apart. With
/// no account, which is with one that signs in later, everything is new.
[[nodiscard]] AccessRequest forAccount(AccessRequest request,
                                       const std::optional<AccountId> &account);

enum class ClientState { Connected, Allowed, EndsSoon, Paused, SignedOut, Ended, Revoked };

/// One client's access as one account.
struct ClientLine {
    GrantId grant;
    ClientId client;
    QString clientName;
    bool preRegistered = false;
    QString documentHost = {};
    QString redirectUri;
    AccountLine account;
    QList<ScopeLine> scopes;
    ClientState state = ClientState::Allowed;
    Instant createdAt;
    std::optional<Instant> expiresAt = {}; ///< empty: until revoked
    std::optional<Instant> lastUsedAt = {};
    std::optional<Instant> endedAt = {};
    bool isToken = false; ///< a personal access token; it has no redirect URI
    bool misused = false; ///< ended because somebody used a code or token that was used before
    std::optional<platform::ProcessInfo> registrar = {};
};

/// A redirect target whose requests are denied unseen.
struct BlockedLine {
    QString target;
    QString clientName;
    Instant since;
};

/// What is wrong with the service as a whole, shown as a banner and by the tray icon.
enum class TroubleKind { None, Port, KeychainLocked, NoKeychain, Database, Settings, Other };
struct Trouble {
    TroubleKind kind = TroubleKind::None;
    Error error = {};
};

/// Everything the windows show, at one moment.
struct DeskState {
    bool running = false; ///< false before the service has started, and when it could not
    Trouble trouble = {};
    quint16 port = 0;
    bool demo = false;
    bool secretsInMemory = false;
    bool clientRefused = false; ///< the tenant wants a client secret, or another one
    QString tenant; ///< host of the issuer
    bool paused = false;
    std::optional<Instant> pausedUntil = {};
    QList<AccountLine> accounts = {};
    QList<AccessRequest> requests = {}; ///< raised, the most urgent first
    /// Of the last state's requests, those that were cancelled in their browsers. Others that are
    /// gone have expired, or the person has answered them.
    QSet<InteractionId> withdrawn = {};
    int unraised = 0; ///< asked for, but waiting in their browsers until others are answered
    QList<ClientLine> clients = {}; ///< active ones and those that ended lately, newest first
    QList<BlockedLine> blocked = {};
};

} // namespace gatehouse::ui
