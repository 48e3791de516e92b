// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/schema_checker.h>

#include <mcp/schema_adapter.h>
#include <mcp/schema_format.h>
#include <mcp/schema_nodes.h>
#include <mcp/schema_words.h>

#include <base/json.h>

#include <QSet>

#include <valijson/constraints/constraint_visitor.hpp>

#include <algorithm>
#include <cmath>
#include <optional>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

namespace {

using valijson::Subschema;

/// Of the recursion in a check, in subschemas; each takes some 2 KB of stack.
constexpr int kDeepestCheck = 256;
/// A match may take thousands of times as long as a comparison.
constexpr qint64 kStepsOfPattern = 200;
constexpr qsizetype kLongestPatternText = 64 * 1024;
/// Of these the deepest are told.
constexpr qsizetype kMostCollected = 64;

using Violations = QList<SchemaViolation>;

template <typename Text>
QString fromUtf8(const Text &text)
{
    return QString::fromUtf8(text.data(), qsizetype(text.size()));
}

/// A part of the value and the way to it; lives on the stack while the part is checked.
struct Place {
    QJsonValue value;
    const Place *parent = nullptr;
    QString step;

    [[nodiscard]] QString pointer() const
    {
        if (parent == nullptr)
            return {};
        auto token = step;
        token.replace(u'~', u"~0"_s).replace(u'/', u"~1"_s);
        return parent->pointer() + u'/' + token;
    }
};

/// Whether it is a number that fits into 64 bits as it is.
bool isWhole(const QJsonValue &value)
{
    return value.toInteger(0) == value.toInteger(1);
}

/// JSON Schema counts characters (RFC 8259 §7), QString halves of them.
quint64 lengthOf(const QString &text)
{
    const auto halves =
        std::count_if(text.begin(), text.end(), [](QChar c) { return c.isLowSurrogate(); });
    return quint64(text.size() - halves);
}

bool isOfType(const QJsonValue &value, valijson::constraints::TypeConstraint::JsonType type)
{
    using Type = valijson::constraints::TypeConstraint;
    switch (type) {
    case Type::kAny:
        return true;
    case Type::kArray:
        return value.isArray();
    case Type::kBoolean:
        return value.isBool();
    case Type::kInteger:
        return value.isDouble()
            && (isWhole(value) || std::trunc(value.toDouble()) == value.toDouble());
    case Type::kNull:
        return value.isNull();
    case Type::kNumber:
        return value.isDouble();
    case Type::kObject:
        return value.isObject();
    case Type::kString:
        return value.isString();
    }
    return false;
}

QString nameOf(valijson::constraints::TypeConstraint::JsonType type)
{
    using Type = valijson::constraints::TypeConstraint;
    switch (type) {
    case Type::kAny:
        return u"anything"_s;
    case Type::kArray:
        return u"an array"_s;
    case Type::kBoolean:
        return u"true or false"_s;
    case Type::kInteger:
        return u"a whole number"_s;
    case Type::kNull:
        return u"null"_s;
    case Type::kNumber:
        return u"a number"_s;
    case Type::kObject:
        return u"an object"_s;
    case Type::kString:
        return u"a string"_s;
    }
    return {};
}

qsizetype depthOf(const SchemaViolation &violation)
{
    return violation.path.count(u'/');
}

/// Holds one value against a schema. valijson has a validator too, but it matches with std::regex,
/// which hostile text makes overflow the stack, bounds nothing, and speaks to programmers.
///
/// While violations are collected every constraint is looked at; without (inside "not" and the
/// like) the first that fails is enough.
class Checker final : public valijson::constraints::ConstraintVisitor {
public:
    explicit Checker(const CompiledSchema &schema) : m_schema(schema) { }

    [[nodiscard]] Violations check(const QJsonValue &value);

