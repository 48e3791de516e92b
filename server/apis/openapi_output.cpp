// SPDX-License-Identifier: GPL-3.0-or-later
#include <apis/openapi_output.h>

#include <apis/output_shape.h>

#include <algorithm>
#include <array>

namespace gatehouse::apis {

using namespace Qt::StringLiterals;

namespace {

/// OpenAPI §Responses Object: "200", "2XX"; "default" may be an error as well.
QStringList successKeys(const Located &responses)
{
    auto keys = responses.object.keys();
    keys.removeIf([](const QString &key) { return !key.startsWith(u'2'); });
    return keys;
}

bool isPlain(const QString &type)
{
    constexpr std::array kTypes{"array"_L1, "string"_L1, "integer"_L1, "number"_L1, "boolean"_L1};
    return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

/// As the answer itself is wrapped.
std::optional<QJsonObject> wrapped(const QJsonObject &schema)
{
    const auto type = schema.value("type"_L1).toString();
    if (type == "object"_L1)
        return schema;
    if (!isPlain(type))
        return std::nullopt; // it may be an object or not
    return QJsonObject{{u"type"_s, u"object"_s},
                       {u"properties"_s, QJsonObject{{u"result"_s, schema}}},
                       {u"required"_s, QJsonArray{u"result"_s}}};
}

} // namespace

std::optional<QJsonObject> outputSchemaOf(OpenApiDocument document, const Located &operation)
{
    const auto known = document.complaints().size();
    const auto responses = operation.child(u"responses"_s);
    const auto keys = successKeys(responses);
    if (keys.size() != 1)
        return std::nullopt;
    const auto response = document.resolved(responses.child(keys.first()));
    const auto media = response.child(u"content"_s).child(u"application/json"_s);
    if (!media.object.value("schema"_L1).isObject())
        return std::nullopt;
    const auto schema = document.schema(media.object.value("schema"_L1), media.pathTo(u"schema"_s));
    return document.complaints().size() == known ? wrapped(outputShape(schema)) : std::nullopt;
}

} // namespace gatehouse::apis
