// SPDX-License-Identifier: GPL-3.0-or-later
#include <apis/api_caller.h>

#include <apis/operation_tool.h>
#include <base/text.h>

namespace gatehouse::apis {

using namespace Qt::StringLiterals;

ApiCaller::ApiCaller(const ImportedApi &api, oidc::AccountTokens &tokens, Clock &clock,
                     const SignInHelp &signIn)
    : m_baseUrl(api.config.baseUrl),
      m_context{shownText(api.title), api.config.audience, signIn, tokens, clock, {}},
      m_limiter(clock, {.perCaller = kMostCallsPerMinute})
{
}

ApiCaller::~ApiCaller()
{
    // Exchanges use the context, so they go before it.
    qDeleteAll(findChildren<ApiExchange *>(Qt::FindDirectChildrenOnly));
}

void ApiCaller::call(const Operation &operation, const std::shared_ptr<mcp::Call> &call)
{
    auto request = buildRequest(operation, m_baseUrl, call->arguments);
    if (!request)
        return call->finish(mcp::ToolResult::error(request.error()));
    if (const auto wait = m_limiter.admit(call->access.grant.value.toUtf8(), false)) {
        return call->finish(mcp::ToolResult::error(
            u"The call was not made: of one client %1 calls a minute reach the %2. Try again in "
            "%3 s."_s.arg(kMostCallsPerMinute)
                .arg(m_context.title)
                .arg(wait->count())));
    }
    auto *const exchange = new ApiExchange(m_context, std::move(*request), call, this);
    exchange->start();
}

Result<std::unique_ptr<ApiCaller>> makeApiTools(mcp::ToolRegistry &registry, const ImportedApi &api,
                                                oidc::AccountTokens &tokens, Clock &clock,
                                                const SignInHelp &signIn)
{
    auto caller = std::make_unique<ApiCaller>(api, tokens, clock, signIn);
    for (const auto &operation : api.operations) {
        auto tool = toolOf(operation);
        tool.run = [calls = caller.get(), operation](const std::shared_ptr<mcp::Call> &call) {
            calls->call(operation, call);
        };
        if (const auto added = addTool(registry, std::move(tool), api.title); !added)
            return fail(added.error());
    }
    return caller;
}

} // namespace gatehouse::apis
