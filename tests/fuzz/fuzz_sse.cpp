// SPDX-License-Identifier: GPL-3.0-or-later
// Event streams: texts from outside in what we write, and event IDs that clients send back (WHATWG
// HTML §9.2.6).
#include "fuzz_target.h"

#include <base/json.h>
#include <mcp/event_id.h>
#include <mcp/wire.h>

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

} // namespace

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const auto input = fuzz::inputOf(data, size);
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
