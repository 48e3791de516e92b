// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>
#include <QString>
#include <QStringList>

namespace gatehouse::mcp {

/// Holds a message that is about to be sent against the official schema of a revision: its envelope
/// and the definition of what it carries. Stricter than the schema in one point: a property that a
/// definition does not name is a complaint, unless the definition says that any may come, because a
/// revision's clients must not get what a later one has added.
///
/// For development: built in with GATEHOUSE_CHECK_MESSAGES, which is on unless a release is built.
/// Any thread may ask.
///
/// `revision` is the name of one ("2025-11-25"), `method` that of the request which the message
/// answers, empty for notifications and requests. Empty when the message is right, or when the
/// check is not built in; else sentences without their full stop, the first words being a JSON
/// Pointer.
/// @{
[[nodiscard]] QStringList messageComplaints(const QJsonObject &message, const QString &revision,
                                            const QString &method = {});
[[nodiscard]] QStringList messageComplaints(const QByteArray &message, const QString &revision,
                                            const QString &method);
/// @}

} // namespace gatehouse::mcp
