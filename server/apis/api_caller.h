// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <apis/api_exchange.h>
#include <apis/operation.h>
#include <base/rate_limiter.h>

#include <QObject>

namespace gatehouse::apis {

/// Calls the operations of one API as the person, with their token. Constructed by the composition
/// root for each configured API, lives as long as the service and longer than the tools it runs.
class ApiCaller : public QObject {
    Q_OBJECT

public:
    ApiCaller(const ImportedApi &api, oidc::AccountTokens &tokens, Clock &clock,
              const SignInHelp &signIn);
    ~ApiCaller() override;

    /// Ends `call` later, exactly once, unless it is abandoned. Of one grant kMostCallsPerMinute
    /// reach the API on average, and as many at once, so that a model that runs wild does not (MCP
    /// tools §Security Considerations: rate limit tool invocations).
    void call(const Operation &operation, const std::shared_ptr<mcp::Call> &call);

    static constexpr int kMostCallsPerMinute = 1200;

private:
    QUrl m_baseUrl;
    ApiContext m_context;
    RateLimiter m_limiter;
};

/// Adds a tool for every operation of `api`. An error names the tool that exists already.
[[nodiscard]] Result<std::unique_ptr<ApiCaller>>
makeApiTools(mcp::ToolRegistry &registry, const ImportedApi &api, oidc::AccountTokens &tokens,
             Clock &clock, const SignInHelp &signIn);

} // namespace gatehouse::apis
