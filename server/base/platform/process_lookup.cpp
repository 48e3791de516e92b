// SPDX-License-Identifier: GPL-3.0-or-later
#include <base/platform/process_lookup.h>

#include <QPointer>

namespace gatehouse::platform {

SystemProcessLookup::SystemProcessLookup() : m_worker(std::make_unique<QObject>())
{
    m_thread.setObjectName(QStringLiteral("processes"));
    m_worker->moveToThread(&m_thread);
    m_thread.start();
}

SystemProcessLookup::~SystemProcessLookup()
{
    m_thread.quit();
    m_thread.wait();
}

void SystemProcessLookup::listenerOn(quint16 port, QObject *context, ListenerKnown then)
{
    m_listeners.ask(
        *m_worker, context, [then = std::move(then)](const auto &listener) { then(*listener); },
        [port](const auto &answer) { answer(platform::listenerOn(port)); });
}

void SystemProcessLookup::processOf(const ConnectionEnds &ends, QObject *context, ProcessKnown then)
{
    if (m_waitingForProcesses == kMostWaiting)
        return then(std::nullopt);
    ++m_waitingForProcesses;
    m_processes.ask(
        *m_worker, this,
        [this, context = QPointer(context), then = std::move(then)](const auto &process) {
            --m_waitingForProcesses;
            if (context)
                then(*process);
        },
        [ends](const auto &answer) { answer(processOfLoopbackPeer(ends)); });
}

} // namespace gatehouse::platform
