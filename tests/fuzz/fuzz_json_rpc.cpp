// SPDX-License-Identifier: GPL-3.0-or-later
// Bodies of POST /mcp and /messages: JSON-RPC messages and batches.
#include "fuzz_target.h"

#include <base/json.h>
#include <mcp/json_rpc.h>
#include <mcp/schema_nodes.h>

#include <QJsonDocument>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;
using namespace gatehouse;

namespace {

void checkRequest(const mcp::RpcRequest &request)
{
    fuzz::require(mcp::RpcId::fromJson(request.id.toJson()) == request.id,
                  "an id is sent as it came");
    const auto answer = mcp::rpcResult(request.id, {});
    fuzz::require(answer.value("id"_L1) == request.id.toJson(),
                  "JSON-RPC §5: the answer has its id");
    const QJsonObject again{{u"jsonrpc"_s, u"2.0"_s},
                            {u"id"_s, request.id.toJson()},
                            {u"method"_s, request.method},
                            {u"params"_s, request.params}};
    const auto reread = mcp::parseRpc(toCompactJson(again));
    fuzz::require(reread && reread->messages.size() == 1, "what was read can be written and read");
    const auto *same = std::get_if<mcp::RpcRequest>(&reread->messages.front());
    fuzz::require(same != nullptr && same->id == request.id && same->method == request.method
                      && same->params == request.params,
                  "and is the same");
}

void checkError(const mcp::RpcError &error)
{
    constexpr std::array kCodes{mcp::rpc_code::kParseError, mcp::rpc_code::kInvalidRequest,
                                mcp::rpc_code::kInvalidParams};
    fuzz::require(std::find(kCodes.begin(), kCodes.end(), error.code) != kCodes.end(),
                  "JSON-RPC §5.1: a code for what cannot be read");
    fuzz::require(!error.message.isEmpty(), "and a text");
}

} // namespace

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const auto input = fuzz::inputOf(data, size);
    const auto parsed = mcp::parseRpc(input);
    if (!parsed) {
        checkError(parsed.error());
        return 0;
    }
    fuzz::require(!parsed->messages.empty()
                      && parsed->messages.size() <= size_t(mcp::kLargestBatch),
                  "a batch has its bounds");
    fuzz::require(parsed->isBatch || parsed->messages.size() == 1, "one message is one");
    const auto document = QJsonDocument::fromJson(input);
    const auto value =
        document.isArray() ? QJsonValue(document.array()) : QJsonValue(document.object());
    fuzz::require(!mcp::nestsDeeper(value, mcp::kDeepestMessage), "nothing is too deep");
    for (const auto &message : parsed->messages) {
        if (const auto *request = std::get_if<mcp::RpcRequest>(&message))
            checkRequest(*request);
        if (const auto *invalid = std::get_if<mcp::RpcInvalid>(&message))
            checkError(invalid->error);
    }
    return 0;
}
