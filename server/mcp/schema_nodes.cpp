// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/schema_nodes.h>

#include <mcp/json_schema.h>
#include <mcp/schema_format.h>

#include <base/json.h>

#include <QHash>
#include <QJsonArray>
#include <QUrl>

#include <algorithm>
#include <array>
#include <optional>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

namespace {

constexpr size_t kMostNodes = 10'000;

bool isWhole(const QJsonValue &value)
{
    // Two defaults tell a whole number from anything else.
    return value.isDouble() && value.toInteger(0) == value.toInteger(1);
}

bool isTypeName(const QJsonValue &value)
{
    constexpr std::array kNames{"array"_L1,  "boolean"_L1, "integer"_L1, "null"_L1,
                                "number"_L1, "object"_L1,  "string"_L1};
    return value.isString()
        && std::find(kNames.begin(), kNames.end(), value.toString()) != kNames.end();
}

template <typename Test>
bool isListOf(const QJsonValue &value, Test test)
{
    const auto list = value.toArray();
    return value.isArray() && std::all_of(list.begin(), list.end(), test);
}

bool isString(const QJsonValue &value)
{
    return value.isString();
}
bool isStrings(const QJsonValue &value)
{
    return isListOf(value, &isString);
}
bool isNumber(const QJsonValue &value)
{
    return value.isDouble();
}
bool isNumberOrFlag(const QJsonValue &value)
{
    return value.isDouble() || value.isBool();
}
bool isPositive(const QJsonValue &value)
{
    return value.isDouble() && value.toDouble() > 0;
}
bool isCount(const QJsonValue &value)
{
    return isWhole(value) && value.toInteger() >= 0;
}
bool isFlag(const QJsonValue &value)
{
    return value.isBool();
}
bool isList(const QJsonValue &value)
{
    return value.isArray();
}
bool isAnything(const QJsonValue &)
{
    return true;
}

bool isTypes(const QJsonValue &value)
{
    return isTypeName(value) || (!value.toArray().isEmpty() && isListOf(value, &isTypeName));
}

/// Keywords without a subschema, which go into the node as they are.
struct PlainKeyword {
    QLatin1String name;
    bool (*fits)(const QJsonValue &);
    const char *expected;
};

constexpr std::array kPlainKeywords{
    PlainKeyword{"const"_L1, &isAnything, ""},
    PlainKeyword{"enum"_L1, &isList, "a list"},
    PlainKeyword{"exclusiveMaximum"_L1, &isNumberOrFlag, "a number"},
    PlainKeyword{"exclusiveMinimum"_L1, &isNumberOrFlag, "a number"},
    PlainKeyword{"format"_L1, &isString, "a string"},
    PlainKeyword{"maxItems"_L1, &isCount, "a whole number that is not negative"},
    PlainKeyword{"maxLength"_L1, &isCount, "a whole number that is not negative"},
    PlainKeyword{"maxProperties"_L1, &isCount, "a whole number that is not negative"},
    PlainKeyword{"maximum"_L1, &isNumber, "a number"},
    PlainKeyword{"minItems"_L1, &isCount, "a whole number that is not negative"},
    PlainKeyword{"minLength"_L1, &isCount, "a whole number that is not negative"},
    PlainKeyword{"minProperties"_L1, &isCount, "a whole number that is not negative"},
    PlainKeyword{"minimum"_L1, &isNumber, "a number"},
    PlainKeyword{"multipleOf"_L1, &isPositive, "a number above 0"},
    PlainKeyword{"pattern"_L1, &isString, "a string"},
    PlainKeyword{"required"_L1, &isStrings, "a list of strings"},
    PlainKeyword{"type"_L1, &isTypes, "the name of a type or a list of them"},
    PlainKeyword{"uniqueItems"_L1, &isFlag, "true or false"},
};

/// What says something about values and has no counterpart.
constexpr std::array kUncheckedKeywords{
    "$dynamicRef"_L1, "$recursiveRef"_L1, "disallow"_L1,         "divisibleBy"_L1,
    "extends"_L1,     "maxContains"_L1,   "unevaluatedItems"_L1, "unevaluatedProperties"_L1};

/// Below these no schema stands, so nothing there is an anchor.
constexpr std::array kDataKeywords{"const"_L1, "default"_L1, "enum"_L1, "examples"_L1};

template <size_t N>
bool isOneOf(const std::array<QLatin1String, N> &list, const QString &name)
{
    return std::find(list.begin(), list.end(), name) != list.end();
}

/// Whether "unevaluatedProperties" means what "additionalProperties" does: nothing else in the
/// schema can evaluate a property.
bool isAllOfItsProperties(const QJsonObject &schema)
{
    constexpr std::array kOthers{"additionalProperties"_L1,
                                 "$ref"_L1,
                                 "$dynamicRef"_L1,
                                 "$recursiveRef"_L1,
                                 "allOf"_L1,
                                 "anyOf"_L1,
                                 "oneOf"_L1,
                                 "if"_L1,
                                 "dependentSchemas"_L1};
    return schema.contains("unevaluatedProperties"_L1)
        && std::none_of(kOthers.begin(), kOthers.end(),
                        [&](QLatin1String other) { return schema.contains(other); });
}

/// A token of a JSON Pointer (RFC 6901 §3).
QString escaped(QString name)
{
    return name.replace(u'~', u"~0"_s).replace(u'/', u"~1"_s);
}

QString unescaped(QString token)
{
    return token.replace(u"~1"_s, u"/"_s).replace(u"~0"_s, u"~"_s);
}

QJsonValue member(const QJsonValue &value, const QString &token)
{
    if (value.isObject())
        return value.toObject().value(unescaped(token));
    bool isIndex = false;
    const auto index = token.toUInt(&isIndex);
    const auto list = value.toArray();
    return isIndex && index < list.size() ? list.at(index) : QJsonValue(QJsonValue::Undefined);
}

/// Undefined when nothing is there.
QJsonValue valueAt(const QJsonObject &root, const QString &pointer)
{
    QJsonValue value(root);
    const auto tokens = pointer.split(u'/').mid(1);
    for (const auto &token : tokens)
        value = member(value, token);
    return value;
}

/// Whether a "$ref" stands in `value`.
bool refers(const QJsonValue &value)
{
    if (value.isArray()) {
        const auto list = value.toArray();
        return std::any_of(list.begin(), list.end(), &refers);
    }
    const auto object = value.toObject();
    return object.value("$ref"_L1).isString() || std::any_of(object.begin(), object.end(), &refers);
}

/// Makes the nodes one after the other; a subschema that is met is put at the end of the queue, so
/// that neither depth nor cycles make this recurse.
class Cutter {
public:
    explicit Cutter(const QJsonObject &root);

