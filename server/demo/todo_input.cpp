// SPDX-License-Identifier: GPL-3.0-or-later
#include <demo/todo_input.h>

#include <base/json.h>
#include <base/text.h>

#include <algorithm>

namespace gatehouse::demo {

using namespace Qt::StringLiterals;

namespace {

Result<QJsonObject, QString> parseFields(const QByteArray &body, const QStringList &known)
{
    const auto object = parseJsonObject(body);
    if (!object)
        return fail(object.error().message);
    const auto keys = object->keys();
    for (const auto &key : keys) {
        if (!known.contains(key))
            return fail(u"%1: is not a field of a todo."_s.arg(shownText(key)));
    }
    return *object;
}

Result<QString, QString> parseTitle(const QJsonValue &value)
{
    if (!value.isString())
        return fail(u"title: must be a string."_s);
    const auto title = value.toString().trimmed();
    // JSON Schema counts characters, not UTF-16 units (RFC 8259 §8.2 leaves it to us).
    const auto length = title.toUcs4().size();
    if (length < 1 || length > kMaxTitleLength)
        return fail(u"title: must have 1 to %1 characters."_s.arg(kMaxTitleLength));
    const bool oneLine = std::none_of(title.begin(), title.end(), [](QChar character) {
        return character.category() == QChar::Other_Control;
    });
    if (!oneLine)
        return fail(u"title: must be one line without control characters."_s);
    return title;
}

} // namespace

Result<NewTodo, QString> parseNewTodo(const QByteArray &body)
{
    const auto fields = parseFields(body, {u"title"_s});
    if (!fields)
        return fail(fields.error());
    if (!fields->contains("title"_L1))
        return fail(u"title: is missing."_s);
    const auto title = parseTitle(fields->value("title"_L1));
    if (!title)
        return fail(title.error());
    return NewTodo{*title};
}

Result<TodoChange, QString> parseTodoChange(const QByteArray &body)
{
    if (body.trimmed().isEmpty())
        return TodoChange{std::nullopt, true};
    const auto fields = parseFields(body, {u"title"_s, u"done"_s});
    if (!fields)
        return fail(fields.error());
    if (fields->isEmpty())
        return TodoChange{std::nullopt, true};

    TodoChange change;
    if (fields->contains("title"_L1)) {
        const auto title = parseTitle(fields->value("title"_L1));
        if (!title)
            return fail(title.error());
        change.title = *title;
    }
    if (fields->contains("done"_L1)) {
        if (!fields->value("done"_L1).isBool())
            return fail(u"done: must be true or false."_s);
        change.done = fields->value("done"_L1).toBool();
    }
    return change;
}

} // namespace gatehouse::demo