    bool visit(const AllOfConstraint &all) override;
    bool visit(const AnyOfConstraint &any) override;
    bool visit(const ConditionalConstraint &conditional) override;
    bool visit(const ConstConstraint &constant) override;
    bool visit(const ContainsConstraint &contains) override;
    bool visit(const DependenciesConstraint &dependencies) override;
    bool visit(const EnumConstraint &allowed) override;
    bool visit(const FormatConstraint &format) override;
    bool visit(const LinearItemsConstraint &items) override;
    bool visit(const MaximumConstraint &limit) override;
    bool visit(const MaxItemsConstraint &limit) override;
    bool visit(const MaxLengthConstraint &limit) override;
    bool visit(const MaxPropertiesConstraint &limit) override;
    bool visit(const MinimumConstraint &limit) override;
    bool visit(const MinItemsConstraint &limit) override;
    bool visit(const MinLengthConstraint &limit) override;
    bool visit(const MinPropertiesConstraint &limit) override;
    bool visit(const MultipleOfDoubleConstraint &divisor) override;
    bool visit(const MultipleOfIntConstraint &divisor) override;
    bool visit(const NotConstraint &excluded) override;
    bool visit(const OneOfConstraint &one) override;
    bool visit(const PatternConstraint &pattern) override;
    bool visit(const PolyConstraint &reference) override;
    bool visit(const PropertiesConstraint &properties) override;
    bool visit(const PropertyNamesConstraint &names) override;
    bool visit(const RequiredConstraint &required) override;
    bool visit(const SingularItemsConstraint &items) override;
    bool visit(const TypeConstraint &type) override;
    bool visit(const UniqueItemsConstraint &unique) override;

private:
    [[nodiscard]] const QJsonValue &value() const { return m_place->value; }
    [[nodiscard]] bool isCollecting() const { return m_found != nullptr; }

    bool fits(const Subschema &schema, const Place &place);
    bool fits(const Subschema &schema) { return fits(schema, *m_place); }
    bool partFits(const Subschema &schema, const QJsonValue &part, const QString &step);
    bool fitsQuietly(const Subschema &schema, const Place &place);
    [[nodiscard]] Violations misses(const Subschema &schema, const Place &place);
    template <typename Alternatives>
    [[nodiscard]] int countFitting(const Alternatives &alternatives, int enough);
    template <typename Alternatives>
    bool complainOfNearest(const Alternatives &alternatives);
    bool namedFit(const PropertiesConstraint &properties, QSet<QString> &known);
    bool matchingFit(const PropertiesConstraint &properties, QSet<QString> &known);
    bool othersFit(const PropertiesConstraint &properties, const QSet<QString> &known);
    bool matches(const std::string &pattern, const QString &text);
    [[nodiscard]] const Subschema *additionalTo(const LinearItemsConstraint &items) const;

    bool hold(bool fits, const QString &what);
    bool complain(const QString &what) { return complainAt(m_place->pointer(), what); }
    bool complainOfPart(const QString &step, const QString &what);
    bool complainAt(const QString &path, const QString &what);
    bool spend(qint64 steps);
    bool giveUp(const QString &why);

