// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/call_report.h>

#include <mcp/input_requests.h>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

namespace {

/// What the activity log says of a call that ended without an answer.
ToolResult resultFor(NoAnswer why)
{
    switch (why) {
    case NoAnswer::Cancelled:
        return ToolResult::error(u"Cancelled by the client."_s);
    case NoAnswer::SessionEnded:
        return ToolResult::error(u"The session ended before the call."_s);
    case NoAnswer::GrantEnded:
        return ToolResult::error(u"Revoked before the call ended."_s);
    }
    Q_UNREACHABLE();
}

} // namespace

CallReport::CallReport(const ServerInfo &server, const QByteArray &trailer, const StateSeal &seal,
                       StateSeal::Binding binding, RpcId id, Revision revision,
                       ClientAbilities abilities, const ToolRegistry::Entry *tool)
    : m_server(server), m_trailer(trailer), m_seal(seal), m_binding(std::move(binding)),
      m_id(std::move(id)), m_revision(revision), m_abilities(abilities), m_tool(tool)
{
}

CallOutcome CallReport::settled(const CallOutcome &outcome) const
{
    const auto *const result = std::get_if<CallResult>(&outcome);
    const auto *const done = result == nullptr ? nullptr : std::get_if<ToolResult>(result);
    return done == nullptr ? outcome : CallOutcome(CallResult(checked(*done)));
}

std::optional<ToolResult> CallReport::toolResult(const CallOutcome &outcome) const
{
    if (m_tool == nullptr)
        return std::nullopt;
    if (const auto *const why = std::get_if<NoAnswer>(&outcome))
        return resultFor(*why);
    const auto &result = std::get<CallResult>(outcome);
    if (const auto *const done = std::get_if<ToolResult>(&result))
        return *done;
    if (const auto *const error = std::get_if<RpcError>(&result))
        return ToolResult::error(error->message);
    return std::nullopt;
}

RpcOutcome CallReport::message(const CallOutcome &outcome) const
{
    if (const auto *const why = std::get_if<NoAnswer>(&outcome))
        return *why;
    return std::visit([this](const auto &result) { return RpcOutcome(shaped(result)); },
                      std::get<CallResult>(outcome));
}

/// MCP tools §Output Schema: structured results must fit it. Clients throw away what does not, so
/// the model is told what came instead.
ToolResult CallReport::checked(const ToolResult &result) const
{
    if (m_tool == nullptr || !m_tool->output || result.isError)
        return result;
    const auto violations =
        m_tool->output->check(result.structured ? QJsonValue(*result.structured) : QJsonValue());
    if (violations.isEmpty())
        return result;
    return ToolResult::error(
        u"The call was carried out, but its answer is not as its description says: %1 It was: %2"_s
            .arg(describeViolations(violations), result.text));
}

RpcAnswer CallReport::shaped(const ToolResult &result) const
{
    // A read or a prompt that ended as a tool call does (paused, no answer to a question).
    if (m_tool == nullptr)
        return shaped(RpcError{rpc_code::kInternalError, result.text});
    return RpcText{toolCallAnswer(m_id, result, m_trailer, m_revision)};
}

QJsonObject CallReport::shaped(const ResourceContents &contents) const
{
    return resultMessage(privateFor({{u"contents"_s, contents.contents}}, 0ms, m_revision));
}

QJsonObject CallReport::shaped(const PromptMessages &messages) const
{
    return resultMessage(promptResult(messages, m_revision));
}

QJsonObject CallReport::shaped(const InputRequired &needed) const
{
    const auto allowed = allowedRequests(needed, m_abilities);
    if (!allowed) {
        return shaped(RpcError{rpc_code::kMissingClientCapability,
                               cannotAsk(needed),
                               {{u"requiredCapabilities"_s, lackingCapabilities(needed)}}});
    }
    QJsonObject result{{u"resultType"_s, u"input_required"_s}};
    if (!allowed->isEmpty())
        result.insert(u"inputRequests"_s, inputRequestsJson(*allowed));
    if (!needed.state.isEmpty() || allowed->isEmpty())
        result.insert(u"requestState"_s, m_seal.seal(needed.state, m_binding));
    return resultMessage(result);
}

QJsonObject CallReport::shaped(const RpcError &error) const
{
    return rpcError(m_id, error);
}

QJsonObject CallReport::resultMessage(const QJsonObject &result) const
{
    return rpcResult(m_id, completed(result, m_server, m_revision));
}

QString describeViolations(const QList<SchemaViolation> &violations)
{
    QStringList sentences;
    for (const auto &violation : violations) {
        sentences.append((violation.path.isEmpty() ? u"The arguments"_s : violation.path) + u' '
                         + violation.what + u'.');
    }
    return sentences.join(u' ');
}

} // namespace gatehouse::mcp
