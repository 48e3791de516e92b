// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <mcp/outlet.h>
#include <mcp/tool.h>

#include <QHash>
#include <QObject>

#include <functional>
#include <memory>
#include <variant>

namespace gatehouse::mcp {

/// How one call came to its end; InputRequired only where the client starts the next round itself.
using CallOutcome = std::variant<CallResult, NoAnswer>;

/// The calls of one session (or of one grant's requests without sessions) that have not ended, and
/// what they asked the client. Whatever happens, each call's `done` is called exactly once.
class RunningCalls : public QObject {
    Q_OBJECT

public:
    using Done = std::function<void(const CallOutcome &)>;

    /// What one call is and where its messages go.
    struct Start {
        Run run;
        oauth::Access access;
        QJsonObject arguments;
        CallRound round;
        Revision revision;
        std::optional<LogLevel> logLevel; ///< nothing: no log messages at all
        std::shared_ptr<Outlet> outlet;
    };

    /// Our own requests are numbered from `firstQuestion` on.
    explicit RunningCalls(Clock &clock, qint64 firstQuestion = 0)
        : m_clock(clock), m_lastQuestion(firstQuestion)
    {
    }

    [[nodiscard]] bool contains(const RpcId &id) const { return m_calls.contains(id); }
    [[nodiscard]] qsizetype count() const { return m_calls.size(); }

    /// Runs the call; `id` must not be running. `done` may be called before this returns.
    void start(const RpcId &id, Start start, Done done);
    /// Does nothing for a call that has ended: cancelling and answering may cross on the way.
    void cancel(const RpcId &id);
    /// The client's answer to a request of ours; nothing happens unless that one waits.
    void answer(const RpcResponse &response);
    /// Abandons every call, each with this outcome.
    void endAll(const CallOutcome &outcome);

    /// How long a client may take to answer: the person has to read, and perhaps to sign in.
    static constexpr auto kPatience = std::chrono::minutes(10);

private:
    struct Running {
        std::shared_ptr<Call> call;
        Start start;
        Done done;
        QHash<RpcId, QString> questions; ///< requests of ours without an answer, with their keys
        QJsonObject inputs; ///< the answers that have come
        quint64 round = 0;
    };

    void beginRound(const RpcId &id);
    void nextRound(const RpcId &id);
    void onFinished(const RpcId &id, const CallResult &result);
    void ask(const RpcId &id, const InputRequired &needed);
    void progress(const RpcId &id, double done, std::optional<double> total,
                  const QString &message);
    void log(const RpcId &id, LogLevel level, const QJsonValue &data);
    void releaseConnection(const RpcId &id);
    static void withdraw(const Running &running);
    void end(const RpcId &id, const CallOutcome &outcome);

    Clock &m_clock;
    QHash<RpcId, std::shared_ptr<Running>> m_calls;
    qint64 m_lastQuestion;
};

} // namespace gatehouse::mcp
