// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/message_check.h>

#ifdef GATEHOUSE_CHECK_MESSAGES

#include <mcp/json_schema.h>

#include <base/json.h>

#include <QFile>
#include <QHash>
#include <QJsonArray>
#include <QJsonDocument>
#include <QMutex>

#include <algorithm>
#include <array>
#include <map>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

namespace {

/// Objects in which anybody may put anything, though some definitions name only their own.
constexpr std::array kOpenProperties{"_meta"_L1, "inputSchema"_L1, "outputSchema"_L1};

constexpr auto kOpenDefinitions = "open"_L1;

QJsonObject closedSchema(const QJsonObject &schema, bool isOpen = false);

/// A schema that stays open itself: of a definition that is referred to, the open one.
QJsonObject openSchema(const QJsonObject &schema)
{
    const auto reference = schema.value("$ref"_L1).toString();
    if (reference.isEmpty())
        return closedSchema(schema, true);
    return {{u"$ref"_s, u"#/"_s + kOpenDefinitions + u'/' + reference.section(u'/', -1)}};
}

QJsonObject closedProperties(const QJsonObject &properties)
{
    QJsonObject result;
    for (auto it = properties.begin(); it != properties.end(); ++it) {
        const auto schema = it.value().toObject();
        const bool isOpen = std::find(kOpenProperties.begin(), kOpenProperties.end(), it.key())
            != kOpenProperties.end();
        result.insert(it.key(), isOpen ? openSchema(schema) : closedSchema(schema));
    }
    return result;
}

template <typename Change>
QJsonArray changed(const QJsonArray &schemas, Change change)
{
    QJsonArray result;
    std::transform(schemas.begin(), schemas.end(), std::back_inserter(result),
                   [&](const QJsonValue &each) { return change(each.toObject()); });
    return result;
}

/// A part of the official schemas, which use few keywords, with every object closed that names its
/// properties and does not say what others may be.
QJsonObject closedSchema(const QJsonObject &schema, bool isOpen)
{
    QJsonObject result = schema;
    result.remove("description"_L1);
    const auto properties = schema.value("properties"_L1).toObject();
    if (schema.contains("properties"_L1))
        result.insert("properties"_L1, closedProperties(properties));
    for (const auto keyword : {"items"_L1, "additionalProperties"_L1}) {
        if (schema.value(keyword).isObject())
            result.insert(keyword, closedSchema(schema.value(keyword).toObject()));
    }
    for (const auto keyword : {"anyOf"_L1, "oneOf"_L1}) {
        if (schema.contains(keyword)) {
            result.insert(keyword, changed(schema.value(keyword).toArray(), [](const auto &each) {
                              return closedSchema(each);
                          }));
        }
    }
    // Each of these names a part of the properties.
    if (schema.contains("allOf"_L1))
        result.insert("allOf"_L1, changed(schema.value("allOf"_L1).toArray(), &openSchema));
    if (!isOpen && !properties.isEmpty() && !schema.contains("additionalProperties"_L1))
        result.insert("additionalProperties"_L1, false);
    return result;
}

QJsonValue inside(QJsonValue value, std::initializer_list<QLatin1String> path)
{
    for (const auto name : path)
        value = value.toObject().value(name);
    return value;
}

/// The constant that a definition has for its method.
QString methodOf(const QJsonValue &definition)
{
    return inside(definition, {"properties"_L1, "method"_L1, "const"_L1}).toString();
}

/// The constant that a definition of an error has for its code.
QJsonValue codeOf(const QJsonValue &definition)
{
    const auto parts = inside(definition, {"properties"_L1, "error"_L1, "allOf"_L1}).toArray();
    return inside(parts.at(parts.size() - 1), {"properties"_L1, "code"_L1, "const"_L1});
}

/// The official schema of one revision. Each definition is compiled when it is first asked for.
class RevisionSchema {
public:
    explicit RevisionSchema(const QString &revision);

