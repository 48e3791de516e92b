// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <app/verb_result.h>
#include <base/clock.h>
#include <store/records.h>

#include <functional>

namespace gatehouse {
class Gatehouse;
}
namespace gatehouse::oauth {
struct TokenWish;
}

namespace gatehouse::app {

/// Shows the window of this request, or the main window when it is empty. Called on the service's
/// thread; empty where there are no windows.
using WindowOpener = std::function<void(const InteractionId &)>;

/// A second start says this to the first one. It is not for people.
constexpr QLatin1String kShowVerb("show");
[[nodiscard]] VerbResult showWindow(const WindowOpener &openWindow, const QString &verbOptions);

/// The verbs of the command line, carried out in the service's process. Lives as long as it.
class Verbs {
public:
    struct Context {
        Gatehouse &gatehouse;
        Clock &clock;
        bool demo;
        WindowOpener openWindow;
        QString verbOptions = {}; ///< for advice to use another verb
        QString secretStore = {}; ///< its name, for messages
    };
    explicit Verbs(const Context &context) : m_context(context) { }

    /// Answers with the value that --json prints, or why the verb is refused. Where there are
    /// windows, a verb that widens access opens one instead: the client that asks may run commands
    /// as this person.
    void run(const VerbCall &call, const VerbAnswer &answer);
    /// As run(), for the verbs that can answer at once: all but `token` and `tenant`.
    [[nodiscard]] VerbResult runNow(const QString &verb, const QJsonObject &arguments);

private:
    void changeClientSecret(const VerbCall &call, const VerbAnswer &answer);
    void createToken(const VerbCall &call, const VerbAnswer &answer);
    void askForToken(const oauth::TokenWish &wish, const VerbCall &call, const VerbAnswer &answer);
    [[nodiscard]] bool endsPauseSooner(const QString &verb, const QJsonObject &arguments) const;
    /// Opens the window of a request, or the main one; why the verb did nothing else.
    [[nodiscard]] VerbResult openInstead(const InteractionId &request) const;

    [[nodiscard]] Result<QJsonValue> status(const QJsonObject &);
    [[nodiscard]] Result<QJsonValue> approvals(const QJsonObject &);
    [[nodiscard]] Result<QJsonValue> clients(const QJsonObject &);
    [[nodiscard]] Result<QJsonValue> activity(const QJsonObject &);
    [[nodiscard]] Result<QJsonValue> approve(const QJsonObject &arguments);
    [[nodiscard]] Result<QJsonValue> deny(const QJsonObject &arguments);
    [[nodiscard]] Result<QJsonValue> revoke(const QJsonObject &arguments);
    [[nodiscard]] Result<QJsonValue> pause(const QJsonObject &arguments);
    [[nodiscard]] Result<QJsonValue> resume(const QJsonObject &);
    [[nodiscard]] Result<QJsonValue> signIn(const QJsonObject &);

    [[nodiscard]] Result<QJsonValue> decide(const QJsonObject &arguments, bool allow);
    [[nodiscard]] Result<QJsonArray> clientList() const;
    [[nodiscard]] AccountId accountNamed(const QString &name) const;
    [[nodiscard]] QJsonObject accountJson(const store::Account &account) const;

    Context m_context;
};

} // namespace gatehouse::app
