// SPDX-License-Identifier: GPL-3.0-or-later
#include <app/service_desk.h>

#include <base/thread_call.h>

namespace gatehouse::app {

using namespace Qt::StringLiterals;

ServiceDesk::ServiceDesk(ServeCommand command, std::unique_ptr<DataDirectory> directory)
    : m_thread(std::move(command), std::move(directory), front())
{
}

TrayService::Front ServiceDesk::front()
{
    return {*this, [this](const ui::DeskState &state) { setState(state); },
            [this](const InteractionId &request) { Q_EMIT windowWanted(request); }};
}

void ServiceDesk::finish(const std::function<void()> &then)
{
    m_thread.finish([this, then] { callOn(this, then); });
}

template <typename T>
void ServiceDesk::ask(ThreadQuestions<T> &questions, QObject *context, Callback<T> then,
                      std::function<void(ui::DeskWorker &, Callback<T>)> command)
{
    auto *service = &m_thread.service();
    questions.ask(*service, context, std::move(then),
                  [service, command = std::move(command)](const Callback<T> &answer) {
                      if (auto *worker = service->worker())
                          command(*worker, answer);
                      else
                          answer(fail(Error{u"Gatehouse is not running."_s}));
                  });
}

void ServiceDesk::answer(const InteractionId &request, const ui::AccessAnswer &answer,
                         QObject *context, Done then)
{
    ask<std::monostate>(m_commands, context, std::move(then),
                        [request, answer](ui::DeskWorker &worker, const Done &done) {
                            done(worker.answer(request, answer));
                        });
}

void ServiceDesk::revoke(const GrantId &grant, QObject *context, Done then)
{
    ask<std::monostate>(
        m_commands, context, std::move(then),
        [grant](ui::DeskWorker &worker, const Done &done) { done(worker.revoke(grant)); });
}

void ServiceDesk::revokeAll(QObject *context, Done then)
{
    ask<std::monostate>(m_commands, context, std::move(then),
                        [](ui::DeskWorker &worker, const Done &done) { done(worker.revokeAll()); });
}

void ServiceDesk::unblock(const QString &target, QObject *context, Done then)
{
    ask<std::monostate>(
        m_commands, context, std::move(then),
        [target](ui::DeskWorker &worker, const Done &done) { done(worker.unblock(target)); });
}

void ServiceDesk::pause(std::optional<std::chrono::milliseconds> duration, QObject *context,
                        Done then)
{
    ask<std::monostate>(
        m_commands, context, std::move(then),
        [duration](ui::DeskWorker &worker, const Done &done) { done(worker.pause(duration)); });
}

void ServiceDesk::resume(QObject *context, Done then)
{
    ask<std::monostate>(m_commands, context, std::move(then),
                        [](ui::DeskWorker &worker, const Done &done) { done(worker.resume()); });
}

void ServiceDesk::beginSignIn(QObject *context, Callback<QUrl> then)
{
    ask<QUrl>(
        m_pages, context, std::move(then),
        [](ui::DeskWorker &worker, const Callback<QUrl> &done) { done(worker.beginSignIn()); });
}

void ServiceDesk::signOut(const AccountId &account, QObject *context,
                          Callback<oidc::SignOutReport> then)
{
    ask<oidc::SignOutReport>(
        m_signOuts, context, std::move(then),
        [account](ui::DeskWorker &worker, const auto &done) { worker.signOut(account, done); });
}

void ServiceDesk::setClientSecret(const Secret &secret, QObject *context, Done then)
{
    ask<std::monostate>(m_commands, context, std::move(then),
                        [secret](ui::DeskWorker &worker, const Done &done) {
                            worker.setClientSecret(secret, done);
                        });
}

void ServiceDesk::restart()
{
    callOn(&m_thread.service(), [service = &m_thread.service()] { service->start(); });
}

} // namespace gatehouse::app
