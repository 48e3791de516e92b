// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <base/result.h>
#include <store/records.h>

#include <QJsonObject>
#include <QJsonValue>

namespace gatehouse {
class Gatehouse;
}

namespace gatehouse::app {

/// The verbs of the command line, carried out in the service's process. Lives as long as it.
class Verbs {
public:
    struct Context {
        Gatehouse &gatehouse;
        Clock &clock;
        bool demo;
        bool headless;
    };
    explicit Verbs(const Context &context) : m_context(context) { }

    /// The value that --json prints, or why the verb is refused.
    [[nodiscard]] Result<QJsonValue> run(const QString &verb, const QJsonObject &arguments);

private:
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
    [[nodiscard]] QJsonObject accountJson(const store::Account &account) const;

    Context m_context;
};

} // namespace gatehouse::app
