// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/json_schema.h>

#include <mcp/schema_adapter.h>
#include <mcp/schema_checker.h>
#include <mcp/schema_nodes.h>
#include <mcp/schema_pattern.h>

#include <valijson/schema_parser.hpp>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

namespace {

using Patterns = decltype(CompiledSchema::patterns);

class NodeReferenceBuilder final : public valijson::ConstraintBuilder {
public:
    valijson::constraints::Constraint *make(const valijson::adapters::Adapter &value) const override
    {
        return new NodeReference(int(value.asInteger()));
    }
};

/// Error: what is wrong with the pattern.
Result<void, QString> addPattern(const QString &pattern, Patterns &patterns)
{
    const auto expression = schemaPattern(pattern);
    if (!expression)
        return fail(u"In the schema, \"%1\" %2."_s.arg(pattern.left(100), expression.error()));
    patterns.emplace(pattern.toStdString(), *expression);
    return {};
}

Result<void, QString> addPatterns(const QJsonObject &node, Patterns &patterns)
{
    auto all = node.value("patternProperties"_L1).toObject().keys();
    if (node.contains("pattern"_L1))
        all.append(node.value("pattern"_L1).toString());
    for (const auto &pattern : std::as_const(all)) {
        if (auto added = addPattern(pattern, patterns); !added)
            return added;
    }
    return {};
}

std::unique_ptr<valijson::Schema> schemaOf(const QJsonObject &node)
{
    valijson::SchemaParser parser;
    parser.addConstraintBuilder(kNodeKeyword, new NodeReferenceBuilder);
    auto schema = std::make_unique<valijson::Schema>();
    parser.populateSchema(JsonAdapter(node), *schema);
    return schema;
}

} // namespace

Result<JsonSchema, QString> JsonSchema::compile(const QJsonObject &schema)
{
    const auto cut = cutSchema(schema);
    if (!cut)
        return fail(cut.error());
    auto compiled = std::make_shared<CompiledSchema>();
    compiled->unchecked = cut->unchecked;
    try {
        for (const auto &node : cut->nodes) {
            if (const auto added = addPatterns(node, compiled->patterns); !added)
                return fail(added.error());
            compiled->nodes.push_back(schemaOf(node));
        }
    } catch (const std::exception &error) { // valijson's way to refuse a schema
        return fail(u"The schema cannot be read: "_s + QString::fromUtf8(error.what()));
    }
    return JsonSchema(std::move(compiled));
}

JsonSchema::JsonSchema(std::shared_ptr<const CompiledSchema> compiled)
    : m_compiled(std::move(compiled))
{
}

QList<SchemaViolation> JsonSchema::check(const QJsonValue &value) const
{
    if (nestsDeeper(value, kDeepest))
        return {{{}, u"nests deeper than %1 levels"_s.arg(kDeepest)}};
    return violationsOf(*m_compiled, value);
}

QStringList JsonSchema::uncheckedKeywords() const
{
    return m_compiled->unchecked;
}

} // namespace gatehouse::mcp
