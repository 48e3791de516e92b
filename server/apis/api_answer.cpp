// SPDX-License-Identifier: GPL-3.0-or-later
#include <apis/api_answer.h>

#include <base/text.h>

#include <QJsonArray>
#include <QJsonDocument>

#include <array>

namespace gatehouse::apis {

using namespace Qt::StringLiterals;

namespace {

constexpr int kLongestExcerpt = 300;

/// Any JSON value, though QJsonDocument takes only objects and arrays by itself.
std::optional<QJsonValue> parseValue(const QByteArray &text)
{
    QJsonParseError error;
    const auto wrapped = QJsonDocument::fromJson('[' + text + ']', &error).array();
    if (error.error != QJsonParseError::NoError || wrapped.size() != 1)
        return std::nullopt;
    return wrapped.first();
}

bool isText(const QByteArray &contentType)
{
    const auto type = contentType.trimmed().toLower();
    return type.isEmpty() || type.startsWith("text/") || type.contains("json")
        || type.contains("xml");
}

/// The sentence in an error body (RFC 9457 and what else is common), or its first words.
QString excerpt(const ApiAnswer &answer)
{
    if (!isText(answer.contentType) || answer.contentType.contains("html"))
        return {};
    constexpr std::array fields{"detail"_L1, "message"_L1, "error_description"_L1, "title"_L1,
                                "error"_L1};
    const auto object = QJsonDocument::fromJson(answer.body).object();
    for (const auto field : fields) {
        if (const auto value = object.value(field); value.isString())
            return shownText(value.toString(), kLongestExcerpt);
    }
    return shownText(QString::fromUtf8(answer.body.left(4 * kLongestExcerpt)), kLongestExcerpt);
}

QString quoted(const ApiAnswer &answer)
{
    const auto text = excerpt(answer);
    return text.isEmpty() ? u"."_s : u": "_s + text;
}

mcp::ToolResult success(const QString &apiTitle, const ApiAnswer &answer)
{
    if (answer.body.trimmed().isEmpty()) {
        return {u"Done. %1 answered %2 without content."_s.arg(apiTitle).arg(answer.status)};
    }
    if (!isText(answer.contentType)) {
        return {u"Done. %1 answered %2 bytes of %3, which cannot be shown as text."_s.arg(apiTitle)
                    .arg(answer.body.size())
                    .arg(shownText(QString::fromLatin1(answer.contentType)))};
    }
    mcp::ToolResult result{QString::fromUtf8(answer.body)};
    if (const auto value = parseValue(answer.body)) {
        result.structured =
            value->isObject() ? value->toObject() : QJsonObject{{u"result"_s, *value}};
    }
    return result;
}

} // namespace

mcp::ToolResult toToolResult(const QString &apiTitle, const ApiAnswer &answer)
{
    if (answer.status >= 200 && answer.status < 300)
        return success(apiTitle, answer);
    if (answer.status == 401) {
        return mcp::ToolResult::error(
            u"%1 did not accept the sign-in, not even with a new token (401)%2"_s.arg(
                apiTitle, quoted(answer)));
    }
    if (answer.status == 403) {
        return mcp::ToolResult::error(
            u"%1 refused (403): the signed-in account lacks the permission for this%2 Whoever "
            "manages %1 can give it; approving the client again will not help."_s.arg(
                apiTitle, quoted(answer).endsWith(u'.') ? quoted(answer) : quoted(answer) + u'.'));
    }
    if (answer.status >= 300 && answer.status < 400) {
        return mcp::ToolResult::error(
            u"%1 answered %2, a redirect. Gatehouse does not follow redirects of an API; its "
            "baseUrl may be wrong."_s.arg(apiTitle)
                .arg(answer.status));
    }
    return mcp::ToolResult::error(
        u"%1 answered %2%3"_s.arg(apiTitle).arg(answer.status).arg(quoted(answer)));
}

} // namespace gatehouse::apis
