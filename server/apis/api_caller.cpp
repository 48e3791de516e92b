// SPDX-License-Identifier: GPL-3.0-or-later
#include <apis/api_caller.h>

#include <apis/operation_tool.h>
#include <base/text.h>

namespace gatehouse::apis {

using namespace Qt::StringLiterals;

ApiCaller::ApiCaller(const ImportedApi &api, oidc::AccountTokens &tokens, Clock &clock,
                     const QString &howToSignIn)
    : m_baseUrl(api.config.baseUrl),
      m_context{shownText(api.title), api.config.audience, howToSignIn, tokens, clock, {}}
{
}

ApiCaller::~ApiCaller()
{
    // Exchanges use the context, so they go before it.
    qDeleteAll(findChildren<ApiExchange *>(Qt::FindDirectChildrenOnly));
}

void ApiCaller::call(const Operation &operation, const std::shared_ptr<mcp::ToolCall> &call)
{
    auto request = buildRequest(operation, m_baseUrl, call->arguments);
    if (!request)
        return call->finish(mcp::ToolResult::error(request.error()));
    auto *const exchange = new ApiExchange(m_context, std::move(*request), call, this);
    exchange->start();
}

Result<std::unique_ptr<ApiCaller>> makeApiTools(mcp::ToolRegistry &registry, const ImportedApi &api,
                                                oidc::AccountTokens &tokens, Clock &clock,
                                                const QString &howToSignIn)
{
    auto caller = std::make_unique<ApiCaller>(api, tokens, clock, howToSignIn);
    for (const auto &operation : api.operations) {
        auto tool = toolOf(operation);
        tool.run = [calls = caller.get(), operation](const std::shared_ptr<mcp::ToolCall> &call) {
            calls->call(operation, call);
        };
        if (!registry.add(std::move(tool))) {
            return fail(
                Error{u"Two operations are called \"%1\"; the second one belongs to %2."_s.arg(
                          operation.name, api.title)}
                    .withRemedy(u"Give one of them another operationId, or leave it out "
                                "with \"x-mcp\": {\"enabled\": false}."_s));
        }
    }
    return caller;
}

} // namespace gatehouse::apis
