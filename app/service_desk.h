// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <app/service_thread.h>
#include <base/thread_question.h>

namespace gatehouse::app {

/// The desk of a service on its own thread. Lives on the main thread; the service ends with it.
class ServiceDesk final : public ui::Desk {
    Q_OBJECT

public:
    explicit ServiceDesk(ServeCommand command, std::unique_ptr<DataDirectory> directory = {});

    void start() { m_thread.start(); }
    /// See ServiceThread::finish(); `then` is called here.
    void finish(const std::function<void()> &then);
    /// See ServiceThread::stop().
    void stop() { m_thread.stop(); }

    [[nodiscard]] Clock &clock() override { return m_clock; }
    void answer(const InteractionId &request, const ui::AccessAnswer &answer, QObject *context,
                Done then) override;
    void revoke(const GrantId &grant, QObject *context, Done then) override;
    void revokeAll(QObject *context, Done then) override;
    void unblock(const QString &target, QObject *context, Done then) override;
    void pause(std::optional<std::chrono::milliseconds> duration, QObject *context,
               Done then) override;
    void resume(QObject *context, Done then) override;
    void beginSignIn(QObject *context, Callback<QUrl> then) override;
    void signOut(const AccountId &account, QObject *context,
                 Callback<oidc::SignOutReport> then) override;
    void setClientSecret(const Secret &secret, QObject *context, Done then) override;
    void restart() override;

private:
    [[nodiscard]] TrayService::Front front();
    /// Calls `command` on the service's thread, unless no service runs.
    template <typename T>
    void ask(ThreadQuestions<T> &questions, QObject *context, Callback<T> then,
             std::function<void(ui::DeskWorker &, Callback<T>)> command);

    SystemClock m_clock;
    ThreadQuestions<std::monostate> m_commands{*this};
    ThreadQuestions<QUrl> m_pages{*this};
    ThreadQuestions<oidc::SignOutReport> m_signOuts{*this};
    ServiceThread m_thread;
};

} // namespace gatehouse::app
