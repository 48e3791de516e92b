// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/dispatcher.h>

#include <base/text.h>
#include <mcp/call_report.h>
#include <mcp/completion.h>
#include <mcp/page.h>
#include <mcp/schema_format.h>
#include <mcp/session.h>

#include <QJsonArray>

#include <algorithm>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kToolsCall = "tools/call"_L1;
/// How long a list holds; one that changes earlier is announced to whoever listens.
constexpr auto kListsHold = 5min;

RpcError invalidParams(const QString &message, const QJsonObject &data = {})
{
    return {rpc_code::kInvalidParams, message, data};
}

/// MCP resources §Error Handling; the code is another one since 2026-07-28.
RpcError noSuchResource(const QString &uri, Revision revision)
{
    return {isStateless(revision) ? rpc_code::kInvalidParams : rpc_code::kResourceNotFound,
            u"There is no such resource."_s,
            {{u"uri"_s, uri}}};
}

} // namespace

struct Dispatcher::Method {
    void (Dispatcher::*run)(const Exchange &);
    bool inSessions = true;
    bool stateless = true;
};

Dispatcher::Dispatcher(const Deps &deps)
    : m_clock(deps.clock), m_features(deps.features), m_server(deps.server),
      m_trailer(trailerOf(deps.server)), m_seal(deps.clock, deps.stateKey),
      m_completionLimit(deps.clock, {.perCaller = kMostCompletionsPerMinute})
{
}

const QHash<QString, Dispatcher::Method> &Dispatcher::methods()
{
    static const QHash<QString, Method> methods{
        {u"initialize"_s, {&Dispatcher::initialize, true, false}},
        {u"server/discover"_s, {&Dispatcher::discover, false, true}},
        {u"ping"_s, {&Dispatcher::ping, true, false}},
        {u"tools/list"_s, {&Dispatcher::listTools}},
        {kToolsCall, {&Dispatcher::callTool}},
        {u"resources/list"_s, {&Dispatcher::listResources}},
        {u"resources/templates/list"_s, {&Dispatcher::listTemplates}},
        {u"resources/read"_s, {&Dispatcher::readResource}},
        {u"resources/subscribe"_s, {&Dispatcher::subscribe, true, false}},
        {u"resources/unsubscribe"_s, {&Dispatcher::unsubscribe, true, false}},
        {u"prompts/list"_s, {&Dispatcher::listPrompts}},
        {u"prompts/get"_s, {&Dispatcher::getPrompt}},
        {u"completion/complete"_s, {&Dispatcher::complete}},
        {u"logging/setLevel"_s, {&Dispatcher::setLogLevel, true, false}},
    };
    return methods;
}

bool Dispatcher::hasMethod(const QString &method, Revision revision)
{
    const auto found = methods().constFind(method);
    return found != methods().constEnd()
        && (isStateless(revision) ? found->stateless : found->inSessions);
}

std::optional<QStringList> Dispatcher::scopesLacking(const RpcRequest &request,
                                                     const oauth::Access &access) const
{
    if (m_pausedWhy || request.method != kToolsCall)
        return std::nullopt;
    const auto *const entry = toolOf(request);
    if (entry == nullptr || mayCall(entry->tool, access))
        return std::nullopt;
    return entry->tool.scopes;
}

void Dispatcher::handle(const Peer &peer, const RpcRequest &request,
                        const std::shared_ptr<Outlet> &outlet)
{
    const Exchange exchange{peer, request, outlet};
    if (!hasMethod(request.method, peer.revision)) {
        return refuse(exchange,
                      {rpc_code::kMethodNotFound,
                       u"There is no method \"%1\" here."_s.arg(shownText(request.method))});
    }
    (this->*methods().value(request.method).run)(exchange);
}

void Dispatcher::handle(RunningCalls &calls, const RpcNotification &notification)
{
    if (notification.method != "notifications/cancelled"_L1)
        return;
    if (const auto id = RpcId::fromJson(notification.params.value("requestId"_L1)))
        calls.cancel(*id);
}

