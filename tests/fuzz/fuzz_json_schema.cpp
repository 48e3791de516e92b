// SPDX-License-Identifier: GPL-3.0-or-later
// A JSON Schema and a value to hold against it: "SCHEMA\nVALUE".
#include "fuzz_target.h"

#include <base/json.h>
#include <mcp/json_schema.h>

#include <QJsonDocument>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace gatehouse;

namespace {

/// Any value, for QJsonDocument reads only objects and arrays.
QJsonValue valueOf(const QByteArray &text)
{
    return QJsonDocument::fromJson('[' + text + ']').array().first();
}

bool isGivenUp(const QList<mcp::SchemaViolation> &violations)
{
    return violations.size() == 1
        && (violations.first().what.startsWith("takes too long"_L1)
            || violations.first().what.startsWith("nests"_L1));
}

qsizetype depthOf(const mcp::SchemaViolation &violation)
{
    return violation.path.count(u'/');
}

void checkViolations(const QList<mcp::SchemaViolation> &violations)
{
    fuzz::require(violations.size() <= mcp::JsonSchema::kMostViolations, "not too many are told");
    for (const auto &each : violations) {
        fuzz::require(each.path.isEmpty() || each.path.startsWith(u'/'), "RFC 6901 §3: a pointer");
        fuzz::require(!each.what.isEmpty(), "and what is wrong there");
    }
    fuzz::require(
        std::is_sorted(violations.begin(), violations.end(),
                       [](const auto &a, const auto &b) { return depthOf(a) > depthOf(b); }),
        "the deepest first");
}

/// What does not fit fits inside "not", and the other way round.
void checkInverse(const QJsonObject &schema, const QJsonValue &value, bool fits)
{
    const auto inverse = mcp::JsonSchema::compile({{u"not"_s, schema}});
    if (!inverse)
        return;
    const auto violations = inverse->check(value);
    fuzz::require(isGivenUp(violations) || violations.isEmpty() != fits, "not is not");
}

} // namespace

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const auto input = fuzz::inputOf(data, size);
    const auto end = input.indexOf('\n');
    const auto text = end < 0 ? input : input.left(end);
    const auto schema = parseJsonObject(text);
    if (!schema)
        return 0;
    const auto compiled = mcp::JsonSchema::compile(*schema);
    if (!compiled) {
        fuzz::require(compiled.error().endsWith(u'.'), "a sentence says why");
        return 0;
    }
    const auto value = valueOf(end < 0 ? QByteArray("null") : input.mid(end + 1));
    const auto violations = compiled->check(value);
    checkViolations(violations);
    fuzz::require(compiled->check(value) == violations, "a check leaves nothing behind");
    // References and the names they need mean another place inside "not".
    if (!isGivenUp(violations) && !text.contains('$') && !text.contains("\\u"))
        checkInverse(*schema, value, violations.isEmpty());
    return 0;
}
