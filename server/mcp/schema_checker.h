// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// For json_schema.cpp and schema_checker.cpp alone: valijson takes long to compile.

#include <mcp/json_schema.h>

#include <QRegularExpression>

#include <valijson/constraints/concrete_constraints.hpp>
#include <valijson/schema.hpp>

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace gatehouse::mcp {

/// A schema made ready: its nodes as valijson has parsed them, the first of which is the whole
/// schema, and the patterns that they name.
struct CompiledSchema {
    std::vector<std::unique_ptr<valijson::Schema>> nodes;
    std::unordered_map<std::string, QRegularExpression> patterns;
    QStringList unchecked;
};

/// Leads to the node that stands for a subschema.
class NodeReference final : public valijson::constraints::PolyConstraint {
public:
    explicit NodeReference(int node) : m_node(node) { }

    [[nodiscard]] int node() const { return m_node; }
    /// Checker follows the reference; valijson's own validator is not used.
    bool validate(const valijson::adapters::Adapter &, const std::vector<std::string> &,
                  valijson::ValidationResults *) const override
    {
        return false;
    }

private:
    Constraint *cloneInto(void *place) const override { return new (place) NodeReference(*this); }
    [[nodiscard]] size_t sizeOf() const override { return sizeof(NodeReference); }

    int m_node;
};

/// What JsonSchema::check() says, of a value that nests no deeper than it may.
[[nodiscard]] QList<SchemaViolation> violationsOf(const CompiledSchema &schema,
                                                  const QJsonValue &value);

} // namespace gatehouse::mcp