void Dispatcher::initialize(const Exchange &exchange)
{
    const auto params = parseInitialize(exchange.request.params);
    if (!params)
        return refuse(exchange, params.error());
    auto &session = *exchange.peer.session;
    session.revision = params->revision;
    session.abilities = params->abilities;
    answer(exchange, initializeResult(m_server, params->revision));
}

void Dispatcher::discover(const Exchange &exchange)
{
    answer(exchange, discoverResult(m_server));
}

void Dispatcher::ping(const Exchange &exchange)
{
    answer(exchange, {});
}

void Dispatcher::listTools(const Exchange &exchange)
{
    answerList(exchange, u"tools"_s, m_features.tools.listFor(exchange.peer.access), &toolJson);
}

void Dispatcher::callTool(const Exchange &exchange)
{
    const auto *const entry = toolOf(exchange.request);
    if (const auto refused = refusal(exchange, entry))
        return refuse(exchange, *refused);
    const auto &peer = exchange.peer;
    const auto tellError = [&](const ToolResult &result) {
        Q_EMIT toolCalled(peer.access, entry->tool.name, result, 0ms);
        exchange.outlet->finish(
            RpcText{toolCallAnswer(exchange.request.id, result, m_trailer, peer.revision)});
    };
    if (m_pausedWhy)
        return tellError(ToolResult::error(*m_pausedWhy));
    const auto arguments = exchange.request.params.value("arguments"_L1).toObject();
    // MCP 2025-11-25 tools §Error Handling: a model can correct what it gave, so it must read why.
    if (const auto violations = entry->arguments.check(arguments); !violations.isEmpty())
        return tellError(ToolResult::error(describeViolations(violations)));
    start(exchange, {entry->tool.name, arguments, entry->tool.run, entry});
}

void Dispatcher::listResources(const Exchange &exchange)
{
    std::vector<const Resource *> resources;
    for (const auto &resource : m_features.resources)
        resources.push_back(&resource);
    answerList(exchange, u"resources"_s, resources, &resourceJson);
}

void Dispatcher::listTemplates(const Exchange &exchange)
{
    std::vector<const ResourceTemplate *> templates;
    for (const auto &each : m_features.templates)
        templates.push_back(&each);
    answerList(exchange, u"resourceTemplates"_s, templates, &templateJson);
}

void Dispatcher::readResource(const Exchange &exchange)
{
    const auto uri = exchange.request.params.value("uri"_L1);
    if (!uri.isString())
        return refuse(exchange, invalidParams(u"uri must be a string."_s));
    // What is read says its URI again, which must be one.
    if (!schemaFormat("uri")->fits(uri.toString()))
        return refuse(exchange, noSuchResource(uri.toString(), exchange.peer.revision));
    if (const auto refused = startRefusal(exchange))
        return refuse(exchange, *refused);
    const QJsonObject arguments{{u"uri"_s, uri}};
    if (const auto *const resource = m_features.findResource(uri.toString()))
        return start(exchange, {uri.toString(), arguments, resource->run});
    if (const auto match = m_features.matchTemplate(uri.toString())) {
        auto variables = match->variables;
        variables.insert(u"uri"_s, uri);
        return start(exchange, {uri.toString(), variables, match->source->run});
    }
    refuse(exchange, noSuchResource(uri.toString(), exchange.peer.revision));
}

void Dispatcher::subscribe(const Exchange &exchange)
{
    const auto uri = exchange.request.params.value("uri"_L1).toString();
    // Of the URIs that templates make none is announced.
    if (m_features.findResource(uri) == nullptr)
        return refuse(exchange, noSuchResource(uri, exchange.peer.revision));
    auto &subscriptions = exchange.peer.session->subscriptions;
    if (subscriptions.size() >= kMostSubscriptions && !subscriptions.contains(uri)) {
        return refuse(exchange,
                      {rpc_code::kInternalError, u"This session has too many subscriptions."_s});
    }
    subscriptions.insert(uri);
    answer(exchange, {});
}

