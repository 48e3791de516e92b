// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/ids.h>
#include <base/rate_limiter.h>
#include <http/http_message.h>

namespace gatehouse::store {
class ClientStore;
}

namespace gatehouse::oauth {

/// Says who is counted together when one endpoint limits how often it is asked: each client by
/// itself, and in all whoever the person has not let in. Pages of other sites are counted apart,
/// with limits of their own: they can register clients, and a client's ID is no secret, so that
/// nothing they ask in anybody's name takes a program's turn. Lives as long as its endpoint.
class RequestGate {
public:
    RequestGate(Clock &clock, const store::ClientStore &clients, RateLimits limits = {})
        : m_clients(clients), m_programs(clock, limits), m_pages(clock, limits)
    {
    }
    /// Nothing: go on. Otherwise how long the caller should wait (RFC 6585 §4). `client` is what
    /// the request says, verified or not; empty where it says nothing.
    [[nodiscard]] std::optional<std::chrono::seconds> check(const http::HttpRequest &request,
                                                            const ClientId &client = {});

private:
    const store::ClientStore &m_clients;
    RateLimiter m_programs;
    RateLimiter m_pages;
};

} // namespace gatehouse::oauth
