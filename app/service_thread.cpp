// SPDX-License-Identifier: GPL-3.0-or-later
#include <app/service_thread.h>

#include <base/crypto.h>
#include <base/logging.h>
#include <base/thread_call.h>

#include <QCoreApplication>

#include <cstdlib>
#include <future>

namespace gatehouse::app {

using namespace Qt::StringLiterals;

namespace {

/// A termination signal ends the process within 5 s.
constexpr auto kPatience = 4500ms;

} // namespace

ServiceThread::ServiceThread(ServeCommand command, std::unique_ptr<DataDirectory> directory,
                             TrayService::Front front)
    : m_service(std::move(command), std::move(directory), std::move(front))
{
    m_thread.setObjectName(u"service"_s);
    m_service.moveToThread(&m_thread);
    QObject::connect(
        &m_thread, &QThread::finished, &m_thread,
        [] {
            QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
            releaseThreadState();
        },
        Qt::DirectConnection);
}

ServiceThread::~ServiceThread()
{
    stop();
}

void ServiceThread::start()
{
    m_thread.start();
    callOn(&m_service, [this] { m_service.start(); });
}

void ServiceThread::finish(std::function<void()> then)
{
    if (!m_thread.isRunning())
        return then();
    callOn(&m_service, [this, then = std::move(then)] { m_service.finish(then); });
}

void ServiceThread::stop()
{
    if (!m_thread.isRunning())
        return;
    const auto ended = std::make_shared<std::promise<void>>();
    callOn(&m_service, [this, ended] {
        m_service.finish([this, ended] {
            m_service.stop();
            ended->set_value();
        });
    });
    if (ended->get_future().wait_for(kPatience) == std::future_status::timeout) {
        qCCritical(lcApp) << "the service did not end in time";
        std::_Exit(EXIT_FAILURE);
    }
    m_thread.quit();
    m_thread.wait();
}

} // namespace gatehouse::app
