// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/platform/peer.h>
#include <base/platform/process_lookup.h>

#include <QHash>
#include <QPointer>

#include <vector>

namespace gatehouse::tests {

/// Listeners and a registering program as a test sets them. Answers at once, or while `isHeld` when
/// answerAll() is called.
class FakeProcessLookup final : public platform::ProcessLookup {
public:
    void listenerOn(quint16 port, QObject *context, ListenerKnown then) override
    {
        answer(context, [this, port, then = std::move(then)] {
            const auto found = listeners.constFind(port);
            then(found == listeners.constEnd() ? std::nullopt : std::optional(*found));
        });
    }
    void processOf(const platform::ConnectionEnds &ends, QObject *context,
                   ProcessKnown then) override
    {
        lastEnds = ends;
        answer(context, [this, then = std::move(then)] { then(caller); });
    }

    void listen(quint16 port, const QString &name, qint64 pid = 4711)
    {
        listeners.insert(port, {platform::currentUser(), platform::ProcessInfo{pid, name, {}, {}}});
    }
    void listenAsAnother(quint16 port)
    {
        listeners.insert(port, {platform::currentUser() + 1, std::nullopt});
    }
    void answerAll()
    {
        for (const auto &[context, work] : std::exchange(m_waiting, {})) {
            if (context)
                work();
        }
    }

    QHash<quint16, platform::Listener> listeners;
    std::optional<platform::ProcessInfo> caller;
    platform::ConnectionEnds lastEnds;
    bool isHeld = false;

private:
    void answer(QObject *context, std::function<void()> work)
    {
        if (!isHeld)
            return work();
        m_waiting.emplace_back(context, std::move(work));
    }

    std::vector<std::pair<QPointer<QObject>, std::function<void()>>> m_waiting;
};

} // namespace gatehouse::tests
