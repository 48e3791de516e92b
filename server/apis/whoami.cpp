// SPDX-License-Identifier: GPL-3.0-or-later
#include <apis/whoami.h>

namespace gatehouse::apis {

using namespace Qt::StringLiterals;

mcp::Tool makeWhoami(std::function<mcp::ToolResult(const oauth::Access &)> describe)
{
    mcp::Tool tool;
    tool.name = u"whoami"_s;
    tool.title = u"Who am I"_s;
    tool.description = u"Tells which account you act for, under which client name, with which "
                       "permissions and until when."_s;
    tool.inputSchema = {{u"type"_s, u"object"_s},
                        {u"properties"_s, QJsonObject()},
                        {u"additionalProperties"_s, false}};
    tool.annotations = {{u"readOnlyHint"_s, true},
                        {u"destructiveHint"_s, false},
                        {u"idempotentHint"_s, true},
                        {u"openWorldHint"_s, false}};
    tool.run = [describe = std::move(describe)](const std::shared_ptr<mcp::ToolCall> &call) {
        if (!call->arguments.isEmpty())
            return call->finish(mcp::ToolResult::error(u"whoami takes no arguments."_s));
        call->finish(describe(call->access));
    };
    return tool;
}

} // namespace gatehouse::apis
