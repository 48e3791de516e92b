// SPDX-License-Identifier: GPL-3.0-or-later
#include <apis/whoami.h>

#include <QJsonArray>

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
    const auto ofStrings = [](const QStringList &names) {
        QJsonObject properties;
        for (const auto &name : names)
            properties.insert(name, QJsonObject{{u"type"_s, u"string"_s}});
        return QJsonObject{{u"type"_s, u"object"_s}, {u"properties"_s, properties}};
    };
    tool.outputSchema = QJsonObject{
        {u"type"_s, u"object"_s},
        {u"properties"_s,
         QJsonObject{{u"account"_s, ofStrings({u"id"_s, u"name"_s, u"email"_s, u"issuer"_s})},
                     {u"client"_s, QJsonObject{{u"type"_s, u"string"_s}}},
                     {u"scopes"_s,
                      QJsonObject{{u"type"_s, u"array"_s},
                                  {u"items"_s, QJsonObject{{u"type"_s, u"string"_s}}}}},
                     {u"expiresAt"_s,
                      QJsonObject{{u"type"_s, QJsonArray{u"string"_s, u"null"_s}},
                                  {u"description"_s, u"RFC 3339; null: until revoked"_s}}}}},
        {u"required"_s, QJsonArray{u"account"_s, u"client"_s, u"scopes"_s, u"expiresAt"_s}}};
    tool.run = [describe = std::move(describe)](const std::shared_ptr<mcp::Call> &call) {
        call->finish(describe(call->access));
    };
    return tool;
}

} // namespace gatehouse::apis
