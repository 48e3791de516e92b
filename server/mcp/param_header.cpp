// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/param_header.h>

#include <base/text.h>

#include <QJsonArray>
#include <QRegularExpression>
#include <QSet>

#include <algorithm>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

namespace {

constexpr QByteArrayView kEncodingPrefix = "=?base64?";
constexpr QByteArrayView kEncodingSuffix = "?=";
constexpr qsizetype kDeepestProperty = 16;

constexpr auto kAnnotation = "x-mcp-header"_L1;

struct Annotation {
    QStringList path;
    QJsonValue name;
    QJsonValue type;
};

void collect(const QJsonObject &schema, const QStringList &path, std::vector<Annotation> &found)
{
    if (path.size() > kDeepestProperty)
        return;
    const auto properties = schema.value("properties"_L1).toObject();
    for (auto it = properties.begin(); it != properties.end(); ++it) {
        const auto property = it.value().toObject();
        const auto at = path + QStringList{it.key()};
        if (property.contains(kAnnotation))
            found.push_back({at, property.value(kAnnotation), property.value("type"_L1)});
        collect(property, at, found);
    }
}

/// How many annotations there are, wherever they stand.
size_t countIn(const QJsonValue &value, bool isMapOfNames = false)
{
    size_t count = 0;
    const auto elements = value.toArray();
    for (const auto &element : elements)
        count += countIn(element);
    const auto object = value.toObject();
    for (auto it = object.begin(); it != object.end(); ++it) {
        static const QStringList kValues{u"default"_s, u"examples"_s, u"enum"_s, u"const"_s};
        if (isMapOfNames)
            count += countIn(it.value());
        else if (it.key() == kAnnotation)
            ++count;
        else if (!kValues.contains(it.key()))
            count += countIn(it.value(), it.key() == "properties"_L1);
    }
    return count;
}

/// What is wrong with one; empty when nothing is.
QString complaintOf(const Annotation &annotation)
{
    static const QRegularExpression kToken(
        uR"(\A[!#$%&'*+.^_`|~0-9A-Za-z-]+\z)"_s); // RFC 9110 §5.6.2
    static const QStringList kTypes{u"string"_s, u"integer"_s, u"boolean"_s};
    if (!kToken.match(annotation.name.toString()).hasMatch())
        return u"must be a token, as a header's name is"_s;
    if (!kTypes.contains(annotation.type.toString()))
        return u"must be at a property of type string, integer or boolean"_s;
    return {};
}

/// RFC 9110 §5.5, without the tab and the bytes above ASCII that a value may not hold unencoded.
bool isPlain(const QByteArray &value)
{
    return std::all_of(value.begin(), value.end(),
                       [](char c) { return (c >= 0x20 && c < 0x7f) || c == '\t'; });
}

/// A whole number, however it is written: JavaScript makes 42 of 42.0.
bool isSameNumber(const QString &text, double number)
{
    bool isNumber = false;
    const auto value = text.toDouble(&isNumber);
    return isNumber && value == number;
}

} // namespace

Result<std::vector<ParamHeader>, QString> paramHeadersOf(const QJsonObject &inputSchema)
{
    std::vector<Annotation> annotations;
    collect(inputSchema, {}, annotations);
    if (annotations.size() != countIn(inputSchema)) {
        return fail(u"has an x-mcp-header where only \"properties\" may lead to, not items, "
                    "allOf or the like"_s);
    }
    std::vector<ParamHeader> headers;
    QSet<QString> names;
    for (const auto &annotation : annotations) {
        const auto name = annotation.name.toString();
        auto complaint = complaintOf(annotation);
        if (complaint.isEmpty() && names.contains(name.toLower()))
            complaint = u"must be another for each property"_s;
        if (!complaint.isEmpty()) {
            return fail(u"has an x-mcp-header at \"%1\" that cannot be used: it "_s.arg(
                            shownText(annotation.path.join(u'.')))
                        + complaint);
        }
        names.insert(name.toLower());
        headers.push_back({"Mcp-Param-" + name.toLatin1(), annotation.path});
    }
    return headers;
}

std::optional<QString> decodeHeaderValue(const QByteArray &value)
{
    if (!isPlain(value))
        return std::nullopt;
    if (!value.startsWith(kEncodingPrefix) || !value.endsWith(kEncodingSuffix)
        || value.size() < kEncodingPrefix.size() + kEncodingSuffix.size())
        return QString::fromLatin1(value);
    const auto encoded = value.mid(kEncodingPrefix.size(),
                                   value.size() - kEncodingPrefix.size() - kEncodingSuffix.size());
    const auto decoded =
        QByteArray::fromBase64Encoding(encoded, QByteArray::AbortOnBase64DecodingErrors);
    // Qt takes Base64 without its padding; the specification does not.
    if (!decoded || decoded.decoded.toBase64() != encoded)
        return std::nullopt;
    return QString::fromUtf8(decoded.decoded);
}

bool headerMatches(const std::optional<QByteArray> &header, const QJsonValue &argument)
{
    if (argument.isUndefined() || argument.isNull())
        return !header;
    if (!header)
        return false;
    const auto text = decodeHeaderValue(*header);
    if (!text)
        return false;
    if (argument.isBool())
        return *text == (argument.toBool() ? "true"_L1 : "false"_L1);
    if (argument.isDouble())
        return isSameNumber(*text, argument.toDouble());
    return argument.isString() && *text == argument.toString();
}

QJsonValue valueAt(const QJsonObject &arguments, const QStringList &path)
{
    QJsonValue value(arguments);
    for (const auto &name : path)
        value = value.toObject().value(name);
    return value;
}

} // namespace gatehouse::mcp
