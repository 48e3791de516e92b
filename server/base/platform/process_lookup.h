// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/platform/process_info.h>
#include <base/thread_question.h>

#include <QObject>
#include <QThread>

#include <functional>
#include <memory>

namespace gatehouse::platform {

/// Tells which program is at the other end, without keeping the caller's thread. Outlives its
/// users; answers on the thread that asked, unless `context` is gone by then.
class ProcessLookup {
public:
    using ListenerKnown = std::function<void(const std::optional<Listener> &)>;
    using ProcessKnown = std::function<void(const std::optional<ProcessInfo> &)>;

    virtual ~ProcessLookup() = default;
    /// See listenerOn().
    virtual void listenerOn(quint16 port, QObject *context, ListenerKnown then) = 0;
    /// See processOfLoopbackPeer(). The connection must stay open until then. Nothing, and at once,
    /// when too many wait for such an answer: it is only told to the person, who sees "unknown".
    virtual void processOf(const ConnectionEnds &ends, QObject *context, ProcessKnown then) = 0;
};

/// Asks the system, one question at a time, on a thread of its own.
class SystemProcessLookup final : public QObject, public ProcessLookup {
    Q_OBJECT

public:
    SystemProcessLookup();
    /// Waits for the question that is being answered.
    ~SystemProcessLookup() override;

    void listenerOn(quint16 port, QObject *context, ListenerKnown then) override;
    void processOf(const ConnectionEnds &ends, QObject *context, ProcessKnown then) override;

    /// How many registrations wait for their process at most.
    static constexpr int kMostWaiting = 8;

private:
    QThread m_thread;
    std::unique_ptr<QObject> m_worker; ///< lives on m_thread
    ThreadQuestions<std::optional<Listener>> m_listeners{*this};
    ThreadQuestions<std::optional<ProcessInfo>> m_processes{*this};
    int m_waitingForProcesses = 0;
};

} // namespace gatehouse::platform
