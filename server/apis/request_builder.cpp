// SPDX-License-Identifier: GPL-3.0-or-later
#include <apis/request_builder.h>

#include <base/text.h>

#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>

namespace gatehouse::apis {

using namespace Qt::StringLiterals;

namespace {

QStringList typesOf(const QJsonObject &schema)
{
    const auto type = schema.value("type"_L1);
    if (type.isString())
        return {type.toString()};
    QStringList types;
    const auto list = type.toArray();
    for (const auto &each : list)
        types.append(each.toString());
    return types;
}

bool isWholeNumber(const QJsonValue &value)
{
    return value.isDouble() && value.toInteger(0) == value.toInteger(1);
}

bool hasType(const QJsonValue &value, const QString &type)
{
    if (type == "string"_L1)
        return value.isString();
    if (type == "integer"_L1)
        return isWholeNumber(value);
    if (type == "number"_L1)
        return value.isDouble();
    if (type == "boolean"_L1)
        return value.isBool();
    if (type == "null"_L1)
        return value.isNull();
    if (type == "array"_L1)
        return value.isArray();
    return type == "object"_L1 && value.isObject();
}

bool isScalar(const QJsonValue &value)
{
    return value.isString() || value.isDouble() || value.isBool();
}

QString jsonText(const QJsonValue &value)
{
    const auto wrapped =
        QString::fromUtf8(QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact));
    return wrapped.mid(1, wrapped.size() - 2);
}

QString scalarText(const QJsonValue &value)
{
    return value.isString() ? value.toString() : jsonText(value);
}

/// Percent-encodes everything but unreserved characters (RFC 3986 §2.3), so that no value can end
/// its segment or parameter.
QByteArray encoded(const QString &text)
{
    return QUrl::toPercentEncoding(text);
}

/// A path template (or a part of one) with all characters kept that a path may hold, and braces.
QByteArray encodedTemplate(const QString &path)
{
    return QUrl::toPercentEncoding(path, "/{}:@!$&'()*+,;=");
}

/// A value that could leave its path segment. Encoded slashes are refused too: many servers decode
/// them before they look at the path.
bool leavesSegment(const QString &text)
{
    return text.isEmpty() || text == "."_L1 || text == ".."_L1
        || std::any_of(text.begin(), text.end(), [](QChar c) {
               return c == u'/' || c == u'\\' || c.category() == QChar::Other_Control;
           });
}

/// Models often send null for what they leave out.
bool isLeftOut(const QJsonValue &value, const Argument &argument)
{
    return value.isUndefined()
        || (value.isNull() && !argument.isRequired
            && !typesOf(argument.schema).contains("null"_L1));
}

/// One request while it is put together from the arguments.
class Builder {
public:
    explicit Builder(const Operation &operation)
        : m_operation(operation), m_path(encodedTemplate(operation.path))
    {
    }

    /// What is wrong with this argument, or nothing.
    QString add(const Argument &argument, const QJsonValue &value);
    Result<ApiRequest, QString> finish(const QUrl &baseUrl) const;

private:
    QString addToPath(const Argument &argument, const QJsonValue &value);
    QString addToQuery(const Argument &argument, const QJsonValue &value);
    std::optional<QByteArray> body() const;

