// SPDX-License-Identifier: GPL-3.0-or-later
#include <http/reply.h>

#include <base/logging.h>

#include <algorithm>

namespace gatehouse::http {

namespace {

HttpResponse filtered(HttpResponse response,
                      const std::vector<std::function<void(HttpResponse &)>> &filters)
{
    std::for_each(filters.rbegin(), filters.rend(),
                  [&response](const auto &filter) { filter(response); });
    return response;
}

} // namespace

Reply::Reply(std::unique_ptr<Channel> channel) : m_channel(std::move(channel)) { }

Reply &Reply::operator=(Reply &&other) noexcept
{
    Reply dropped(std::move(*this));
    m_channel = std::move(other.m_channel);
    m_filters = std::move(other.m_filters);
    return *this;
}

Reply::~Reply()
{
    if (m_channel) {
        qCWarning(lcHttp) << "a handler dropped a request without an answer";
        send(HttpResponse::text(500, "Something went wrong in Gatehouse. Please try again.\n"));
    }
}

void Reply::send(const HttpResponse &response)
{
    if (const auto channel = std::exchange(m_channel, nullptr))
        channel->send(filtered(response, m_filters));
}

std::unique_ptr<Stream> Reply::beginStream(const HttpResponse &head)
{
    const auto channel = std::exchange(m_channel, nullptr);
    Q_ASSERT(channel);
    return channel->beginStream(filtered(head, m_filters));
}

void Reply::whenClientLeaves(QObject *context, std::function<void()> then)
{
    if (m_channel)
        m_channel->whenClientLeaves(context, std::move(then));
}

void Reply::addFilter(std::function<void(HttpResponse &)> filter)
{
    m_filters.push_back(std::move(filter));
}

} // namespace gatehouse::http
