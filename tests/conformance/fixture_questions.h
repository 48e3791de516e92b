// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <mcp/call.h>

namespace gatehouse::conformance {

/// Questions to the client's side.
/// @{
[[nodiscard]] mcp::InputRequest askForm(const QString &key, const QString &message,
                                        const QJsonObject &schema);
[[nodiscard]] mcp::InputRequest askModel(const QString &key, const QString &prompt, int maxTokens);
[[nodiscard]] mcp::InputRequest askRoots(const QString &key);
/// @}

/// Whether all of them are answered in this round.
[[nodiscard]] bool hasAnswers(const mcp::Call &call, const QStringList &keys);
/// What the form's field was filled in with; "unknown" unless it is text.
[[nodiscard]] QString filledIn(const mcp::Call &call, const QString &key, const QString &field);
/// The text that the model answered.
[[nodiscard]] QString modelAnswer(const mcp::Call &call, const QString &key);
[[nodiscard]] qsizetype rootCount(const mcp::Call &call, const QString &key);

} // namespace gatehouse::conformance
