// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>

#include <QJsonObject>
#include <QJsonValue>
#include <QList>
#include <QString>
#include <QStringList>

#include <memory>

namespace gatehouse::mcp {

struct CompiledSchema;

/// One way in which a value does not fit, said so that a language model can mend it.
struct SchemaViolation {
    QString path; ///< JSON Pointer (RFC 6901) into the value, "" for all of it
    QString what; ///< goes on after the path: must be one of "open", "done"

    friend bool operator==(const SchemaViolation &, const SchemaViolation &) = default;
};

/// A JSON Schema, draft-04 to 2020-12, made ready once and then held against many values. A value
/// that is cheap to copy; holds nothing that changes, so any thread may use it.
///
/// Schema and value are from outside: both are bounded in size, depth and the work they make, and
/// nothing is ever fetched.
class JsonSchema {
public:
    static constexpr int kDeepest = 64;
    static constexpr qsizetype kLargestSchema = 256 * 1024; ///< bytes of compact JSON
    static constexpr qsizetype kMostViolations = 8;
    /// Subschemas applied to parts of a value in one check: some tenths of a second.
    static constexpr qint64 kMostSteps = 500'000;

    /// Error: the sentence why this schema cannot be used.
    [[nodiscard]] static Result<JsonSchema, QString> compile(const QJsonObject &schema);

    /// Nothing when `value` fits; at most kMostViolations otherwise, the deepest first. A value
    /// that cannot be checked within the bounds does not fit, and the one violation says why.
    [[nodiscard]] QList<SchemaViolation> check(const QJsonValue &value) const;

    /// Keywords of the schema that check() passes over ("unevaluatedProperties", "format: iri"):
    /// what they ask for must not be claimed as validated.
    [[nodiscard]] QStringList uncheckedKeywords() const;

private:
    explicit JsonSchema(std::shared_ptr<const CompiledSchema> compiled);

    std::shared_ptr<const CompiledSchema> m_compiled;
};

} // namespace gatehouse::mcp
