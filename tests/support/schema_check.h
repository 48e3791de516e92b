// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QFile>
#include <QStringList>

#include <algorithm>

namespace gatehouse::tests {

/// Holds a JSON value against a definition of an official MCP schema. Stricter than the schema in
/// one point: a property that the definition does not name is a complaint, because a revision's
/// clients must not get what a later one has added.
class SchemaCheck {
public:
    explicit SchemaCheck(const QString &file)
    {
        QFile schema(file);
        if (schema.open(QIODevice::ReadOnly))
            m_root = QJsonDocument::fromJson(schema.readAll()).object();
        m_definitions = m_root.contains(QStringLiteral("$defs")) ? QStringLiteral("$defs")
                                                                 : QStringLiteral("definitions");
    }

    /// What does not fit, with its path; empty when everything does.
    [[nodiscard]] QStringList complaints(const QJsonValue &value, const QString &definition) const
    {
        const auto definitions = m_root.value(m_definitions).toObject();
        if (!definitions.contains(definition))
            return {QStringLiteral("no definition ") + definition};
        QStringList found;
        check(value, definitions.value(definition).toObject(), definition, found);
        return found;
    }

private:
    void check(const QJsonValue &value, const QJsonObject &schema, const QString &path,
               QStringList &found) const
    {
        if (const auto reference = schema.value(QStringLiteral("$ref")).toString();
            !reference.isEmpty()) {
            const auto name = reference.section(u'/', -1);
            const auto target = m_root.value(m_definitions).toObject().value(name).toObject();
            check(value, target, path, found);
        }
        checkAlternatives(value, schema, path, found);
        if (!hasType(value, schema.value(QStringLiteral("type"))))
            found.append(path + QStringLiteral(": wrong type"));
        if (schema.contains(QStringLiteral("const"))
            && schema.value(QStringLiteral("const")) != value)
            found.append(path + QStringLiteral(": wrong constant"));
        const auto allowed = schema.value(QStringLiteral("enum")).toArray();
        if (!allowed.isEmpty() && !allowed.contains(value))
            found.append(path + QStringLiteral(": not among the allowed"));
        if (value.isObject())
            checkObject(value.toObject(), schema, path, found);
        const auto items = schema.value(QStringLiteral("items"));
        const auto elements = value.toArray();
        for (qsizetype i = 0; items.isObject() && i < elements.size(); ++i)
            check(elements.at(i), items.toObject(), path + u'[' + QString::number(i) + u']', found);
    }

    void checkAlternatives(const QJsonValue &value, const QJsonObject &schema, const QString &path,
                           QStringList &found) const
    {
        const auto alternatives = schema.value(QStringLiteral("anyOf")).toArray();
        if (alternatives.isEmpty())
            return;
        const bool anyFits =
            std::any_of(alternatives.begin(), alternatives.end(), [&](const QJsonValue &each) {
                QStringList complaints;
                check(value, each.toObject(), path, complaints);
                return complaints.isEmpty();
            });
        if (!anyFits)
            found.append(path + QStringLiteral(": fits none of the alternatives"));
    }

    void checkObject(const QJsonObject &object, const QJsonObject &schema, const QString &path,
                     QStringList &found) const
    {
        const auto required = schema.value(QStringLiteral("required")).toArray();
        for (const auto &name : required) {
            if (!object.contains(name.toString()))
                found.append(path + u'.' + name.toString() + QStringLiteral(": missing"));
        }
        const auto properties = schema.value(QStringLiteral("properties")).toObject();
        const auto others = schema.value(QStringLiteral("additionalProperties"));
        for (auto it = object.begin(); it != object.end(); ++it) {
            const auto at = path + u'.' + it.key();
            if (properties.contains(it.key()))
                check(it.value(), properties.value(it.key()).toObject(), at, found);
            else if (!properties.isEmpty() && others.isUndefined())
                found.append(at + QStringLiteral(": unknown to this revision"));
        }
    }

    [[nodiscard]] static bool hasType(const QJsonValue &value, const QJsonValue &type)
    {
        if (type.isArray()) {
            const auto types = type.toArray();
            return std::any_of(types.begin(), types.end(),
                               [&](const QJsonValue &each) { return hasType(value, each); });
        }
        const auto name = type.toString();
        if (name == QStringLiteral("string"))
            return value.isString();
        if (name == QStringLiteral("boolean"))
            return value.isBool();
        if (name == QStringLiteral("object"))
            return value.isObject();
        if (name == QStringLiteral("array"))
            return value.isArray();
        if (name == QStringLiteral("integer"))
            return value.isDouble() && value.toInteger(0) == value.toInteger(1);
        return name != QStringLiteral("number") || value.isDouble();
    }

    QJsonObject m_root;
    QString m_definitions;
};

} // namespace gatehouse::tests