    [[nodiscard]] Result<SchemaNodes, QString> cut();

private:
    struct Piece {
        QString pointer;
        QJsonObject schema;
    };

    void readNames(const QJsonValue &value, const QString &pointer);
    void readNamesOf(const QJsonObject &object, const QString &pointer);
    [[nodiscard]] QJsonObject nodeOf(size_t number);
    void addPlain(const QJsonObject &schema, QJsonObject &node);
    void addBooleanLimits(QJsonObject &node);
    void addReference(const QJsonObject &schema, QJsonObject &node);
    void addInPlace(const QJsonObject &schema, QJsonObject &node);
    void addProperties(const QJsonObject &schema, QJsonObject &node);
    void addItems(const QJsonObject &schema, QJsonObject &node);
    void addContains(const QJsonObject &schema, QJsonObject &node);
    void addDependencies(const QJsonObject &schema, QJsonObject &node);
    void addDependencies(const QJsonObject &schema, QLatin1String keyword, QJsonObject &node);
    void noteUnchecked(const QJsonObject &schema);
    void note(const QString &keyword);

    [[nodiscard]] QJsonObject subschema(const QJsonValue &schema, const QString &pointer);
    [[nodiscard]] QJsonObject subschemaInPlace(const QJsonValue &schema, const QString &pointer);
    [[nodiscard]] QJsonValue subschemaOrFlag(const QJsonValue &schema, const QString &pointer);
    [[nodiscard]] QJsonArray subschemas(const QJsonValue &list, const QString &pointer);
    [[nodiscard]] QJsonObject namedSubschemas(const QJsonValue &map, const QString &pointer);
    [[nodiscard]] std::optional<QString> pointerOf(const QString &reference);
    [[nodiscard]] QString at(QLatin1String keyword) const;
    [[nodiscard]] bool refersToItself() const;
    void refuse(const QString &pointer, const QString &why);

