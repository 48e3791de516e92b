// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/running_calls.h>

#include <base/text.h>
#include <mcp/input_requests.h>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

namespace {

constexpr int kLongestReason = 300;

/// The last owner may let go inside a signal of the call itself. Otherwise at once: what is left to
/// the event loop wakes it up once more, which costs as much as the answer.
void dispose(Call *ended)
{
    if (ended->isSpeaking())
        ended->deleteLater();
    else
        delete ended;
}

} // namespace

void RunningCalls::start(const RpcId &id, Start start, Done done)
{
    Q_ASSERT(!m_calls.contains(id));
    auto running = std::make_shared<Running>();
    running->start = std::move(start);
    running->done = std::move(done);
    m_calls.insert(id, running);
    beginRound(id);
}

void RunningCalls::beginRound(const RpcId &id)
{
    const auto running = m_calls.value(id);
    ++running->round;
    running->call = std::shared_ptr<Call>(
        new Call(running->start.access, running->start.arguments, running->start.round), &dispose);
    const auto *const call = running->call.get();
    connect(call, &Call::finished, this,
            [this, id](const CallResult &result) { onFinished(id, result); });
    connect(call, &Call::progressed, this,
            [this, id](double done, std::optional<double> total, const QString &message) {
                progress(id, done, total, message);
            });
    connect(call, &Call::logged, this,
            [this, id](LogLevel level, const QJsonValue &data) { log(id, level, data); });
    connect(call, &Call::connectionReleased, this, [this, id] { releaseConnection(id); });
    running->start.run(running->call);
}

void RunningCalls::onFinished(const RpcId &id, const CallResult &result)
{
    const auto running = m_calls.value(id);
    const auto *const needed = std::get_if<InputRequired>(&result);
    if (!running || needed == nullptr || isStateless(running->start.revision))
        return end(id, result);
    ask(id, *needed);
}

void RunningCalls::ask(const RpcId &id, const InputRequired &needed)
{
    const auto running = m_calls.value(id);
    const auto allowed = allowedRequests(needed, running->start.round.client);
    if (!allowed || !running->start.outlet->canSend())
        return end(id, CallResult(ToolResult::error(cannotAsk(needed))));
    running->start.round.state = needed.state;
    running->inputs = {};
    if (allowed->isEmpty())
        return nextRound(id);
    for (const auto &request : *allowed) {
        const auto question = RpcId::of(++m_lastQuestion);
        running->questions.insert(question, request.key);
        running->start.outlet->send(rpcRequest(
            question, request.method, paramsFor(request, running->start.revision, question)));
    }
    m_clock.after(kPatience, this, [this, id, round = running->round] {
        const auto waiting = m_calls.value(id);
        if (waiting && waiting->round == round)
            end(id, CallResult(ToolResult::error(u"The client did not answer in time."_s)));
    });
}

void RunningCalls::answer(const RpcResponse &response)
{
    for (auto it = m_calls.begin(); it != m_calls.end(); ++it) {
        const auto running = it.value();
        const auto key = running->questions.take(response.id);
        if (key.isNull())
            continue;
        const auto id = it.key();
        if (response.error) {
            return end(id,
                       CallResult(ToolResult::error(u"The client could not answer: %1"_s.arg(
                           shownText(response.error->message, kLongestReason)))));
        }
        running->inputs.insert(key, response.result);
        if (running->questions.isEmpty())
            nextRound(id);
        return;
    }
}

void RunningCalls::nextRound(const RpcId &id)
{
    const auto running = m_calls.value(id);
    running->start.round.inputs = running->inputs;
    beginRound(id);
}

void RunningCalls::progress(const RpcId &id, double done, std::optional<double> total,
                            const QString &message)
{
    const auto running = m_calls.value(id);
    const auto token = running ? running->start.round.progressToken : QJsonValue();
    if (!isGiven(token))
        return;
    QJsonObject params{{u"progressToken"_s, token}, {u"progress"_s, done}};
    if (total)
        params.insert(u"total"_s, *total);
    if (!message.isEmpty() && knowsProgressMessages(running->start.revision))
        params.insert(u"message"_s, message);
    running->start.outlet->send(rpcNotification(u"notifications/progress"_s, params));
}

void RunningCalls::log(const RpcId &id, LogLevel level, const QJsonValue &data)
{
    const auto running = m_calls.value(id);
    if (!running || !running->start.logLevel || level < *running->start.logLevel)
        return;
    running->start.outlet->send(rpcNotification(
        u"notifications/message"_s, {{u"level"_s, toString(level)}, {u"data"_s, data}}));
}

void RunningCalls::releaseConnection(const RpcId &id)
{
    if (const auto running = m_calls.value(id))
        running->start.outlet->releaseConnection();
}

void RunningCalls::cancel(const RpcId &id)
{
    end(id, NoAnswer::Cancelled);
}

void RunningCalls::endAll(const CallOutcome &outcome)
{
    const auto ids = m_calls.keys();
    for (const auto &id : ids)
        end(id, outcome);
}

/// MCP 2025-11-25 lifecycle §Timeouts: the client need not go on asking its person.
void RunningCalls::withdraw(const Running &running)
{
    const auto &outlet = running.start.outlet;
    for (auto it = running.questions.begin(); it != running.questions.end() && outlet->canSend();
         ++it) {
        outlet->send(
            rpcNotification(u"notifications/cancelled"_s, {{u"requestId"_s, it.key().toJson()}}));
    }
}

void RunningCalls::end(const RpcId &id, const CallOutcome &outcome)
{
    const auto running = m_calls.take(id);
    if (!running)
        return;
    running->call->abandon(); // without effect on a call that has finished
    withdraw(*running);
    running->done(outcome);
}

} // namespace gatehouse::mcp
