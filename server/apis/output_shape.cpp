// SPDX-License-Identifier: GPL-3.0-or-later
#include <apis/output_shape.h>

#include <QJsonArray>
#include <QSet>

#include <algorithm>

namespace gatehouse::apis {

using namespace Qt::StringLiterals;

namespace {

using Keep = bool (*)(const QJsonValue &element);

/// The elements to keep, each once.
QJsonArray unique(const QJsonArray &elements, Keep isKept)
{
    QJsonArray result;
    for (const auto &element : elements) {
        if (isKept(element) && !result.contains(element))
            result.append(element);
    }
    return result;
}

bool isType(const QJsonValue &value)
{
    static const QSet<QString> types{u"object"_s, u"array"_s,   u"string"_s, u"integer"_s,
                                     u"number"_s, u"boolean"_s, u"null"_s};
    return types.contains(value.toString());
}

/// Of a boolean schema nothing is left.
QJsonArray shapes(const QJsonValue &schemas)
{
    QJsonArray result;
    const auto array = schemas.toArray();
    std::transform(array.begin(), array.end(), std::back_inserter(result),
                   [](const QJsonValue &each) { return outputShape(each.toObject()); });
    return result;
}

void insertUnlessEmpty(QJsonObject &shape, const QString &keyword, const QJsonArray &elements)
{
    if (!elements.isEmpty())
        shape.insert(keyword, elements);
}

void takeTypes(const QJsonObject &schema, QJsonObject &shape)
{
    const auto type = schema.value("type"_L1);
    if (isType(type))
        shape.insert(u"type"_s, type);
    insertUnlessEmpty(shape, u"type"_s, unique(type.toArray(), &isType));
}

void takeValues(const QJsonObject &schema, QJsonObject &shape)
{
    insertUnlessEmpty(shape, u"enum"_s,
                      unique(schema.value("enum"_L1).toArray(), [](const auto &) { return true; }));
    if (schema.contains("const"_L1))
        shape.insert(u"const"_s, schema.value("const"_L1));
}

void takeWords(const QJsonObject &schema, QJsonObject &shape)
{
    for (const auto &keyword : {u"title"_s, u"description"_s}) {
        if (schema.value(keyword).isString())
            shape.insert(keyword, schema.value(keyword));
    }
}

void takeProperties(const QJsonObject &schema, QJsonObject &shape)
{
    const auto properties = schema.value("properties"_L1).toObject();
    QJsonObject shaped;
    for (auto it = properties.begin(); it != properties.end(); ++it)
        shaped.insert(it.key(), outputShape(it.value().toObject()));
    if (!shaped.isEmpty())
        shape.insert(u"properties"_s, shaped);

    QJsonArray required;
    const auto names = unique(schema.value("required"_L1).toArray(),
                              [](const auto &name) { return name.isString(); });
    for (const auto &name : names) {
        // OpenAPI §Fixed Fields of a schema: what is writeOnly is required in requests alone.
        if (!properties.value(name.toString())["writeOnly"_L1].toBool())
            required.append(name);
    }
    insertUnlessEmpty(shape, u"required"_s, required);

    // Without the patterns nobody could tell which ones are additional.
    const auto additional = schema.value("additionalProperties"_L1);
    if (schema.contains("patternProperties"_L1))
        return;
    if (additional.isBool())
        shape.insert(u"additionalProperties"_s, additional);
    else if (additional.isObject())
        shape.insert(u"additionalProperties"_s, outputShape(additional.toObject()));
}

void takeItems(const QJsonObject &schema, QJsonObject &shape)
{
    const auto items = schema.value("items"_L1);
    if (items.isObject() && !schema.contains("prefixItems"_L1))
        shape.insert(u"items"_s, outputShape(items.toObject()));
}

void takeAlternatives(const QJsonObject &schema, QJsonObject &shape)
{
    auto all = shapes(schema.value("allOf"_L1));
    // Shapes are wider than what they are made of: several of "oneOf" may fit.
    for (const auto &keyword : {u"anyOf"_s, u"oneOf"_s}) {
        const auto alternatives = shapes(schema.value(keyword));
        if (!alternatives.isEmpty())
            all.append(QJsonObject{{u"anyOf"_s, alternatives}});
    }
    if (all.size() == 1 && !schema.contains("allOf"_L1))
        shape.insert(u"anyOf"_s, all.first().toObject().value("anyOf"_L1));
    else
        insertUnlessEmpty(shape, u"allOf"_s, all);
}

} // namespace

QJsonObject outputShape(const QJsonObject &schema)
{
    QJsonObject shape;
    takeWords(schema, shape);
    takeTypes(schema, shape);
    takeValues(schema, shape);
    takeProperties(schema, shape);
    takeItems(schema, shape);
    takeAlternatives(schema, shape);
    return shape;
}

} // namespace gatehouse::apis
