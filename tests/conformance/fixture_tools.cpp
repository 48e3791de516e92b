// SPDX-License-Identifier: GPL-3.0-or-later
// Tools that answer at once: every kind of content, an error, and schemas that clients must get as
// they are.
#include <conformance/fixture_content.h>
#include <conformance/fixtures.h>

#include <base/json.h>

namespace gatehouse::conformance {

using namespace Qt::StringLiterals;

namespace {

/// Answers always the same.
mcp::Run answer(const mcp::ToolResult &result)
{
    return [result](const std::shared_ptr<mcp::Call> &call) { call->finish(result); };
}

mcp::ToolResult ofBlocks(const QJsonArray &blocks)
{
    mcp::ToolResult result;
    result.blocks = blocks;
    return result;
}

mcp::Tool makeMixedContent()
{
    return makeTool(
        u"test_multiple_content_types"_s, u"Answers text, an image and a resource."_s,
        answer(ofBlocks({textBlock(u"Multiple content types test:"_s), imageBlock(),
                         resourceBlock(u"test://mixed-content-resource"_s, u"application/json"_s,
                                       u"{\"test\":\"data\",\"value\":123}"_s)})));
}

mcp::Tool makeSchemaTool()
{
    auto tool = makeTool(
        u"json_schema_2020_12_tool"_s,
        u"Has an input schema that uses much of JSON Schema 2020-12."_s,
        [](const std::shared_ptr<mcp::Call> &call) {
            call->finish({u"Called with: "_s + QString::fromUtf8(toCompactJson(call->arguments))});
        });
    tool.inputSchema = readData(u"schema_2020_12.json"_s);
    return tool;
}

/// An argument that clients of 2026-07-28 repeat in the header Mcp-Param-Region.
mcp::Tool makeHeaderTool()
{
    auto tool = makeTool(u"test_x_mcp_header"_s, u"Answers the region that it was called for."_s,
                         [](const std::shared_ptr<mcp::Call> &call) {
                             call->finish({call->arguments.value("region"_L1).toString()});
                         });
    tool.inputSchema = objectSchema(
        {{u"region"_s, QJsonObject{{u"type"_s, u"string"_s}, {u"x-mcp-header"_s, u"Region"_s}}}});
    return tool;
}

} // namespace

void addContentTools(mcp::Features &features)
{
    add(features,
        makeTool(u"test_simple_text"_s, u"Answers text."_s,
                 answer({u"This is a simple text response for testing."_s})));
    add(features,
        makeTool(u"test_image_content"_s, u"Answers an image."_s,
                 answer(ofBlocks({imageBlock()}))));
    add(features,
        makeTool(u"test_audio_content"_s, u"Answers a sound."_s, answer(ofBlocks({soundBlock()}))));
    add(features,
        makeTool(u"test_embedded_resource"_s, u"Answers a resource."_s,
                 answer(ofBlocks({resourceBlock(u"test://embedded-resource"_s, u"text/plain"_s,
                                                u"This is an embedded resource content."_s)}))));
    add(features, makeMixedContent());
    add(features,
        makeTool(u"test_error_handling"_s, u"Fails always."_s,
                 answer(mcp::ToolResult::error(
                     u"This tool intentionally returns an error for testing"_s))));
    add(features, makeSchemaTool());
    add(features, makeHeaderTool());
}

} // namespace gatehouse::conformance
