// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <app/tray_service.h>

#include <QThread>

namespace gatehouse::app {

/// The service on a thread of its own. Lives on the main thread; every command goes there through
/// callOn(&service(), …).
class ServiceThread {
public:
    ServiceThread(ServeCommand command, std::unique_ptr<DataDirectory> directory,
                  TrayService::Front front);
    ~ServiceThread();
    ServiceThread(const ServiceThread &) = delete;
    ServiceThread &operator=(const ServiceThread &) = delete;

    void start();
    /// Ends streams and frees the port, finishes what is running, for a few seconds at most; then
    /// calls `then` on the service's thread. The main thread goes on: the keychain needs it.
    void finish(std::function<void()> then);
    /// The same for good, and waits for it. A service that does not end within 4.5 s ends the
    /// process.
    void stop();

    [[nodiscard]] TrayService &service() { return m_service; }

private:
    TrayService m_service;
    QThread m_thread;
};

} // namespace gatehouse::app