void Dispatcher::unsubscribe(const Exchange &exchange)
{
    exchange.peer.session->subscriptions.remove(exchange.request.params.value("uri"_L1).toString());
    answer(exchange, {});
}

void Dispatcher::listPrompts(const Exchange &exchange)
{
    std::vector<const Prompt *> prompts;
    for (const auto &prompt : m_features.prompts)
        prompts.push_back(&prompt);
    answerList(exchange, u"prompts"_s, prompts, &promptJson);
}

void Dispatcher::getPrompt(const Exchange &exchange)
{
    const auto name = exchange.request.params.value("name"_L1);
    const auto *const prompt = m_features.findPrompt(name.toString());
    if (!name.isString() || prompt == nullptr) {
        return refuse(exchange,
                      invalidParams(u"Unknown prompt: %1"_s.arg(shownText(name.toString()))));
    }
    const auto given = exchange.request.params.value("arguments"_L1);
    if (isGiven(given) && !given.isObject())
        return refuse(exchange, invalidParams(u"arguments must be an object."_s));
    const auto arguments = given.toObject();
    if (const auto wrong = wrongArgument(*prompt, arguments))
        return refuse(exchange, invalidParams(*wrong));
    if (const auto refused = startRefusal(exchange))
        return refuse(exchange, *refused);
    start(exchange, {prompt->name, arguments, prompt->run});
}

void Dispatcher::complete(const Exchange &exchange)
{
    const auto &grant = exchange.peer.access.grant;
    if (const auto wait = m_completionLimit.admit(grant.value.toUtf8(), false)) {
        return refuse(
            exchange,
            {rpc_code::kInternalError,
             u"Too many completions in a minute. Try again in %1 s."_s.arg(wait->count())});
    }
    const auto completion =
        completionFor(m_features, exchange.request.params, exchange.peer.access);
    if (!completion)
        return refuse(exchange, completion.error());
    answer(exchange, *completion);
}

void Dispatcher::setLogLevel(const Exchange &exchange)
{
    const auto level = parseLogLevel(exchange.request.params.value("level"_L1).toString());
    if (!level)
        return refuse(exchange, invalidParams(u"level must be one of RFC 5424, as \"info\"."_s));
    exchange.peer.session->logLevel = *level;
    answer(exchange, {});
}

void Dispatcher::start(const Exchange &exchange, const CallPlan &plan)
{
    const auto &peer = exchange.peer;
    const auto &request = exchange.request;
    const StateSeal::Binding binding{peer.access.grant, request.method, plan.name,
                                     request.params.value("arguments"_L1).toObject()};
    const auto round = roundOf(exchange, binding);
    if (!round)
        return refuse(exchange, round.error());

    CallReport report{m_server,      m_trailer,      m_seal,   binding, exchange.request.id,
                      peer.revision, peer.abilities, plan.tool};
    auto done = [this, report, name = plan.name, access = peer.access, began = m_clock.now(),
                 outlet = exchange.outlet](const CallOutcome &outcome) {
        const auto settled = report.settled(outcome);
        if (const auto result = report.toolResult(settled))
            Q_EMIT toolCalled(access, name, *result, m_clock.now() - began);
        outlet->finish(report.message(settled));
    };
    peer.calls.start(peer.callId,
                     {plan.run, peer.access, plan.arguments, *round, peer.revision, peer.logLevel,
                      exchange.outlet},
                     std::move(done));
}

