// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/wire.h>

#include <base/json.h>
#include <mcp/message_check.h>

#include <algorithm>

namespace gatehouse::mcp {

namespace {

bool covers(const QByteArray &range, const QByteArray &type)
{
    return range == "*/*" || range == type
        || (range.endsWith("/*") && type.startsWith(range.left(range.size() - 1)));
}

/// RFC 9110 §12.4.2: a weight of zero means "not acceptable".
bool isExcluded(const QByteArrayList &parameters)
{
    return std::any_of(parameters.begin() + 1, parameters.end(), [](const QByteArray &parameter) {
        const auto text = parameter.trimmed();
        bool isNumber = false;
        return text.startsWith("q=") && text.mid(2).toDouble(&isNumber) == 0.0 && isNumber;
    });
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

bool acceptsAnyOf(const http::HttpRequest &request, const QByteArrayList &types)
{
    QByteArray accept;
    for (const auto &[name, value] : request.headers.fields()) {
        if (name.compare("accept", Qt::CaseInsensitive) == 0)
            accept += (accept.isEmpty() ? "" : ",") + value;
    }
    if (accept.trimmed().isEmpty())
        return true;
    const auto ranges = accept.toLower().split(',');
    return std::any_of(ranges.begin(), ranges.end(), [&](const QByteArray &text) {
        const auto parts = text.split(';');
        const auto range = parts.first().trimmed();
        return !isExcluded(parts)
            && std::any_of(types.begin(), types.end(),
                           [&](const QByteArray &type) { return covers(range, type); });
    });
}

bool bringsJson(const http::HttpRequest &request)
{
    const auto type = request.headers.value("content-type").split(';').first();
    return type.trimmed().toLower() == "application/json";
}

http::HttpResponse refuse(int status, const QString &message, int code,
                          const std::optional<RpcId> &id)
{
    return http::HttpResponse::json(status, rpcError(id, {code, message}));
}

QByteArray toWire(const QJsonObject &message, Revision revision, const QString &method)
{
    const auto complaints = messageComplaints(message, toString(revision), method);
    if (!complaints.isEmpty()) {
        qFatal("a message breaks the schema of MCP %s: %s\n%s", qPrintable(toString(revision)),
               qPrintable(complaints.join(QStringLiteral("; "))),
               toCompactJson(message).constData());
    }
    return toCompactJson(message);
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
