// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/batch.h>

#include <base/json.h>
#include <mcp/session_outlets.h>
#include <mcp/wire.h>

#include <memory>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

namespace {

/// Answers of a batch go out together, so nothing goes out before them.
class BatchOutlet final : public Outlet {
public:
    explicit BatchOutlet(std::function<void(const RpcOutcome &)> put) : m_put(std::move(put)) { }

    [[nodiscard]] bool canSend() const override { return false; }
    void send(const QJsonObject &) override { }
    void finish(const RpcOutcome &outcome) override { m_put(outcome); }

private:
    std::function<void(const RpcOutcome &)> m_put;
};

} // namespace

void Batch::run(Dispatcher &dispatcher, Session &session, const oauth::Access &access,
                const RpcInput &input, Done done)
{
    const auto batch = std::make_shared<Batch>(session.revision, std::move(done));
    const auto one = [&](const RpcMessage &message) {
        if (const auto *const note = std::get_if<RpcNotification>(&message)) {
            Dispatcher::handle(session.calls, *note);
        } else if (const auto *const bad = std::get_if<RpcInvalid>(&message)) {
            batch->putRefusal(batch->reserve(), *bad);
        } else if (const auto *const request = std::get_if<RpcRequest>(&message)) {
            const auto place = batch->reserve();
            // MCP 2025-03-26 lifecycle §Initialization: initialize must not be part of a batch.
            if (request->method == "initialize"_L1) {
                return batch->put(place,
                                  rpcError(request->id,
                                           {rpc_code::kInvalidRequest,
                                            u"initialize cannot be part of a batch."_s}),
                                  request->method);
            }
            dispatcher.handle(peerOf(session, access, *request), *request,
                              std::make_shared<BatchOutlet>(
                                  [batch, place, method = request->method](const RpcOutcome &o) {
                                      batch->put(place, o, method);
                                  }));
        } else if (const auto *const response = std::get_if<RpcResponse>(&message)) {
            session.calls.answer(*response);
        }
    };
    for (const auto &message : input.messages)
        one(message);
    batch->finishOne();
}

size_t Batch::reserve()
{
    ++m_open;
    m_answers.emplace_back();
    return m_answers.size() - 1;
}

void Batch::put(size_t place, const RpcOutcome &outcome, const QString &method)
{
    if (const auto *const answer = std::get_if<RpcAnswer>(&outcome))
        m_answers.at(place) = toWire(*answer, m_revision, method);
    else if (const auto why = std::get<NoAnswer>(outcome); why != NoAnswer::Cancelled)
        m_ended = why;
    finishOne();
}

/// Not held against the schema: until 2025-11-25 it has no error without an ID, which is all that
/// can be said of a message whose own is not known.
void Batch::putRefusal(size_t place, const RpcInvalid &message)
{
    m_answers.at(place) = toCompactJson(rpcError(message.id, message.error));
    finishOne();
}

void Batch::finishOne()
{
    if (--m_open > 0)
        return;
    if (m_ended)
        return m_done(*m_ended);
    QByteArrayList answers;
    for (const auto &answer : m_answers) {
        if (answer)
            answers.append(*answer);
    }
    m_done(answers.isEmpty() ? QByteArray() : '[' + answers.join(',') + ']');
}

} // namespace gatehouse::mcp