Result<CallRound, RpcError> Dispatcher::roundOf(const Exchange &exchange,
                                                const StateSeal::Binding &binding) const
{
    const auto &params = exchange.request.params;
    CallRound round;
    round.client = exchange.peer.abilities;
    // Like an ID; what is none cannot be said again.
    if (const auto token = RpcId::fromJson(params.value("_meta"_L1)["progressToken"_L1]))
        round.progressToken = token->toJson();
    if (!isStateless(exchange.peer.revision))
        return round;
    const auto inputs = params.value("inputResponses"_L1);
    if (isGiven(inputs) && !inputs.isObject())
        return fail(invalidParams(u"inputResponses must be an object."_s));
    round.inputs = inputs.toObject();
    if (!std::all_of(round.inputs.begin(), round.inputs.end(),
                     [](const QJsonValue &each) { return each.isObject(); }))
        return fail(invalidParams(u"Each of inputResponses must be an object."_s));
    const auto state = params.value("requestState"_L1);
    if (!isGiven(state))
        return round;
    const auto opened = m_seal.open(state.toString(), binding);
    if (!opened)
        return fail(
            invalidParams(u"requestState is not valid for this request, or has expired."_s));
    round.state = *opened;
    return round;
}

template <typename Item, typename ToJson>
void Dispatcher::answerList(const Exchange &exchange, const QString &key,
                            const std::vector<const Item *> &items, ToJson toJson)
{
    const auto page = pageOf(exchange.request.params, key, qsizetype(items.size()));
    if (!page)
        return refuse(exchange, page.error());
    const auto revision = exchange.peer.revision;
    QJsonArray list;
    for (auto i = page->begin; i < page->end; ++i)
        list.append(toJson(*items.at(size_t(i)), revision));
    QJsonObject result{{key, list}};
    if (!page->nextCursor.isEmpty())
        result.insert(u"nextCursor"_s, page->nextCursor);
    answer(exchange, privateFor(result, kListsHold, revision));
}

void Dispatcher::answer(const Exchange &exchange, const QJsonObject &result) const
{
    exchange.outlet->finish(
        rpcResult(exchange.request.id, completed(result, m_server, exchange.peer.revision)));
}

void Dispatcher::refuse(const Exchange &exchange, const RpcError &error)
{
    exchange.outlet->finish(rpcError(exchange.request.id, error));
}

const ToolRegistry::Entry *Dispatcher::toolOf(const RpcRequest &request) const
{
    return m_features.tools.find(request.params.value("name"_L1).toString());
}

std::optional<RpcError> Dispatcher::refusal(const Exchange &exchange,
                                            const ToolRegistry::Entry *tool) const
{
    const auto name = exchange.request.params.value("name"_L1);
    if (!name.isString())
        return invalidParams(u"name must be a string."_s);
    if (tool == nullptr)
        return invalidParams(u"Unknown tool: %1"_s.arg(shownText(name.toString())));
    const auto arguments = exchange.request.params.value("arguments"_L1);
    if (isGiven(arguments) && !arguments.isObject())
        return invalidParams(u"arguments must be an object."_s);
    if (const auto scopes = scopesLacking(exchange.request, exchange.peer.access)) {
        return RpcError{rpc_code::kInsufficientScope,
                        u"This client may not use \"%1\" yet."_s.arg(tool->tool.name),
                        {{u"scope"_s, scopes->join(u' ')}}};
    }
    return m_pausedWhy ? std::nullopt : startRefusal(exchange);
}

std::optional<RpcError> Dispatcher::startRefusal(const Exchange &exchange) const
{
    if (m_pausedWhy)
        return RpcError{rpc_code::kInternalError, *m_pausedWhy};
    const auto &peer = exchange.peer;
    if (peer.calls.contains(peer.callId))
        return RpcError{rpc_code::kInvalidRequest, u"A request with this id is running."_s};
    if (peer.calls.count() >= kMostCallsPerSession) {
        return RpcError{rpc_code::kInternalError,
                        u"Too many calls are running for this client; wait for one to end."_s};
    }
    return std::nullopt;
}

} // namespace gatehouse::mcp
