// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <optional>

namespace gatehouse::mcp {

/// The place of an event in the streams of its session: "<stream>-<event>" on the wire.
struct EventId {
    quint64 stream = 0;
    quint64 event = 0;

    [[nodiscard]] static std::optional<EventId> parse(const QByteArray &text);
    [[nodiscard]] QByteArray toText() const;
};

} // namespace gatehouse::mcp