    QJsonObject m_root;
    QString m_rootId;
    bool m_referenceHidesSiblings;
    QHash<QString, QString> m_anchors; ///< name to pointer
    std::vector<Piece> m_pieces;
    QHash<QString, int> m_numbers; ///< pointer to piece
    size_t m_current = 0;
    /// Who applies whom to the same value; a cycle here would never end.
    std::vector<std::pair<int, int>> m_inPlace;
    QStringList m_unchecked;
    QString m_error;
};

Cutter::Cutter(const QJsonObject &root)
    : m_root(root), m_rootId(root.value("$id"_L1).toString(root.value("id"_L1).toString()))
{
    if (m_rootId.endsWith(u'#'))
        m_rootId.chop(1);
    // Only drafts up to 7 have their number in the name; there "$ref" hides what stands beside it.
    m_referenceHidesSiblings = root.value("$schema"_L1).toString().contains("/draft-0"_L1);
}

Result<SchemaNodes, QString> Cutter::cut()
{
    if (nestsDeeper(m_root, JsonSchema::kDeepest))
        return fail(u"The schema nests deeper than %1 levels."_s.arg(JsonSchema::kDeepest));
    if (toCompactJson(m_root).size() > JsonSchema::kLargestSchema)
        return fail(u"The schema is larger than %1 bytes."_s.arg(JsonSchema::kLargestSchema));
    readNames(m_root, {});
    m_pieces.push_back({{}, m_root});
    m_numbers.insert({}, 0);
    SchemaNodes result;
    for (m_current = 0; m_current < m_pieces.size() && m_error.isEmpty(); ++m_current)
        result.nodes.push_back(nodeOf(m_current));
    if (m_error.isEmpty() && refersToItself())
        m_error = u"The schema refers to itself without end."_s;
    if (!m_error.isEmpty())
        return fail(m_error);
    result.unchecked = m_unchecked;
    return result;
}

/// Collects anchors, and refuses what could not be told apart later.
void Cutter::readNames(const QJsonValue &value, const QString &pointer)
{
    if (value.isObject())
        readNamesOf(value.toObject(), pointer);
    const auto list = value.toArray();
    for (qsizetype i = 0; i < list.size(); ++i)
        readNames(list.at(i), pointer + u'/' + QString::number(i));
    // Names end at U+0000 in valijson.
    if (value.isString() && value.toString().contains(QChar(0)))
        refuse(pointer, u"holds the character U+0000"_s);
}

void Cutter::readNamesOf(const QJsonObject &object, const QString &pointer)
{
    for (const auto keyword : {"$anchor"_L1, "$dynamicAnchor"_L1}) {
        const auto name = object.value(keyword).toString();
        if (!name.isEmpty() && !m_anchors.contains(name))
            m_anchors.insert(name, pointer);
    }
    const auto id = object.value("$id"_L1).toString();
    if (id.startsWith(u'#') && id.size() > 1) // draft-06 and 07 name places so
        m_anchors.insert(id.mid(1), pointer);
    else if (!id.isEmpty() && !pointer.isEmpty() && refers(object)) // to places of its own
        refuse(pointer, u"has an $id of its own and refers to others, which is not supported"_s);
    const bool holdsNames = pointer.endsWith("/properties"_L1);
    for (auto it = object.begin(); it != object.end(); ++it) {
        if (it.key().contains(QChar(0)))
            refuse(pointer, u"has a name with the character U+0000"_s);
        if (holdsNames || !isOneOf(kDataKeywords, it.key()))
            readNames(it.value(), pointer + u'/' + escaped(it.key()));
    }
}

QJsonObject Cutter::nodeOf(size_t number)
{
    const auto schema = m_pieces.at(number).schema;
    QJsonObject node;
    if (schema.contains("$ref"_L1)) {
        addReference(schema, node);
        if (m_referenceHidesSiblings)
            return node;
    }
    addPlain(schema, node);
    addBooleanLimits(node);
    addInPlace(schema, node);
    addProperties(schema, node);
    addItems(schema, node);
    addContains(schema, node);
    addDependencies(schema, node);
    noteUnchecked(schema);
    return node;
}

void Cutter::addPlain(const QJsonObject &schema, QJsonObject &node)
{
    for (const auto &keyword : kPlainKeywords) {
        const auto value = schema.value(keyword.name);
        if (value.isUndefined())
            continue;
        if (!keyword.fits(value))
            refuse(at(keyword.name), u"must be "_s + QLatin1String(keyword.expected));
        node.insert(keyword.name, value);
    }
    const auto format = node.value("format"_L1).toString();
    if (!format.isEmpty() && !schemaFormat(format.toStdString()))
        note(u"format: "_s + format);
    if (format.isEmpty() || !schemaFormat(format.toStdString()))
        node.remove("format"_L1);
}

/// Draft-04 says {"maximum": 5, "exclusiveMaximum": true} where later ones say
/// {"exclusiveMaximum": 5}.
void Cutter::addBooleanLimits(QJsonObject &node)
{
    for (const auto &[exclusive, inclusive] : {std::pair{"exclusiveMaximum"_L1, "maximum"_L1},
                                               std::pair{"exclusiveMinimum"_L1, "minimum"_L1}}) {
        const auto flag = node.value(exclusive);
        if (!flag.isBool())
            continue;
        node.remove(exclusive);
        if (flag.toBool() && node.contains(inclusive))
            node.insert(exclusive, node.take(inclusive));
    }
}

void Cutter::addReference(const QJsonObject &schema, QJsonObject &node)
{
    const auto reference = schema.value("$ref"_L1);
    if (!reference.isString())
        return refuse(at("$ref"_L1), u"must be a string"_s);
    const auto pointer = pointerOf(reference.toString());
    if (!pointer)
        return;
    const auto target = valueAt(m_root, *pointer);
    if (target.isUndefined())
        return refuse(at("$ref"_L1), u"refers to nothing: "_s + reference.toString());
    const auto stands = subschemaInPlace(target, *pointer);
    if (stands.contains(QLatin1String(kNodeKeyword)))
        node.insert(QLatin1String(kNodeKeyword), stands.value(QLatin1String(kNodeKeyword)));
}

void Cutter::addInPlace(const QJsonObject &schema, QJsonObject &node)
{
    for (const auto keyword : {"allOf"_L1, "anyOf"_L1, "oneOf"_L1}) {
        if (!schema.contains(keyword))
            continue;
        const auto list = schema.value(keyword).toArray();
        if (list.isEmpty())
            refuse(at(keyword), u"must be a list of schemas"_s);
        QJsonArray stand;
        for (qsizetype i = 0; i < list.size(); ++i)
            stand.append(subschemaInPlace(list.at(i), at(keyword) + u'/' + QString::number(i)));
        node.insert(keyword, stand);
    }
    for (const auto keyword : {"if"_L1, "then"_L1, "else"_L1, "not"_L1}) {
        if (schema.contains(keyword))
            node.insert(keyword, subschemaInPlace(schema.value(keyword), at(keyword)));
    }
}

void Cutter::addProperties(const QJsonObject &schema, QJsonObject &node)
{
    for (const auto keyword : {"properties"_L1, "patternProperties"_L1}) {
        if (schema.contains(keyword))
            node.insert(keyword, namedSubschemas(schema.value(keyword), at(keyword)));
    }
    const auto others =
        isAllOfItsProperties(schema) ? "unevaluatedProperties"_L1 : "additionalProperties"_L1;
    if (schema.contains(others))
        node.insert("additionalProperties"_L1, subschemaOrFlag(schema.value(others), at(others)));
    if (const auto names = schema.value("propertyNames"_L1); !names.isUndefined())
        node.insert("propertyNames"_L1, subschema(names, at("propertyNames"_L1)));
}

/// 2020-12 says {"prefixItems": [...], "items": ...} where earlier ones say
/// {"items": [...], "additionalItems": ...}.
void Cutter::addItems(const QJsonObject &schema, QJsonObject &node)
{
    const auto items = schema.value("items"_L1);
    const bool hasPrefix = schema.contains("prefixItems"_L1);
    if (!hasPrefix && !items.isArray()) {
        if (!items.isUndefined())
            node.insert("items"_L1, subschema(items, at("items"_L1)));
        return;
    }
    const auto first = hasPrefix ? "prefixItems"_L1 : "items"_L1;
    const auto others = hasPrefix ? "items"_L1 : "additionalItems"_L1;
    node.insert("items"_L1, subschemas(schema.value(first), at(first)));
    if (schema.contains(others))
        node.insert("additionalItems"_L1, subschemaOrFlag(schema.value(others), at(others)));
}

void Cutter::addContains(const QJsonObject &schema, QJsonObject &node)
{
    const auto contains = schema.value("contains"_L1);
    if (contains.isUndefined())
        return;
    const auto least = schema.value("minContains"_L1).toInteger(1);
    if (least > 1)
        note(u"minContains"_s);
    if (least > 0)
        node.insert("contains"_L1, subschema(contains, at("contains"_L1)));
}

/// dependentRequired and dependentSchemas are what "dependencies" was.
void Cutter::addDependencies(const QJsonObject &schema, QJsonObject &node)
{
    for (const auto keyword : {"dependencies"_L1, "dependentRequired"_L1, "dependentSchemas"_L1})
        addDependencies(schema, keyword, node);
}

/// Each in an element of "allOf": valijson takes all schemas of one "dependencies" for the same.
void Cutter::addDependencies(const QJsonObject &schema, QLatin1String keyword, QJsonObject &node)
{
    const auto value = schema.value(keyword);
    if (value.isUndefined())
        return;
    if (!value.isObject())
        return refuse(at(keyword), u"must be an object"_s);
    const auto map = value.toObject();
    auto all = node.value("allOf"_L1).toArray();
    for (auto it = map.begin(); it != map.end(); ++it) {
        const auto pointer = at(keyword) + u'/' + escaped(it.key());
        if (it.value().isArray() && !isStrings(it.value()))
            refuse(pointer, u"must be a list of strings"_s);
        const auto needed = it.value().isArray()
            ? QJsonValue(it.value())
            : QJsonValue(subschemaInPlace(it.value(), pointer));
        all.append(QJsonObject{{u"dependencies"_s, QJsonObject{{it.key(), needed}}}});
    }
    if (!all.isEmpty())
        node.insert("allOf"_L1, all);
}

void Cutter::noteUnchecked(const QJsonObject &schema)
{
    for (const auto keyword : kUncheckedKeywords) {
        const auto value = schema.value(keyword);
        const bool isSaid = keyword == "unevaluatedProperties"_L1 && isAllOfItsProperties(schema);
        if (!value.isUndefined() && value != QJsonValue(true) && !isSaid)
            note(keyword);
    }
}

void Cutter::note(const QString &keyword)
{
    if (!m_unchecked.contains(keyword))
        m_unchecked.append(keyword);
}

/// What stands in a node for `schema`, which is found at `pointer`: nothing for true.
QJsonObject Cutter::subschema(const QJsonValue &schema, const QString &pointer)
{
    const QLatin1String node(kNodeKeyword);
    if (schema.isBool())
        return schema.toBool() ? QJsonObject{} : QJsonObject{{node, kNothingFits}};
    if (!schema.isObject()) {
        refuse(pointer, u"must be a schema"_s);
        return {};
    }
    if (const auto known = m_numbers.constFind(pointer); known != m_numbers.constEnd())
        return {{node, *known}};
    if (m_pieces.size() >= kMostNodes)
        refuse(pointer, u"is one of more than %1 subschemas"_s.arg(kMostNodes));
    const auto number = int(m_pieces.size());
    m_pieces.push_back({pointer, schema.toObject()});
    m_numbers.insert(pointer, number);
    return {{node, number}};
}

QJsonObject Cutter::subschemaInPlace(const QJsonValue &schema, const QString &pointer)
{
    const auto stands = subschema(schema, pointer);
    if (const int number = stands.value(QLatin1String(kNodeKeyword)).toInt(kNothingFits);
        number != kNothingFits)
        m_inPlace.emplace_back(int(m_current), number);
    return stands;
}

QJsonValue Cutter::subschemaOrFlag(const QJsonValue &schema, const QString &pointer)
{
    return schema.isBool() ? schema : QJsonValue(subschema(schema, pointer));
}

QJsonArray Cutter::subschemas(const QJsonValue &list, const QString &pointer)
{
    if (!list.isArray())
        refuse(pointer, u"must be a list of schemas"_s);
    const auto schemas = list.toArray();
    QJsonArray stand;
    for (qsizetype i = 0; i < schemas.size(); ++i)
        stand.append(subschema(schemas.at(i), pointer + u'/' + QString::number(i)));
    return stand;
}

QJsonObject Cutter::namedSubschemas(const QJsonValue &map, const QString &pointer)
{
    if (!map.isObject())
        refuse(pointer, u"must be an object"_s);
    const auto schemas = map.toObject();
    QJsonObject stand;
    for (auto it = schemas.begin(); it != schemas.end(); ++it)
        stand.insert(it.key(), subschema(it.value(), pointer + u'/' + escaped(it.key())));
    return stand;
}

/// Only what stands in the schema itself is ever read.
std::optional<QString> Cutter::pointerOf(const QString &reference)
{
    const auto local = !m_rootId.isEmpty() && reference.startsWith(m_rootId)
        ? reference.mid(m_rootId.size())
        : reference;
    if (!local.startsWith(u'#') && !(local.isEmpty() && !reference.isEmpty())) {
        refuse(at("$ref"_L1), u"refers to another document: "_s + reference);
        return std::nullopt;
    }
    const auto fragment = QUrl::fromPercentEncoding(local.mid(1).toUtf8());
    if (fragment.isEmpty() || fragment.startsWith(u'/'))
        return fragment;
    if (!m_anchors.contains(fragment)) {
        refuse(at("$ref"_L1), u"refers to nothing: "_s + reference);
        return std::nullopt;
    }
    return m_anchors.value(fragment);
}

QString Cutter::at(QLatin1String keyword) const
{
    return m_pieces.at(m_current).pointer + u'/' + keyword;
}

/// Takes away, one after the other, the nodes that nobody left applies in place; a cycle stays.
bool Cutter::refersToItself() const
{
    std::vector<std::vector<int>> targets(m_pieces.size());
    std::vector<int> sources(m_pieces.size());
    for (const auto &[from, to] : m_inPlace) {
        targets[size_t(from)].push_back(to);
        ++sources[size_t(to)];
    }
    std::vector<int> free;
    for (size_t i = 0; i < sources.size(); ++i) {
        if (sources[i] == 0)
            free.push_back(int(i));
    }
    for (size_t i = 0; i < free.size(); ++i) {
        for (const int target : targets[size_t(free[i])]) {
            if (--sources[size_t(target)] == 0)
                free.push_back(target);
        }
    }
    return free.size() < m_pieces.size();
}

/// The first complaint is the one that is told.
void Cutter::refuse(const QString &pointer, const QString &why)
{
    if (m_error.isEmpty())
        m_error = u"In the schema, #%1 %2."_s.arg(pointer, why);
}

} // namespace

Result<SchemaNodes, QString> cutSchema(const QJsonObject &schema)
{
    return Cutter(schema).cut();
}

bool nestsDeeper(const QJsonValue &value, int limit)
{
    if (!value.isObject() && !value.isArray())
        return false;
    if (limit == 0)
        return true;
    const auto deeper = [limit](const QJsonValue &each) { return nestsDeeper(each, limit - 1); };
    if (value.isArray()) {
        const auto list = value.toArray();
        return std::any_of(list.begin(), list.end(), deeper);
    }
    const auto object = value.toObject();
    return std::any_of(object.begin(), object.end(), deeper);
}

} // namespace gatehouse::mcp
