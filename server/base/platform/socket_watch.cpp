// SPDX-License-Identifier: GPL-3.0-or-later
#include <base/platform/socket_watch.h>

#include <array>
#include <span>

#include <sys/epoll.h>

namespace gatehouse::platform {

namespace {

/// What one turn of the event loop looks at; the rest is ready at the next one, too.
constexpr int kMostAtOnce = 256;

epoll_event eventOf(qintptr descriptor, uint32_t events)
{
    epoll_event event{};
    event.events = events;
    event.data.fd = int(descriptor);
    return event;
}

} // namespace

SocketWatch::SocketWatch(OnReady onReady)
    : m_onReady(std::move(onReady)), m_poll(::epoll_create1(EPOLL_CLOEXEC))
{
    if (!m_poll.isOpen())
        return;
    m_notifier = std::make_unique<QSocketNotifier>(m_poll.get(), QSocketNotifier::Read);
    QObject::connect(m_notifier.get(), &QSocketNotifier::activated, m_notifier.get(),
                     [this] { tellReady(); });
}

bool SocketWatch::add(qintptr descriptor)
{
    auto event = eventOf(descriptor, EPOLLIN);
    return ::epoll_ctl(int(m_poll.get()), EPOLL_CTL_ADD, int(descriptor), &event) == 0;
}

void SocketWatch::watchWriting(qintptr descriptor, bool isWatched)
{
    auto event = eventOf(descriptor, isWatched ? EPOLLIN | EPOLLOUT : EPOLLIN);
    ::epoll_ctl(int(m_poll.get()), EPOLL_CTL_MOD, int(descriptor), &event);
}

void SocketWatch::remove(qintptr descriptor)
{
    ::epoll_ctl(int(m_poll.get()), EPOLL_CTL_DEL, int(descriptor), nullptr);
}

void SocketWatch::tellReady()
{
    std::array<epoll_event, kMostAtOnce> events{};
    const int count = ::epoll_wait(int(m_poll.get()), events.data(), kMostAtOnce, 0);
    for (const auto &event : std::span(events).first(size_t(std::max(count, 0)))) {
        // A connection that is over (EPOLLHUP, EPOLLERR) is found out by reading.
        m_onReady(event.data.fd,
                  {(event.events & ~uint32_t(EPOLLOUT)) != 0, (event.events & EPOLLOUT) != 0});
    }
}

} // namespace gatehouse::platform