    const Operation &m_operation;
    QByteArray m_path;
    QByteArrayList m_query;
    QJsonObject m_properties;
    QJsonValue m_wholeBody = QJsonValue::Undefined;
};

QString Builder::add(const Argument &argument, const QJsonValue &value)
{
    if (const auto why = mismatch(value, argument.schema); !why.isEmpty())
        return why;
    switch (argument.place) {
    case ArgumentPlace::Path:
        return addToPath(argument, value);
    case ArgumentPlace::Query:
        return addToQuery(argument, value);
    case ArgumentPlace::Body:
        m_properties.insert(argument.name, value);
        return {};
    case ArgumentPlace::WholeBody:
        m_wholeBody = value;
        return {};
    }
    Q_UNREACHABLE();
}

QString Builder::addToPath(const Argument &argument, const QJsonValue &value)
{
    if (!isScalar(value))
        return u"must be a text, a number or true or false"_s;
    const auto text = scalarText(value);
    if (leavesSegment(text))
        return u"must not be empty, \".\" or \"..\" or contain a slash or control character"_s;
    m_path.replace(encodedTemplate(u'{' + argument.name + u'}'), encoded(text));
    return {};
}

QString Builder::addToQuery(const Argument &argument, const QJsonValue &value)
{
    const auto values = value.isArray() ? value.toArray() : QJsonArray{value};
    QByteArrayList texts;
    for (const auto &each : values) {
        if (!isScalar(each))
            return u"must be a text, a number, true or false, or a list of these"_s;
        texts.append(encoded(scalarText(each)));
    }
    if (!argument.isExploded && !texts.isEmpty())
        texts = {texts.join(',')};
    for (const auto &text : texts)
        m_query.append(encoded(argument.name) + '=' + text);
    return {};
}

std::optional<QByteArray> Builder::body() const
{
    if (!m_wholeBody.isUndefined())
        return jsonText(m_wholeBody).toUtf8();
    const bool hasProperties =
        std::any_of(m_operation.arguments.begin(), m_operation.arguments.end(),
                    [](const Argument &a) { return a.place == ArgumentPlace::Body; });
    if (hasProperties && (m_operation.needsBody || !m_properties.isEmpty()))
        return QJsonDocument(m_properties).toJson(QJsonDocument::Compact);
    return std::nullopt;
}

Result<ApiRequest, QString> Builder::finish(const QUrl &baseUrl) const
{
    // "{a}{b}" with "." and "." would make a dot segment of two harmless values.
    const auto segments = m_path.split('/');
    if (segments.contains(".") || segments.contains(".."))
        return fail(u"The arguments do not make a usable path."_s);
    auto base = baseUrl.toEncoded(QUrl::FullyEncoded | QUrl::StripTrailingSlash);
    if (base.endsWith('/'))
        base.chop(1);
    auto text = base + m_path;
    if (!m_query.isEmpty())
        text += '?' + m_query.join('&');
    const auto url = QUrl::fromEncoded(text, QUrl::StrictMode);
    const bool isAtBase =
        url.isValid() && url.scheme() == baseUrl.scheme() && url.authority() == baseUrl.authority();
    if (!isAtBase)
        return fail(u"The arguments do not make a usable address."_s);
    return ApiRequest{m_operation.method, url, body()};
}

} // namespace

QString mismatch(const QJsonValue &value, const QJsonObject &schema)
{
    const auto types = typesOf(schema);
    const bool fits = types.isEmpty()
        || std::any_of(types.begin(), types.end(),
                       [&](const QString &type) { return hasType(value, type); });
    if (!fits)
        return u"must be of type %1"_s.arg(types.join(" or "_L1));
    const auto allowed = schema.value("enum"_L1).toArray();
    if (schema.contains("enum"_L1) && !allowed.contains(value)) {
        QStringList names;
        for (const auto &each : allowed)
            names.append(jsonText(each));
        return u"must be one of %1"_s.arg(names.join(", "_L1));
    }
    return {};
}

Result<ApiRequest, QString> buildRequest(const Operation &operation, const QUrl &baseUrl,
                                         const QJsonObject &arguments)
{
    Builder builder(operation);
    QStringList wrong;
    QStringList known;
    const bool bringsBody =
        std::any_of(operation.arguments.begin(), operation.arguments.end(), [&](const Argument &a) {
            return a.place == ArgumentPlace::Body && arguments.contains(a.name);
        });
    for (const auto &argument : operation.arguments) {
        known.append(argument.name);
        const auto value = arguments.value(argument.name);
        const bool isNeeded = argument.isRequired
            && (argument.place != ArgumentPlace::Body || operation.needsBody || bringsBody);
        if (isLeftOut(value, argument)) {
            if (isNeeded)
                wrong.append(u"\"%1\" is missing."_s.arg(argument.name));
        } else if (const auto why = builder.add(argument, value); !why.isEmpty()) {
            wrong.append(u"\"%1\" %2."_s.arg(argument.name, why));
        }
    }
    const auto given = arguments.keys();
    for (const auto &name : given) {
        if (!known.contains(name)) {
            wrong.append(u"\"%1\" is not an argument of %2; it takes: %3."_s.arg(
                shownText(name), operation.name,
                known.isEmpty() ? u"none"_s : known.join(", "_L1)));
        }
    }
    if (!wrong.isEmpty())
        return fail(wrong.join(u'\n'));
    return builder.finish(baseUrl);
}

} // namespace gatehouse::apis
