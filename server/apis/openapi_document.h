// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonArray>
#include <QJsonObject>
#include <QString>
#include <QStringList>

#include <optional>

namespace gatehouse::apis {

/// A value together with its place, so that a complaint can name it.
struct Located {
    QJsonObject object;
    QString path; ///< "paths./todos.get"

    [[nodiscard]] QString pathTo(const QString &key) const
    {
        return path.isEmpty() ? key : path + u'.' + key;
    }
    [[nodiscard]] Located child(const QString &key) const
    {
        return {object.value(key).toObject(), pathTo(key)};
    }
};

/// One OpenAPI document while it is read: follows references inside the document, within bounds,
/// and keeps every complaint with its path. A stack value of the importer.
class OpenApiDocument {
public:
    explicit OpenApiDocument(QJsonObject root) : m_root(std::move(root)) { }

    [[nodiscard]] Located root() const { return {m_root, {}}; }
    void complain(const QString &path, const QString &what);
    [[nodiscard]] const QStringList &complaints() const { return m_complaints; }

    /// The object itself, or what its $ref (or a chain of them) leads to. After a complaint: empty.
    [[nodiscard]] Located resolved(const Located &value);
    /// The objects of the array `parent.object[key]`, resolved.
    [[nodiscard]] QList<Located> resolvedList(const Located &parent, const QString &key);
    /// A schema as JSON Schema 2020-12 without references. A schema that contains itself allows
    /// anything at that point: the API checks it anyway.
    [[nodiscard]] QJsonObject schema(const QJsonValue &value, const QString &path);

    static constexpr int kDeepestSchema = 32;
    static constexpr int kMostSchemaParts = 50'000;
    static constexpr int kLongestReferenceChain = 16;

private:
    [[nodiscard]] std::optional<QJsonValue> target(const QString &reference, const QString &path);
    [[nodiscard]] QJsonValue schemaPart(const QJsonValue &value, const QString &path, int depth);
    [[nodiscard]] QJsonValue referencedPart(const QJsonObject &object, const QString &path,
                                            int depth);
    [[nodiscard]] QJsonObject keywords(const QJsonObject &object, const QString &path, int depth);
    [[nodiscard]] QJsonObject schemaMap(const QJsonObject &map, const QString &path, int depth);
    [[nodiscard]] QJsonArray schemaList(const QJsonArray &list, const QString &path, int depth);

    QJsonObject m_root;
    QStringList m_complaints;
    QStringList m_openReferences; ///< those being expanded right now
    int m_schemaParts = 0;
};

} // namespace gatehouse::apis
