// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>

#include <QByteArray>
#include <QString>

#include <optional>

namespace gatehouse::demo {

constexpr int kMaxTitleLength = 200;

/// What POST /api/todos asks for.
struct NewTodo {
    QString title;
};

/// What PATCH /api/todos/{id} changes; what is not set stays.
struct TodoChange {
    std::optional<QString> title;
    std::optional<bool> done;
};

/// {"title"}. The error is one sentence that names the field.
[[nodiscard]] Result<NewTodo, QString> parseNewTodo(const QByteArray &body);
/// {"title"?, "done"?}. An empty body and an empty object mean: done.
[[nodiscard]] Result<TodoChange, QString> parseTodoChange(const QByteArray &body);

} // namespace gatehouse::demo