    const CompiledSchema &m_schema;
    const Place *m_place = nullptr;
    Violations *m_found = nullptr;
    std::optional<SchemaViolation> m_gaveUp;
    qint64 m_stepsLeft = JsonSchema::kMostSteps;
    int m_depth = 0;
};

Violations Checker::check(const QJsonValue &value)
{
    const Place root{value, nullptr, {}};
    Violations found;
    m_found = &found;
    const bool isRight = fits(*m_schema.nodes.front(), root);
    if (m_gaveUp)
        return {*m_gaveUp};
    if (!isRight && found.isEmpty())
        return {{{}, u"does not fit the schema"_s}};
    std::stable_sort(found.begin(), found.end(),
                     [](const auto &a, const auto &b) { return depthOf(a) > depthOf(b); });
    return found.first(std::min(found.size(), JsonSchema::kMostViolations));
}

bool Checker::fits(const Subschema &schema, const Place &place)
{
    if (!spend(1))
        return false;
    if (m_depth >= kDeepestCheck)
        return giveUp(u"nests too deep to be checked"_s);
    const auto *outer = std::exchange(m_place, &place);
    ++m_depth;
    Subschema::ApplyFunction visitEach = [this](const auto &constraint) {
        return !m_gaveUp && constraint.accept(*this);
    };
    const bool result = isCollecting() ? schema.apply(visitEach) : schema.applyStrict(visitEach);
    --m_depth;
    m_place = outer;
    return result;
}

bool Checker::partFits(const Subschema &schema, const QJsonValue &part, const QString &step)
{
    return fits(schema, {part, m_place, step});
}

bool Checker::fitsQuietly(const Subschema &schema, const Place &place)
{
    auto *found = std::exchange(m_found, nullptr);
    const bool result = fits(schema, place);
    m_found = found;
    return result;
}

Violations Checker::misses(const Subschema &schema, const Place &place)
{
    Violations result;
    auto *found = std::exchange(m_found, &result);
    fits(schema, place);
    m_found = found;
    return result;
}

bool Checker::visit(const AllOfConstraint &all)
{
    bool fitsAll = true;
    all.applyToSubschemas([&](unsigned, const Subschema *schema) {
        fitsAll = fits(*schema) && fitsAll;
        return fitsAll || isCollecting();
    });
    return fitsAll;
}

template <typename Alternatives>
int Checker::countFitting(const Alternatives &alternatives, int enough)
{
    int count = 0;
    alternatives.applyToSubschemas([&](unsigned, const Subschema *schema) {
        count += fitsQuietly(*schema, *m_place) ? 1 : 0;
        return count < enough;
    });
    return count;
}

/// Of alternatives that all do not fit, the one is meant that says least against the value, and
/// nothing against the kind of value it is. If all do, all are told.
template <typename Alternatives>
bool Checker::complainOfNearest(const Alternatives &alternatives)
{
    if (!isCollecting() || m_gaveUp)
        return false;
    const auto here = m_place->pointer();
    Violations nearest;
    QStringList kinds;
    alternatives.applyToSubschemas([&](unsigned, const Subschema *schema) {
        const auto found = misses(*schema, *m_place);
        const auto own = std::find_if(found.begin(), found.end(),
                                      [&](const auto &each) { return each.path == here; });
        if (own != found.end()) {
            if (!kinds.contains(own->what))
                kinds.append(own->what);
        } else if (!found.isEmpty() && (nearest.isEmpty() || found.size() < nearest.size())) {
            nearest = found;
        }
        return true;
    });
    if (nearest.isEmpty())
        return complain(
            kinds.isEmpty()
                ? u"fits none of the alternatives"_s
                : kinds.first(std::min<qsizetype>(kinds.size(), kMostListed)).join(u", or "_s));
    for (const auto &violation : nearest)
        complainAt(violation.path, violation.what);
    return false;
}

bool Checker::visit(const AnyOfConstraint &any)
{
    return countFitting(any, 1) == 1 || complainOfNearest(any);
}

bool Checker::visit(const OneOfConstraint &one)
{
    const int count = countFitting(one, 2);
    if (count > 1)
        return complain(u"fits several alternatives and must fit exactly one"_s);
    return count == 1 || complainOfNearest(one);
}

bool Checker::visit(const ConditionalConstraint &conditional)
{
    const auto *consequence = fitsQuietly(*conditional.getIfSubschema(), *m_place)
        ? conditional.getThenSubschema()
        : conditional.getElseSubschema();
    return consequence == nullptr || fits(*consequence);
}

bool Checker::visit(const NotConstraint &excluded)
{
    return hold(!fitsQuietly(*excluded.getSubschema(), *m_place),
                u"is what the schema excludes with \"not\""_s);
}

bool Checker::visit(const PolyConstraint &reference)
{
    const int node = static_cast<const NodeReference &>(reference).node();
    if (node == kNothingFits)
        return complain(u"is not allowed here"_s);
    return fits(*m_schema.nodes.at(size_t(node)));
}

bool Checker::visit(const TypeConstraint &type)
{
    QStringList names;
    bool fitsOne = false;
    type.applyToNamedTypes([&](TypeConstraint::JsonType each) {
        fitsOne = isOfType(value(), each);
        names.append(nameOf(each));
        return !fitsOne;
    });
    return hold(fitsOne, u"must be "_s + names.join(u" or "_s));
}

bool Checker::visit(const ConstConstraint &constant)
{
    const auto &expected = static_cast<const FrozenJson *>(constant.getValue())->value();
    return value() == expected || complain(u"must be "_s + literal(expected));
}

bool Checker::visit(const EnumConstraint &allowed)
{
    bool isAllowed = false;
    QStringList values;
    allowed.applyToValues([&](const valijson::adapters::FrozenValue &each) {
        const auto &expected = static_cast<const FrozenJson &>(each).value();
        isAllowed = expected == value();
        if (values.size() <= kMostListed)
            values.append(literal(expected));
        return !isAllowed && spend(1);
    });
    return hold(isAllowed, u"must be one of "_s + listed(values));
}

bool Checker::visit(const FormatConstraint &format)
{
    const auto *known = schemaFormat(format.getFormat());
    return hold(known == nullptr || !value().isString() || known->fits(value().toString()),
                u"must be "_s + QLatin1String(known != nullptr ? known->example : ""));
}

bool Checker::visit(const MaximumConstraint &limit)
{
    if (!value().isDouble())
        return true;
    // A whole number is compared with all its 64 bits where the machine has a type for both.
    using Wide = long double;
    const auto own = isWhole(value()) ? Wide(value().toInteger()) : Wide(value().toDouble());
    const auto most = limit.getMaximum();
    if (limit.getExclusiveMaximum())
        return hold(own < Wide(most), u"must be less than "_s + literal(most));
    return hold(own <= Wide(most), u"must be at most "_s + literal(most));
}

bool Checker::visit(const MinimumConstraint &limit)
{
    if (!value().isDouble())
        return true;
    using Wide = long double;
    const auto own = isWhole(value()) ? Wide(value().toInteger()) : Wide(value().toDouble());
    const auto least = limit.getMinimum();
    if (limit.getExclusiveMinimum())
        return hold(own > Wide(least), u"must be more than "_s + literal(least));
    return hold(own >= Wide(least), u"must be at least "_s + literal(least));
}

bool Checker::visit(const MultipleOfIntConstraint &divisor)
{
    if (!value().isDouble())
        return true;
    const auto by = divisor.getDivisor();
    const bool isMultiple = isWhole(value()) ? value().toInteger() % by == 0
                                             : std::fmod(value().toDouble(), double(by)) == 0;
    return hold(isMultiple, u"must be a multiple of "_s + QString::number(by));
}

/// 0.3 is no multiple of 0.1 in binary, but it is for whoever wrote the schema.
bool Checker::visit(const MultipleOfDoubleConstraint &divisor)
{
    if (!value().isDouble())
        return true;
    constexpr double kTolerance = 1e-9;
    const auto times = value().toDouble() / divisor.getDivisor();
    const auto off = std::abs(times - std::round(times));
    return hold(std::isfinite(times) && off <= kTolerance * std::max(1.0, std::abs(times)),
                u"must be a multiple of "_s + literal(divisor.getDivisor()));
}

bool Checker::visit(const MaxLengthConstraint &limit)
{
    const auto most = limit.getMaxLength();
    return hold(!value().isString() || lengthOf(value().toString()) <= most,
                u"must have at most "_s + counted(most, u"character"_s));
}

bool Checker::visit(const MinLengthConstraint &limit)
{
    const auto least = limit.getMinLength();
    return hold(!value().isString() || lengthOf(value().toString()) >= least,
                u"must have at least "_s + counted(least, u"character"_s));
}

bool Checker::visit(const MaxItemsConstraint &limit)
{
    const auto most = limit.getMaxItems();
    return hold(!value().isArray() || quint64(value().toArray().size()) <= most,
                u"must have at most "_s + counted(most, u"element"_s));
}

bool Checker::visit(const MinItemsConstraint &limit)
{
    const auto least = limit.getMinItems();
    return hold(!value().isArray() || quint64(value().toArray().size()) >= least,
                u"must have at least "_s + counted(least, u"element"_s));
}

bool Checker::visit(const MaxPropertiesConstraint &limit)
{
    const auto most = limit.getMaxProperties();
    return hold(!value().isObject() || quint64(value().toObject().size()) <= most,
                u"must have at most "_s + counted(most, u"member"_s));
}

bool Checker::visit(const MinPropertiesConstraint &limit)
{
    const auto least = limit.getMinProperties();
    return hold(!value().isObject() || quint64(value().toObject().size()) >= least,
                u"must have at least "_s + counted(least, u"member"_s));
}

bool Checker::visit(const PatternConstraint &pattern)
{
    if (!value().isString())
        return true;
    const auto text = pattern.getPattern<std::allocator<char>>();
    return hold(matches(text, value().toString()), u"must match the pattern "_s + fromUtf8(text));
}

bool Checker::matches(const std::string &pattern, const QString &text)
{
    // PCRE2 counts anew at every place where a match could begin, so its limits grow with the text.
    if (text.size() > kLongestPatternText)
        return giveUp(u"is too long to be compared with a pattern"_s);
    if (!spend(kStepsOfPattern + text.size()))
        return false;
    const auto match = m_schema.patterns.at(pattern).match(text);
    if (!match.isValid())
        return giveUp(u"takes too long to be compared with the pattern "_s + fromUtf8(pattern));
    return match.hasMatch();
}

bool Checker::visit(const ContainsConstraint &contains)
{
    if (!value().isArray())
        return true;
    const auto list = value().toArray();
    const bool hasOne = std::any_of(list.begin(), list.end(), [&](const QJsonValue &element) {
        return fitsQuietly(*contains.getSubschema(), {element, m_place, {}});
    });
    return hold(hasOne, u"must have an element that fits what the schema says it contains"_s);
}

bool Checker::visit(const SingularItemsConstraint &items)
{
    const auto list = value().toArray();
    bool fitsAll = true;
    for (qsizetype i = 0; i < list.size() && (fitsAll || isCollecting()) && !m_gaveUp; ++i)
        fitsAll = partFits(*items.getItemsSubschema(), list.at(i), QString::number(i)) && fitsAll;
    return fitsAll;
}

bool Checker::visit(const LinearItemsConstraint &items)
{
    const auto list = value().toArray();
    const auto first = qsizetype(items.getItemSubschemaCount());
    bool fitsAll = true;
    items.applyToItemSubschemas([&](unsigned i, const Subschema *schema) {
        if (qsizetype(i) >= list.size())
            return false;
        fitsAll = partFits(*schema, list.at(i), QString::number(i)) && fitsAll;
        return fitsAll || isCollecting();
    });
    const auto *others = items.getAdditionalItemsSubschema();
    if (others == nullptr && list.size() > first)
        return complain(u"must have at most "_s + counted(quint64(first), u"element"_s));
    for (auto i = first; i < list.size() && (fitsAll || isCollecting()) && !m_gaveUp; ++i)
        fitsAll = partFits(*others, list.at(i), QString::number(i)) && fitsAll;
    return fitsAll;
}

bool Checker::visit(const UniqueItemsConstraint &)
{
    const auto list = value().toArray();
    QSet<QByteArray> seen;
    for (qsizetype i = 0; i < list.size(); ++i) {
        const auto text = toCompactJson(QJsonArray{list.at(i)});
        if (seen.contains(text))
            return complainOfPart(QString::number(i), u"repeats an earlier element"_s);
        seen.insert(text);
    }
    return true;
}

bool Checker::visit(const RequiredConstraint &required)
{
    if (!value().isObject())
        return true;
    const auto object = value().toObject();
    bool hasAll = true;
    required.applyToRequiredProperties([&](const auto &each) {
        const auto name = fromUtf8(each);
        hasAll = (object.contains(name) || complainOfPart(name, u"is missing"_s)) && hasAll;
        return (hasAll || isCollecting()) && spend(1);
    });
    return hasAll;
}

bool Checker::visit(const DependenciesConstraint &dependencies)
{
    if (!value().isObject())
        return true;
    const auto object = value().toObject();
    bool fitsAll = true;
    dependencies.applyToPropertyDependencies([&](const auto &name, const auto &needed) {
        for (const auto &each : needed) {
            const auto other = fromUtf8(each);
            if (object.contains(fromUtf8(name)) && !object.contains(other))
                fitsAll = complainOfPart(other, u"is missing; it goes with "_s + fromUtf8(name));
        }
        return true;
    });
    dependencies.applyToSchemaDependencies([&](const auto &name, const Subschema *schema) {
        fitsAll = (!object.contains(fromUtf8(name)) || fits(*schema)) && fitsAll;
        return true;
    });
    return fitsAll;
}

bool Checker::visit(const PropertyNamesConstraint &names)
{
    const auto keys = value().toObject().keys();
    bool fitsAll = true;
    for (const auto &key : keys) {
        const Place name{key, m_place, key};
        if (fitsQuietly(*names.getSubschema(), name))
            continue;
        fitsAll = false;
        if (!isCollecting() || m_gaveUp)
            break;
        const auto why = misses(*names.getSubschema(), name);
        complainOfPart(
            key, u"has a name that "_s + (why.isEmpty() ? u"is not allowed"_s : why.first().what));
    }
    return fitsAll;
}

bool Checker::visit(const PropertiesConstraint &properties)
{
    if (!value().isObject())
        return true;
    QSet<QString> known;
    bool fitsAll = namedFit(properties, known);
    fitsAll = (fitsAll || isCollecting()) && matchingFit(properties, known) && fitsAll;
    return (fitsAll || isCollecting()) && othersFit(properties, known) && fitsAll;
}

bool Checker::namedFit(const PropertiesConstraint &properties, QSet<QString> &known)
{
    const auto object = value().toObject();
    bool fitsAll = true;
    properties.applyToProperties([&](const auto &each, const Subschema *schema) {
        const auto name = fromUtf8(each);
        if (const auto part = object.value(name); !part.isUndefined()) {
            known.insert(name);
            fitsAll = partFits(*schema, part, name) && fitsAll;
        }
        return (fitsAll || isCollecting()) && spend(1);
    });
    return fitsAll;
}

bool Checker::matchingFit(const PropertiesConstraint &properties, QSet<QString> &known)
{
    const auto object = value().toObject();
    bool fitsAll = true;
    properties.applyToPatternProperties([&](const auto &each, const Subschema *schema) {
        const std::string pattern(each.data(), each.size());
        for (auto it = object.begin(); it != object.end() && !m_gaveUp; ++it) {
            if (!matches(pattern, it.key()))
                continue;
            known.insert(it.key());
            fitsAll = partFits(*schema, it.value(), it.key()) && fitsAll;
        }
        return fitsAll || isCollecting();
    });
    return fitsAll;
}

bool Checker::othersFit(const PropertiesConstraint &properties, const QSet<QString> &known)
{
    const auto object = value().toObject();
    const auto *others = properties.getAdditionalPropertiesSubschema();
    QStringList names;
    if (others == nullptr) {
        properties.applyToProperties([&](const auto &name, const Subschema *) {
            names.append(fromUtf8(name));
            return names.size() <= kMostListed;
        });
    }
    const auto unknown = names.isEmpty() ? u"is not known here"_s
                                         : u"is not known here; known are: "_s + listed(names);
    bool fitsAll = true;
    for (auto it = object.begin(); it != object.end() && (fitsAll || isCollecting()); ++it) {
        if (known.contains(it.key()))
            continue;
        const bool fit = others == nullptr ? complainOfPart(it.key(), unknown)
                                           : partFits(*others, it.value(), it.key());
        fitsAll = fit && fitsAll;
    }
    return fitsAll;
}

bool Checker::hold(bool fits, const QString &what)
{
    return fits || complain(what);
}

bool Checker::complainOfPart(const QString &step, const QString &what)
{
    return isCollecting() && complainAt(Place{{}, m_place, step}.pointer(), what);
}

/// Always false, what the constraint answers.
bool Checker::complainAt(const QString &path, const QString &what)
{
    const SchemaViolation violation{path, what};
    if (isCollecting() && m_found->size() < kMostCollected && !m_found->contains(violation))
        m_found->append(violation);
    return false;
}

/// False when nothing is left; then the whole check is given up.
bool Checker::spend(qint64 steps)
{
    m_stepsLeft -= steps;
    return m_stepsLeft >= 0 || giveUp(u"takes too long to be checked"_s);
}

/// What is given up does not fit, even inside a "not".
bool Checker::giveUp(const QString &why)
{
    if (!m_gaveUp)
        m_gaveUp = {m_place != nullptr ? m_place->pointer() : QString(), why};
    return false;
}

} // namespace

QList<SchemaViolation> violationsOf(const CompiledSchema &schema, const QJsonValue &value)
{
    return Checker(schema).check(value);
}

} // namespace gatehouse::mcp
