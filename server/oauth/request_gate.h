// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <http/http_message.h>
#include <oauth/rate_limiter.h>

#include <base/ids.h>

namespace gatehouse::store {
class ClientStore;
}

namespace gatehouse::oauth {

/// Says who is counted together when one endpoint limits how often it is asked: a client that the
/// person has let in by itself, unknown programs together, and unknown web pages together. A
/// client's ID is no secret: what pages of other sites ask in its name is counted apart, and leaves
/// its own requests alone. Lives as long as its endpoint.
class RequestGate {
public:
    RequestGate(Clock &clock, const store::ClientStore &clients, RateLimits limits = {})
        : m_clients(clients), m_limiter(clock, limits)
    {
    }
    /// Nothing: go on. Otherwise how long the caller should wait (RFC 6585 §4). `client` is what
    /// the request says, verified or not; empty where it says nothing.
    [[nodiscard]] std::optional<std::chrono::seconds> check(const http::HttpRequest &request,
                                                            const ClientId &client = {});

private:
    const store::ClientStore &m_clients;
    RateLimiter m_limiter;
};

} // namespace gatehouse::oauth
