// SPDX-License-Identifier: GPL-3.0-or-later
#include <http/form.h>

#include <QSet>
#include <QStringDecoder>

namespace gatehouse::http {

using namespace Qt::StringLiterals;

namespace {

bool isHexDigit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// RFC 3986 §2.1. Qt turns a broken sequence into some other character instead of refusing it.
bool hasBrokenPercent(const QByteArray &text)
{
    for (auto at = text.indexOf('%'); at >= 0; at = text.indexOf('%', at + 1)) {
        if (at + 2 >= text.size() || !isHexDigit(text.at(at + 1)) || !isHexDigit(text.at(at + 2)))
            return true;
    }
    return false;
}

std::optional<QString> decode(QByteArray text)
{
    if (hasBrokenPercent(text))
        return std::nullopt;
    text.replace('+', ' ');
    const auto bytes = QByteArray::fromPercentEncoding(text);
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    const QString decoded = decoder.decode(bytes);
    if (decoder.hasError() || decoded.contains(QChar(0)))
        return std::nullopt;
    return decoded;
}

} // namespace

Result<FormParameters> FormParameters::parse(const QByteArray &encoded,
                                             const QStringList &repeatable)
{
    FormParameters form;
    QSet<QString> seen;
    const auto pairs = encoded.split('&');
    for (const auto &pair : pairs) {
        if (pair.isEmpty())
            continue;
        const auto equals = pair.indexOf('=');
        const auto name = decode(equals < 0 ? pair : pair.left(equals));
        const auto value = decode(equals < 0 ? QByteArray() : pair.mid(equals + 1));
        if (!name || !value)
            return fail(Error{u"A parameter is not valid UTF-8 text."_s});
        if (seen.contains(*name) && !repeatable.contains(*name))
            return fail(Error{u"A parameter stands more than once."_s, {}, *name});
        seen.insert(*name);
        if (!value->isEmpty())
            form.m_values[*name].append(*value);
    }
    return form;
}

std::optional<QString> FormParameters::optional(const QString &name) const
{
    if (!contains(name))
        return std::nullopt;
    return value(name);
}

} // namespace gatehouse::http
