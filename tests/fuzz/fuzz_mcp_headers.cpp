// SPDX-License-Identifier: GPL-3.0-or-later
// Requests of MCP 2026-07-28, whose headers repeat what the body says. The input is the header
// fields, an empty line, and the body.
#include "fuzz_target.h"

#include <mcp/stateless_request.h>

using namespace Qt::StringLiterals;
using namespace gatehouse;

namespace {

const mcp::ToolRegistry &tools()
{
    static const auto *const registry = [] {
        auto *made = new mcp::ToolRegistry;
        mcp::Tool tool;
        tool.name = u"t"_s;
        tool.inputSchema = {
            {u"type"_s, u"object"_s},
            {u"properties"_s,
             QJsonObject{
                 {u"r"_s, QJsonObject{{u"type"_s, u"string"_s}, {u"x-mcp-header"_s, u"R"_s}}},
                 {u"o"_s,
                  QJsonObject{{u"properties"_s,
                               QJsonObject{{u"n"_s,
                                            QJsonObject{{u"type"_s, u"integer"_s},
                                                        {u"x-mcp-header"_s, u"N"_s}}}}}}}}}};
        fuzz::require(made->add(tool).has_value(), "the tool can be added");
        return made;
    }();
    return *registry;
}

http::HttpRequest requestOf(const QByteArray &fields)
{
    http::HttpRequest request;
    const auto lines = fields.split('\n');
    for (const auto &line : lines) {
        const auto colon = line.indexOf(':');
        if (colon > 0)
            request.headers.append(line.left(colon), line.mid(colon + 1).trimmed());
    }
    return request;
}

void checkEncoding(const QByteArray &value)
{
    const auto text = QString::fromUtf8(value);
    const auto encoded = "=?base64?" + text.toUtf8().toBase64() + "?=";
    fuzz::require(mcp::headerMatches(encoded, text), "what is encoded is what was meant");
    fuzz::require(!mcp::headerMatches(encoded, QString(text + u'x')), "and nothing else");
    fuzz::require(!mcp::headerMatches(std::nullopt, text), "a value needs its header");
    static_cast<void>(mcp::decodeHeaderValue(value));
}

void checkAccepted(const http::HttpRequest &request, const mcp::RpcRequest &call)
{
    const auto version =
        call.params["_meta"_L1]["io.modelcontextprotocol/protocolVersion"_L1].toString();
    fuzz::require(request.headers.value("mcp-protocol-version") == version.toUtf8(),
                  "the version is that of the body");
    fuzz::require(QString::fromLatin1(request.headers.value("mcp-method")) == call.method,
                  "the method is that of the body");
    if (call.method == "tools/call"_L1) {
        const auto name = mcp::decodeHeaderValue(request.headers.value("mcp-name").trimmed());
        fuzz::require(name == call.params["name"_L1].toString(), "the name is that of the body");
    }
}

} // namespace

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const auto input = fuzz::inputOf(data, size);
    const auto end = input.indexOf("\n\n");
    const auto request = requestOf(input.left(end));
    const auto body = end < 0 ? QByteArray() : input.mid(end + 2);
    checkEncoding(body);

    const auto parsed = mcp::parseRpc(body);
    if (!parsed)
        return 0;
    const bool isStateless = mcp::isStatelessRequest(request, *parsed);
    const auto *const call = std::get_if<mcp::RpcRequest>(&parsed->messages.front());
    if (!isStateless || call == nullptr || parsed->isBatch)
        return 0;
    const auto checked = mcp::checkStateless(request, *call, tools());
    if (checked)
        checkAccepted(request, *call);
    else
        fuzz::require(!checked.error().message.isEmpty(), "a refusal says why");
    return 0;
}
