// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/event_id.h>

namespace gatehouse::mcp {

std::optional<EventId> EventId::parse(const QByteArray &text)
{
    const auto dash = text.indexOf('-');
    bool isStream = false;
    bool isEvent = false;
    const EventId id{text.left(dash).toULongLong(&isStream),
                     text.mid(dash + 1).toULongLong(&isEvent)};
    // Only our own spelling: "+1-01" is nothing that we sent.
    return dash > 0 && isStream && isEvent && id.toText() == text ? std::optional(id)
                                                                  : std::nullopt;
}

QByteArray EventId::toText() const
{
    return QByteArray::number(stream) + '-' + QByteArray::number(event);
}

} // namespace gatehouse::mcp
