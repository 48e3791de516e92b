// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ui/desk_state.h>

/// The words in which the main window and the tray speak of clients and times, in the person's
/// language and time zone.
namespace gatehouse::ui {

/// "15:30" today, "tomorrow, 15:30", otherwise with the date.
[[nodiscard]] QString momentText(Instant moment, Instant now);
/// "Used 4 minutes ago".
[[nodiscard]] QString usedText(std::optional<Instant> used, Instant now);
/// "in 30 days", "today, 18:00", "never".
[[nodiscard]] QString endsText(std::optional<Instant> ends, Instant now);
/// "ended yesterday".
[[nodiscard]] QString endedText(Instant ended, Instant now);
/// "Until 23 December 2026".
[[nodiscard]] QString howLongText(const ClientLine &client, Instant now);
/// "8 minutes", "less than a minute".
[[nodiscard]] QString remainingText(Instant until, Instant now);
[[nodiscard]] QString stateWord(ClientState state);
/// True while the client's calls are let through or would be once nothing else stops them.
[[nodiscard]] bool isAllowedNow(ClientState state);
/// How many grants are allowed now.
[[nodiscard]] int allowedNow(const DeskState &state);
/// True when clients or accounts are there, but nobody is signed in for them.
[[nodiscard]] bool isSignedOut(const DeskState &state);

} // namespace gatehouse::ui
