// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <app/instance.h>
#include <ui/desk_worker.h>

namespace gatehouse::app {

/// The service behind windows: an instance, what describes it for them, and its further starts when
/// the first one failed. Made and destroyed on the main thread, used on the service's.
class TrayService : public QObject {
    Q_OBJECT

public:
    /// Where the main thread hears of it.
    struct Front {
        QObject &context; ///< lives on the main thread, longer than this is used
        std::function<void(const ui::DeskState &)> show; ///< called there
        WindowOpener openWindow; ///< called there
    };
    TrayService(ServeCommand command, std::unique_ptr<DataDirectory> directory, Front front);

    /// Shows that the service runs, or why not. Does nothing while it runs or is starting.
    void start();
    /// Ends streams and frees the port, finishes what is running, for a few seconds at most; then
    /// calls `then`.
    void finish(const std::function<void()> &then);
    /// For good. Nothing of the service's thread is left.
    void stop();

    /// Of the running Gatehouse; absent while there is none.
    [[nodiscard]] ui::DeskWorker *worker() const { return m_worker.get(); }

private:
    void makeInstance();
    void onStarted(const Result<std::monostate> &started);
    void show(const ui::DeskState &state) const;
    [[nodiscard]] ui::DeskState stateOfInstance() const;

    ServeCommand m_command;
    std::unique_ptr<DataDirectory> m_directory; ///< until the instance takes it over
    Front m_front;
    bool m_starting = false;
    std::unique_ptr<Instance> m_instance;
    std::unique_ptr<ui::DeskWorker> m_worker;
};

} // namespace gatehouse::app
