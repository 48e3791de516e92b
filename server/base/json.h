// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>

#include <QJsonArray>
#include <QJsonObject>
#include <QStringList>

#include <optional>

namespace gatehouse {

/// Parses one JSON object; the error says where the text stops making sense.
[[nodiscard]] Result<QJsonObject> parseJsonObject(const QByteArray &text);
[[nodiscard]] QByteArray toCompactJson(const QJsonObject &);
[[nodiscard]] QByteArray toCompactJson(const QJsonArray &);

/// Reads one JSON object field by field and keeps every complaint with its path
/// ("apis[0].audience: must be a string"). A stack value for parsing at the edge.
class JsonReader {
public:
    JsonReader(QJsonObject object, QString path, QStringList &errors);

    [[nodiscard]] QString requiredString(QLatin1String key);
    [[nodiscard]] std::optional<QString> optionalString(QLatin1String key);
    [[nodiscard]] std::optional<qint64> optionalInteger(QLatin1String key, qint64 min, qint64 max);
    [[nodiscard]] QStringList optionalStrings(QLatin1String key);
    [[nodiscard]] std::optional<JsonReader> optionalObject(QLatin1String key);
    /// One reader per element; an element that is no object is a complaint.
    [[nodiscard]] std::vector<JsonReader> optionalObjects(QLatin1String key);
    /// Complains about every key that no call above has asked for.
    void refuseUnknownKeys();
    void complain(QLatin1String key, const QString &what);

private:
    [[nodiscard]] QString pathTo(QLatin1String key) const;
    [[nodiscard]] QJsonValue take(QLatin1String key);

    QJsonObject m_object;
    QString m_path;
    QStringList *m_errors;
    QStringList m_known;
};

} // namespace gatehouse
