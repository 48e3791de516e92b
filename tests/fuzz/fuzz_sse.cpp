// SPDX-License-Identifier: GPL-3.0-or-later
// Event streams: texts from outside in what we write, and event IDs that clients send back (WHATWG
// HTML §9.2.6).
#include "fuzz_target.h"

#include <base/json.h>
#include <mcp/event_id.h>
#include <mcp/results.h>
#include <mcp/wire.h>

#include <QJsonArray>
#include <QJsonDocument>

using namespace Qt::StringLiterals;
using namespace gatehouse;

namespace {

struct Event {
    QByteArray name;
    QByteArray data;
};

/// As a reader of event streams does it: CR, LF and CRLF end a line, an empty line an event.
QList<Event> read(QByteArray stream)
{
    stream.replace("\r\n", "\n").replace('\r', '\n');
    QList<Event> events;
    Event event;
    const auto lines = stream.split('\n');
    for (const auto &line : lines) {
        if (line.isEmpty() && !event.data.isEmpty()) {
            events.append(event);
            event = {};
        } else if (line.startsWith("data: ")) {
            event.data += line.mid(6);
        } else if (line.startsWith("event: ")) {
            event.name = line.mid(7);
        }
    }
    return events;
}

/// Answers to tool calls are put together as text.
void checkToolAnswer(const QString &text)
{
    const auto id = mcp::RpcId::fromJson(QString::fromUtf8(text.toUtf8().left(20)));
    const mcp::ServerInfo server{text.left(5), text, u"1"_s, {}, {}, {}, {}};
    for (const auto revision : {mcp::kLatestHandshake, mcp::kStateless}) {
        const auto answer = mcp::toolCallAnswer(*id, {text}, mcp::trailerOf(server), revision);
        fuzz::require(!answer.contains('\n') && !answer.contains('\r'), "it is one line");
        const auto message = QJsonDocument::fromJson(answer).object();
        fuzz::require(mcp::RpcId::fromJson(message["id"_L1]) == id, "its ID is that of the call");
        const auto content = message["result"_L1]["content"_L1].toArray();
        fuzz::require(content.first()["text"_L1].toString() == text, "its text is the tool's");
    }
}

} // namespace

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const auto input = fuzz::inputOf(data, size);
    checkToolAnswer(QString::fromUtf8(input));
    const QJsonObject message{{u"jsonrpc"_s, u"2.0"_s},
                              {u"method"_s, u"notifications/message"_s},
                              {u"params"_s,
                               QJsonObject{{u"level"_s, u"info"_s},
                                           {u"data"_s, QString::fromUtf8(input)},
                                           {QString::fromLatin1(input.left(40)), 1}}}};
    const auto events = read(mcp::sseEvent("message", toCompactJson(message)));
    fuzz::require(events.size() == 1, "one message is one event, whatever it says");
    fuzz::require(events.first().name == "message", "under its name");
    fuzz::require(QJsonDocument::fromJson(events.first().data).object() == message,
                  "and is read as it was written");

    const auto id = mcp::EventId::parse(input);
    fuzz::require(!id || id->toText() == input, "an ID is taken only as we write it");
    return 0;
}
