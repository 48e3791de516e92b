// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <service/configuration.h>
#include <service/pause.h>
#include <service/request_judge.h>

#include <base/clock.h>
#include <base/result.h>
#include <base/secret.h>
#include <store/records.h>

#include <QObject>
#include <QSet>
#include <QUrl>

#include <functional>
#include <memory>

namespace gatehouse {

class RandomSource;

namespace apis {
class ScopeWords;
struct ImportedApi;
} // namespace apis
namespace approval {
class ApprovalService;
struct Decision;
} // namespace approval
namespace mcp {
class Features;
}
namespace oauth {
class Grants;
class PersonalTokens;
struct Access;
} // namespace oauth
namespace oidc {
class AccountTokens;
struct SignOutReport;
} // namespace oidc
namespace secrets {
class SecretStore;
}
namespace store {
class Database;
}

/// Adds tools, resources and prompts to those of Gatehouse. Called once, before it serves; what it
/// is given lives as long as the service. For tests.
using AddFeatures = std::function<void(mcp::Features &)>;

/// The running product without a window: every module, put together on one port. Made by the
/// composition root, lives on the thread that made it; windows and the control socket observe it.
class Gatehouse : public QObject {
    Q_OBJECT

public:
    struct Deps {
        Clock &clock;
        RandomSource &random;
        store::Database &database;
        secrets::SecretStore &secretStore;
    };
    struct Options {
        Configuration configuration;
        QString dataDirectory;
        quint16 port = 0; ///< the one to serve on; differs from the configured one for one run
        QString notice; ///< at the top of every page
        bool hasWindows = false; ///< pages send the person to a window, not to the terminal
        /// What the verbs need to find this instance, for example " --demo"; stands in advice.
        QString verbOptions = {};
        Secret clientSecret = {}; ///< in place of the stored one for one run
        AddFeatures addFeatures = {};
    };
    Gatehouse(const Deps &deps, Options options);
    ~Gatehouse() override;

    /// Reads the client secret, the instance key and the accounts' state, imports the APIs, serves.
    /// Answers once, with the first thing that is wrong.
    void start(QObject *context, Callback<std::monostate> then);
    /// Closes the port, ends streams, and lets calls that are running answer for a few seconds;
    /// then calls `then`. Nothing is cut off that could still be finished.
    void finish(QObject *context, const std::function<void()> &then);
    /// Ends streams and closes the port.
    void stop();

    [[nodiscard]] quint16 port() const;
    [[nodiscard]] approval::ApprovalService &approvals();
    [[nodiscard]] oauth::Grants &grants();
    [[nodiscard]] oauth::PersonalTokens &personalTokens();
    [[nodiscard]] oidc::AccountTokens &accountTokens();
    [[nodiscard]] Result<QList<store::Account>> accounts() const;
    /// Clients that hold a grant or are pre-registered.
    [[nodiscard]] Result<QList<store::Client>> clients() const;
    [[nodiscard]] Result<std::optional<store::Client>> client(const ClientId &id) const;
    /// What was revoked or has expired in the last seven days, the newest first, at most 200.
    [[nodiscard]] Result<QList<store::Grant>> endedGrants() const;
    /// Grants with an open stream or a running call, or used within the last minute.
    [[nodiscard]] Result<QSet<GrantId>> connectedGrants() const;
    [[nodiscard]] Result<QList<store::Activity>> activity(int count) const;
    /// For an approval window; reads the history of grants, so it is not for the request path.
    [[nodiscard]] Result<RequestBackground> background(const store::Interaction &request) const;
    /// What scopes mean. Filled when start() has answered.
    [[nodiscard]] const apis::ScopeWords &scopeWords() const;
    /// The page that signs the person in without any client; valid once, for ten minutes.
    [[nodiscard]] QUrl beginSignIn();
    /// Forgets the account's tokens, in memory and in the secret store, and has the tenant revoke
    /// them. Grants stay, but their calls fail until the account signs in again.
    void signOut(const AccountId &account, QObject *context, Callback<oidc::SignOutReport> then);

    /// Authenticates at the tenant with this secret from now on (RFC 6749 §2.3.1), or with none,
    /// and keeps it in the secret store. Only while it serves. On an error nothing has changed.
    void setClientSecret(const std::optional<Secret> &secret, QObject *context,
                         Callback<std::monostate> then);

    /// Whether the tenant has refused this application's credentials the last time: it wants a
    /// secret, or another one.
    [[nodiscard]] bool isClientRefused() const;

    /// Tool calls answer an error that says so; clients keep their access. Survives a restart.
    [[nodiscard]] Result<std::monostate> pause(std::optional<std::chrono::milliseconds> duration);
    [[nodiscard]] Result<std::monostate> resume();
    [[nodiscard]] PauseState pauseState() const;

Q_SIGNALS:
    /// Something that can be read here is another than before, or may be because a minute has
    /// passed. Comes often: whoever reads waits a moment and reads once.
    void changed();

private:
    struct Parts;

    [[nodiscard]] Result<std::monostate> buildServer(const Secret &instanceKey);
    [[nodiscard]] Result<std::monostate> nameScopes(const std::vector<apis::ImportedApi> &imported);
    void serve(const Secret &clientSecret, QObject *context, Callback<std::monostate> then);
    [[nodiscard]] bool isOfThisTenant(const store::Account &account) const;
    void readClientSecret(QObject *context, Callback<Secret> then);
    void readInstanceKey(QObject *context, Callback<Secret> then);
    void waitUntilQuiet(Instant deadline, QObject *context, const std::function<void()> &then);
    void tellPaused();
    void startHousekeeping();
    void recordActivity();
    void recordAccounts();
    void recordPause();
    void announceChanges();
    [[nodiscard]] Result<std::monostate> replacePreRegistered();
    [[nodiscard]] Result<std::monostate> revokeOrphans();
    [[nodiscard]] std::optional<QJsonObject> describeCaller(const oauth::Access &access) const;

    Deps m_deps;
    Options m_options;
    std::unique_ptr<Parts> m_parts;
};

} // namespace gatehouse
