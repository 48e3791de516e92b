// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/param_header.h>

#include <algorithm>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

namespace {

constexpr QByteArrayView kEncodingPrefix = "=?base64?";
constexpr QByteArrayView kEncodingSuffix = "?=";
constexpr qsizetype kDeepestProperty = 16;

void collect(const QJsonObject &schema, const QStringList &path, std::vector<ParamHeader> &found)
{
    if (path.size() > kDeepestProperty)
        return;
    const auto properties = schema.value("properties"_L1).toObject();
    for (auto it = properties.begin(); it != properties.end(); ++it) {
        const auto property = it.value().toObject();
        const auto name = property.value("x-mcp-header"_L1).toString();
        const auto at = path + QStringList{it.key()};
        if (!name.isEmpty())
            found.push_back({"Mcp-Param-" + name.toLatin1(), at});
        collect(property, at, found);
    }
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

std::vector<ParamHeader> paramHeadersOf(const QJsonObject &inputSchema)
{
    std::vector<ParamHeader> found;
    collect(inputSchema, {}, found);
    return found;
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