    [[nodiscard]] QStringList complaints(const QJsonObject &message, const QString &method);

private:
    [[nodiscard]] QStringList requestComplaints(const QJsonObject &message);
    [[nodiscard]] QStringList notificationComplaints(const QJsonObject &message);
    [[nodiscard]] QStringList errorComplaints(QJsonObject message);
    [[nodiscard]] QStringList resultComplaints(const QJsonObject &message, const QString &method);
    [[nodiscard]] QStringList resultComplaints(const QJsonObject &result, const QString &name,
                                               const QString &method);
    [[nodiscard]] QStringList memberComplaints(QJsonObject message, QLatin1String alternatives);
    [[nodiscard]] QStringList against(const QString &name, const QJsonObject &value,
                                      const QString &path = {});
    [[nodiscard]] QString memberOf(QLatin1String alternatives, const QString &method) const;
    [[nodiscard]] QString resultOf(const QString &method) const;
    [[nodiscard]] bool mayAskForInput(const QString &result) const;
    [[nodiscard]] QJsonObject definition(const QString &name) const;
    [[nodiscard]] QString existing(QLatin1String name, QLatin1String older) const;

    QString m_revision;
    QString m_keyword; ///< "definitions", or "$defs" since 2025-11-25
    QJsonObject m_definitions; ///< as they were published
    QJsonObject m_root; ///< the closed ones and the open ones
    std::map<QString, JsonSchema> m_compiled;
};

RevisionSchema::RevisionSchema(const QString &revision) : m_revision(revision)
{
    QFile file(u":/gatehouse/mcp-schema/%1/schema.json"_s.arg(revision));
    if (!file.open(QIODevice::ReadOnly))
        return;
    m_root = parseJsonObject(file.readAll()).value_or(QJsonObject{});
    m_keyword = m_root.contains("$defs"_L1) ? u"$defs"_s : u"definitions"_s;
    m_definitions = m_root.value(m_keyword).toObject();
    // 2026-07-28 forgets null and fractions, which its text has.
    if (m_definitions.contains("JSONValue"_L1))
        m_definitions.insert("JSONValue"_L1, QJsonObject{});
    QJsonObject closed;
    QJsonObject open;
    for (auto it = m_definitions.begin(); it != m_definitions.end(); ++it) {
        closed.insert(it.key(), closedSchema(it.value().toObject()));
        open.insert(it.key(), openSchema(it.value().toObject()));
    }
    m_root.insert(m_keyword, closed);
    m_root.insert(kOpenDefinitions, open);
}

QStringList RevisionSchema::complaints(const QJsonObject &message, const QString &method)
{
    if (m_definitions.isEmpty())
        return {u"there is no schema of the revision "_s + m_revision};
    if (message.contains("method"_L1)) {
        return message.contains("id"_L1) ? requestComplaints(message)
                                         : notificationComplaints(message);
    }
    return message.contains("error"_L1) ? errorComplaints(message)
                                        : resultComplaints(message, method);
}

QStringList RevisionSchema::requestComplaints(const QJsonObject &message)
{
    return against(u"JSONRPCRequest"_s, message) + memberComplaints(message, "ServerRequest"_L1);
}

QStringList RevisionSchema::notificationComplaints(const QJsonObject &message)
{
    return against(u"JSONRPCNotification"_s, message)
        + memberComplaints(message, "ServerNotification"_L1);
}

QStringList RevisionSchema::memberComplaints(QJsonObject message, QLatin1String alternatives)
{
    const auto method = message.value("method"_L1).toString();
    const auto name = memberOf(alternatives, method);
    if (name.isEmpty())
        return {u"/method is not among what a server may send: "_s + method};
    // Before 2025-11-25 only the envelope names these.
    const auto properties = definition(name).value("properties"_L1).toObject();
    for (const auto member : {"jsonrpc"_L1, "id"_L1}) {
        if (!properties.contains(member))
            message.remove(member);
    }
    return against(name, message);
}

QStringList RevisionSchema::errorComplaints(QJsonObject message)
{
    // JSON-RPC 2.0 §5: null for a request whose id could not be read. The schemas forget that.
    if (message.value("id"_L1).isNull())
        message.insert("id"_L1, 0);
    auto found = against(existing("JSONRPCErrorResponse"_L1, "JSONRPCError"_L1), message);
    const auto code = message.value("error"_L1).toObject().value("code"_L1);
    for (auto it = m_definitions.begin(); it != m_definitions.end(); ++it) {
        if (code.isDouble() && codeOf(it.value()) == code)
            found += against(it.key(), message);
    }
    return found;
}

QStringList RevisionSchema::resultComplaints(const QJsonObject &message, const QString &method)
{
    const auto envelope =
        against(existing("JSONRPCResultResponse"_L1, "JSONRPCResponse"_L1), message);
    const auto name = resultOf(method);
    if (name.isEmpty())
        return envelope + QStringList{u"no request of this revision has the method "_s + method};
    return envelope + resultComplaints(message.value("result"_L1).toObject(), name, method);
}

/// Since 2026-07-28 a result may ask for more instead of being one (MRTR).
QStringList RevisionSchema::resultComplaints(const QJsonObject &result, const QString &name,
                                             const QString &method)
{
    if (result.value("resultType"_L1) != QJsonValue(u"input_required"_s))
        return against(name, result, u"/result"_s);
    if (!mayAskForInput(name))
        return {u"/result/resultType must not be \"input_required\" after "_s + method};
    return against(u"InputRequiredResult"_s, result, u"/result"_s);
}

QStringList RevisionSchema::against(const QString &name, const QJsonObject &value,
                                    const QString &path)
{
    auto known = m_compiled.find(name);
    if (known == m_compiled.end()) {
        auto root = m_root;
        root.insert("$ref"_L1, u"#/"_s + m_keyword + u'/' + name);
        const auto schema = JsonSchema::compile(root);
        if (!schema)
            return {schema.error()};
        known = m_compiled.emplace(name, *schema).first;
    }
    QStringList found;
    const auto violations = known->second.check(value);
    for (const auto &violation : violations)
        found.append(path + violation.path + u' ' + violation.what);
    return found;
}

/// The definition for `method` among those that may come from a server; "" when there is none.
QString RevisionSchema::memberOf(QLatin1String alternatives, const QString &method) const
{
    const auto members = definition(alternatives).value("anyOf"_L1).toArray();
    for (const auto &member : members) {
        const auto name = inside(member, {"$ref"_L1}).toString().section(u'/', -1);
        if (methodOf(definition(name)) == method)
            return name;
    }
    return {};
}

/// CallToolRequest is answered with CallToolResult, PingRequest, as it has none, with EmptyResult.
QString RevisionSchema::resultOf(const QString &method) const
{
    const auto suffix = "Request"_L1;
    for (auto it = m_definitions.begin(); it != m_definitions.end(); ++it) {
        if (!it.key().endsWith(suffix) || method.isEmpty() || methodOf(it.value()) != method)
            continue;
        const auto result = it.key().chopped(suffix.size()) + u"Result"_s;
        return m_definitions.contains(result) ? result : u"EmptyResult"_s;
    }
    return {};
}

bool RevisionSchema::mayAskForInput(const QString &result) const
{
    const auto alternatives =
        inside(definition(result + u"Response"_s), {"properties"_L1, "result"_L1, "anyOf"_L1})
            .toArray();
    return std::any_of(alternatives.begin(), alternatives.end(), [](const QJsonValue &each) {
        return inside(each, {"$ref"_L1}).toString().endsWith("/InputRequiredResult"_L1);
    });
}

QJsonObject RevisionSchema::definition(const QString &name) const
{
    return m_definitions.value(name).toObject();
}

QString RevisionSchema::existing(QLatin1String name, QLatin1String older) const
{
    return m_definitions.contains(name) ? name : older;
}

} // namespace

QStringList messageComplaints(const QJsonObject &message, const QString &revision,
                              const QString &method)
{
    static QMutex mutex;
    static std::map<QString, RevisionSchema> schemas;
    const QMutexLocker lock(&mutex);
    const auto schema = schemas.try_emplace(revision, revision).first;
    auto found = schema->second.complaints(message, method);
    found.removeDuplicates();
    return found;
}

QStringList messageComplaints(const QByteArray &message, const QString &revision,
                              const QString &method)
{
    return messageComplaints(QJsonDocument::fromJson(message).object(), revision, method);
}

} // namespace gatehouse::mcp

#else

QStringList gatehouse::mcp::messageComplaints(const QJsonObject &, const QString &, const QString &)
{
    return {};
}

QStringList gatehouse::mcp::messageComplaints(const QByteArray &, const QString &, const QString &)
{
    return {};
}

#endif
