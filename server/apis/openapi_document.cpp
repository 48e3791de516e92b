// SPDX-License-Identifier: GPL-3.0-or-later
#include <apis/openapi_document.h>

#include <QSet>
#include <QUrl>

namespace gatehouse::apis {

using namespace Qt::StringLiterals;

namespace {

constexpr int kMostComplaints = 20;

const QSet<QString> &mapKeywords()
{
    static const QSet<QString> keywords{u"properties"_s, u"patternProperties"_s,
                                        u"dependentSchemas"_s};
    return keywords;
}

const QSet<QString> &listKeywords()
{
    static const QSet<QString> keywords{u"allOf"_s, u"anyOf"_s, u"oneOf"_s, u"prefixItems"_s};
    return keywords;
}

const QSet<QString> &schemaKeywords()
{
    static const QSet<QString> keywords{u"items"_s,         u"additionalProperties"_s,
                                        u"not"_s,           u"contains"_s,
                                        u"propertyNames"_s, u"if"_s,
                                        u"then"_s,          u"else"_s};
    return keywords;
}

/// OpenAPI's own words, which say nothing to a JSON Schema reader, and those of references, of
/// which none is left.
const QSet<QString> &droppedKeywords()
{
    static const QSet<QString> keywords{
        u"nullable"_s,       u"example"_s,     u"xml"_s,           u"discriminator"_s,
        u"externalDocs"_s,   u"$id"_s,         u"$schema"_s,       u"$anchor"_s,
        u"$dynamicAnchor"_s, u"$dynamicRef"_s, u"$recursiveRef"_s, u"$recursiveAnchor"_s,
        u"$vocabulary"_s,    u"$comment"_s,    u"$defs"_s,         u"definitions"_s};
    return keywords;
}

/// Clients of MCP want an object where a property is described; JSON Schema has a boolean, too.
QJsonValue withoutBoolean(const QJsonValue &schema)
{
    if (!schema.isBool())
        return schema;
    return schema.toBool() ? QJsonObject() : QJsonObject{{u"not"_s, QJsonObject()}};
}

/// OpenAPI 3.0 §Schema Object: `nullable` stands beside `type`.
void applyNullable(const QJsonObject &from, QJsonObject &to)
{
    if (!from.value("nullable"_L1).toBool() || !to.value("type"_L1).isString())
        return;
    to.insert(u"type"_s, QJsonArray{to.value("type"_L1), u"null"_s});
    if (to.contains("enum"_L1)) {
        auto values = to.value("enum"_L1).toArray();
        if (!values.contains(QJsonValue::Null))
            values.append(QJsonValue::Null);
        to.insert(u"enum"_s, values);
    }
}

/// OpenAPI 3.0: exclusiveMinimum is a flag beside minimum; later it is the number itself.
void applyExclusive(QJsonObject &schema, const QString &exclusive, const QString &limit)
{
    const auto flag = schema.value(exclusive);
    if (!flag.isBool())
        return;
    schema.remove(exclusive);
    if (flag.toBool() && schema.contains(limit))
        schema.insert(exclusive, schema.take(limit));
}

/// RFC 6901 §4, after the percent-decoding of a URI fragment (§6).
QStringList pointerTokens(const QString &reference)
{
    auto tokens = QUrl::fromPercentEncoding(reference.mid(2).toUtf8()).split(u'/');
    for (auto &token : tokens)
        token.replace("~1"_L1, "/"_L1).replace("~0"_L1, "~"_L1);
    return tokens;
}

} // namespace

void OpenApiDocument::complain(const QString &path, const QString &what)
{
    if (m_complaints.size() < kMostComplaints)
        m_complaints.append((path.isEmpty() ? u"the document"_s : path) + u": "_s + what);
}

Located OpenApiDocument::resolved(const Located &value)
{
    auto object = value.object;
    for (int i = 0; object.contains("$ref"_L1); ++i) {
        const auto found = i < kLongestReferenceChain
            ? target(object.value("$ref"_L1).toString(), value.path)
            : std::nullopt;
        if (i == kLongestReferenceChain)
            complain(value.path, u"$ref leads to too many others"_s);
        if (!found)
            return {{}, value.path};
        object = found->toObject();
    }
    return {object, value.path};
}

QList<Located> OpenApiDocument::resolvedList(const Located &parent, const QString &key)
{
    QList<Located> list;
    const auto array = parent.object.value(key).toArray();
    for (qsizetype i = 0; i < array.size(); ++i) {
        const auto path = u"%1[%2]"_s.arg(parent.pathTo(key)).arg(i);
        list.append(resolved({array.at(i).toObject(), path}));
    }
    return list;
}

QJsonObject OpenApiDocument::schema(const QJsonValue &value, const QString &path)
{
    m_openReferences.clear();
    return schemaPart(value, path, 0).toObject();
}

std::optional<QJsonValue> OpenApiDocument::target(const QString &reference, const QString &path)
{
    if (!reference.startsWith("#/"_L1)) {
        complain(path, u"only references inside the document (\"#/…\") are followed"_s);
        return std::nullopt;
    }
    QJsonValue value = m_root;
    const auto tokens = pointerTokens(reference);
    for (const auto &token : tokens) {
        value = value.isArray() ? value.toArray().at(token.toInt()) : value.toObject().value(token);
        if (value.isUndefined()) {
            complain(path, u"nothing is at %1"_s.arg(reference));
            return std::nullopt;
        }
    }
    return value;
}

QJsonValue OpenApiDocument::schemaPart(const QJsonValue &value, const QString &path, int depth)
{
    if (!value.isObject())
        return value.isBool() ? value : QJsonObject();
    if (depth > kDeepestSchema || ++m_schemaParts > kMostSchemaParts) {
        if (depth > kDeepestSchema || m_schemaParts == kMostSchemaParts + 1)
            complain(path, u"the schema is too deep or too large"_s);
        return QJsonObject();
    }
    const auto object = value.toObject();
    if (object.contains("$ref"_L1))
        return referencedPart(object, path, depth);
    return keywords(object, path, depth);
}

QJsonValue OpenApiDocument::referencedPart(const QJsonObject &object, const QString &path,
                                           int depth)
{
    const auto reference = object.value("$ref"_L1).toString();
    if (m_openReferences.contains(reference))
        return QJsonObject();
    const auto found = target(reference, path);
    if (!found)
        return QJsonObject();
    m_openReferences.append(reference);
    const auto expanded = schemaPart(*found, path, depth + 1);
    m_openReferences.removeLast();
    if (!expanded.isObject())
        return expanded;
    auto result = expanded.toObject();
    auto siblings = object; // 3.1: they stand beside the reference; 3.0 has none
    siblings.remove(u"$ref"_s);
    const auto own = keywords(siblings, path, depth + 1);
    for (auto it = own.begin(); it != own.end(); ++it)
        result.insert(it.key(), it.value());
    return result;
}

QJsonObject OpenApiDocument::keywords(const QJsonObject &object, const QString &path, int depth)
{
    QJsonObject result;
    for (auto it = object.begin(); it != object.end(); ++it) {
        const auto key = it.key();
        const auto at = path + u'.' + key;
        if (droppedKeywords().contains(key))
            continue;
        if (mapKeywords().contains(key))
            result.insert(key, schemaMap(it.value().toObject(), at, depth + 1));
        else if (listKeywords().contains(key))
            result.insert(key, schemaList(it.value().toArray(), at, depth + 1));
        else if (schemaKeywords().contains(key))
            result.insert(key, schemaPart(it.value(), at, depth + 1));
        else
            result.insert(key, it.value());
    }
    applyNullable(object, result);
    applyExclusive(result, u"exclusiveMinimum"_s, u"minimum"_s);
    applyExclusive(result, u"exclusiveMaximum"_s, u"maximum"_s);
    return result;
}

QJsonObject OpenApiDocument::schemaMap(const QJsonObject &map, const QString &path, int depth)
{
    QJsonObject result;
    for (auto it = map.begin(); it != map.end(); ++it)
        result.insert(it.key(),
                      withoutBoolean(schemaPart(it.value(), path + u'.' + it.key(), depth)));
    return result;
}

QJsonArray OpenApiDocument::schemaList(const QJsonArray &list, const QString &path, int depth)
{
    QJsonArray result;
    for (qsizetype i = 0; i < list.size(); ++i)
        result.append(schemaPart(list.at(i), u"%1[%2]"_s.arg(path).arg(i), depth));
    return result;
}

} // namespace gatehouse::apis
