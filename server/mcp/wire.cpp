// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/wire.h>

#include <base/json.h>
#include <mcp/message_check.h>

#include <algorithm>

namespace gatehouse::mcp {

namespace {

/// Calls `use` with every trimmed part until one call is true; whether there was one.
template <typename Use>
bool anyPart(QByteArrayView list, char separator, Use use)
{
    for (;;) {
        const auto end = list.indexOf(separator);
        if (use((end < 0 ? list : list.first(end)).trimmed()))
            return true;
        if (end < 0)
            return false;
        list = list.sliced(end + 1);
    }
}

QByteArrayView withoutParameters(QByteArrayView element)
{
    const auto end = element.indexOf(';');
    return (end < 0 ? element : element.first(end)).trimmed();
}

bool covers(QByteArrayView range, QByteArrayView type)
{
    if (range.endsWith("/*") && range != "*/*")
        return type.size() >= range.size()
            && http::sameToken(range.chopped(1), type.first(range.size() - 1));
    return range == "*/*" || http::sameToken(range, type);
}

/// RFC 9110 §12.4.2: a weight of zero means "not acceptable".
bool isExcluded(QByteArrayView range)
{
    return anyPart(range, ';', [](QByteArrayView parameter) {
        if (parameter.size() < 2 || !http::sameToken(parameter.first(2), "q="))
            return false;
        bool isNumber = false;
        return parameter.sliced(2).toByteArray().toDouble(&isNumber) == 0.0 && isNumber;
    });
}

void insistOnNone(const QStringList &complaints, Revision revision)
{
    if (complaints.isEmpty())
        return;
    // Not the message itself: it may hold what an API answered.
    qFatal("a message breaks the schema of MCP %s: %s", qPrintable(toString(revision)),
           qPrintable(complaints.join(QStringLiteral("; "))));
}

} // namespace

const oauth::Access &accessOf(const http::HttpRequest &request)
{
    return std::any_cast<const oauth::Access &>(request.principal);
}

http::HttpRequest addressOf(const http::HttpRequest &request)
{
    http::HttpRequest address;
    address.path = request.path;
    address.host = request.host;
    return address;
}

bool acceptsAnyOf(const http::HttpRequest &request, std::initializer_list<QByteArrayView> types)
{
    bool isBlank = true;
    for (const auto &[name, value] : request.headers.fields()) {
        if (!http::sameToken(name, "accept"))
            continue;
        isBlank = isBlank && value.trimmed().isEmpty();
        const bool accepts = anyPart(value, ',', [&types](QByteArrayView range) {
            return !isExcluded(range)
                && std::any_of(types.begin(), types.end(), [range](QByteArrayView type) {
                       return covers(withoutParameters(range), type);
                   });
        });
        if (accepts)
            return true;
    }
    return isBlank;
}

bool bringsJson(const http::HttpRequest &request)
{
    return http::sameToken(withoutParameters(request.headers.value("content-type")),
                           "application/json");
}

http::HttpResponse refuse(int status, const QString &message, int code,
                          const std::optional<RpcId> &id)
{
    return http::HttpResponse::json(status, rpcError(id, {code, message}));
}

QByteArray toWire(const QJsonObject &message, Revision revision, const QString &method)
{
    insistOnNone(messageComplaints(message, toString(revision), method), revision);
    return toCompactJson(message);
}

QByteArray toWire(const RpcAnswer &answer, Revision revision, const QString &method)
{
    if (const auto *const message = std::get_if<QJsonObject>(&answer))
        return toWire(*message, revision, method);
    const auto &text = std::get<RpcText>(answer).json;
    insistOnNone(messageComplaints(text, toString(revision), method), revision);
    return text;
}

http::HttpResponse eventStreamHead(const QByteArray &firstPiece)
{
    http::HttpResponse head{200, {}, firstPiece};
    head.headers.append("Content-Type", "text/event-stream");
    head.headers.append("Cache-Control", "no-store");
    head.headers.append("X-Accel-Buffering", "no");
    return head;
}

QByteArray sseEvent(const QByteArray &name, const QByteArray &data)
{
    Q_ASSERT(!data.contains('\n') && !data.contains('\r'));
    return "event: " + name + "\ndata: " + data + "\n\n";
}

} // namespace gatehouse::mcp
