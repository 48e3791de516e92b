// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ui/desk_state.h>

#include <array>

/// How long the person can allow access: pure functions, in the computer's time zone.
namespace gatehouse::ui {

enum class DurationChoice { Hour, Today, Month, UntilRevoked };
inline constexpr std::array kDurationChoices{DurationChoice::Hour, DurationChoice::Today,
                                             DurationChoice::Month, DurationChoice::UntilRevoked};

/// "30 days"
[[nodiscard]] QString durationWords(DurationChoice choice);
/// When access that is given now ends; nothing for "until I revoke it".
[[nodiscard]] std::optional<Instant> durationEnd(DurationChoice choice, Instant now);
/// "Until 23 December 2026"
[[nodiscard]] QString durationEndWords(DurationChoice choice, Instant now);
/// What is chosen at first: by risk, and never longer than the last choice for this client.
[[nodiscard]] DurationChoice presetDuration(const AccessRequest &request);

/// "23 December 2026", in the computer's time zone.
[[nodiscard]] QString dateWords(Instant instant);

} // namespace gatehouse::ui
