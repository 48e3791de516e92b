// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/schema_pattern.h>

#include <algorithm>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kLongestPattern = 4096;

/// PCRE2 takes limits at the start of a pattern; later ones can only be lower. Without its compiler
/// the steps are counted exactly, from each place anew, and the memory is heap, never the stack.
const auto kLimits = u"(*NO_JIT)(*LIMIT_MATCH=20000)(*LIMIT_DEPTH=20000)(*LIMIT_HEAP=8192)"_s;

bool isHex(QStringView digits)
{
    return std::all_of(digits.begin(), digits.end(), [](QChar c) {
        return (c >= u'0' && c <= u'9') || (c.toLower() >= u'a' && c.toLower() <= u'f');
    });
}

/// The escape at the start of `rest`, as PCRE2 writes it, and how much of `rest` it was.
std::pair<QString, qsizetype> translatedEscape(QStringView rest)
{
    if (rest.size() >= 6 && rest.at(1) == u'u' && isHex(rest.mid(2, 4)))
        return {u"\\x{"_s + rest.mid(2, 4).toString() + u'}', 6};
    return {rest.left(2).toString(), std::min<qsizetype>(2, rest.size())};
}

/// ECMA-262 §22.2 in the words of PCRE2: \uXXXX is \x{XXXX}, and "$" is the very end, not before a
/// last line end.
QString translated(const QString &pattern)
{
    QString result;
    bool inClass = false;
    for (qsizetype i = 0; i < pattern.size();) {
        const auto c = pattern.at(i);
        if (c == u'\\') {
            const auto [text, length] = translatedEscape(QStringView(pattern).mid(i));
            result += text;
            i += length;
            continue;
        }
        inClass = c == u'[' || (inClass && c != u']');
        result += c == u'$' && !inClass ? u"\\z"_s : QString(c);
        ++i;
    }
    return result;
}

} // namespace

Result<QRegularExpression, QString> schemaPattern(const QString &pattern)
{
    if (pattern.size() > kLongestPattern)
        return fail(u"is a pattern of more than %1 characters"_s.arg(kLongestPattern));
    const QRegularExpression expression(kLimits + translated(pattern));
    if (!expression.isValid())
        return fail(u"is no regular expression: "_s + expression.errorString());
    return expression;
}

} // namespace gatehouse::mcp
