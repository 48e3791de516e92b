// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// For json_schema.cpp and schema_checker.cpp alone: valijson takes as long to compile as ten other
// files.

#include <QJsonArray>
#include <QJsonObject>
#include <QJsonValue>

#include <valijson/internal/basic_adapter.hpp>
#include <valijson/internal/frozen_value.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

namespace gatehouse::mcp {

class JsonAdapter;

/// Goes through a QJsonArray or QJsonObject, giving what valijson wants of each element.
template <typename Iterator, typename Element>
class JsonIterator {
public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = Element;
    using difference_type = std::ptrdiff_t;
    using pointer = Element *;
    using reference = Element;

    explicit JsonIterator(Iterator iterator) : m_iterator(iterator) { }

    Element operator*() const { return Element(m_iterator); }
    valijson::adapters::DerefProxy<Element> operator->() const
    {
        return valijson::adapters::DerefProxy<Element>(**this);
    }
    JsonIterator &operator++()
    {
        ++m_iterator;
        return *this;
    }
    JsonIterator operator++(int) { return JsonIterator(m_iterator++); }
    void advance(std::ptrdiff_t steps) { std::advance(m_iterator, steps); }

    friend bool operator==(const JsonIterator &a, const JsonIterator &b)
    {
        return a.m_iterator == b.m_iterator;
    }
    friend bool operator!=(const JsonIterator &a, const JsonIterator &b) { return !(a == b); }

private:
    Iterator m_iterator;
};

struct JsonMember;

class JsonElements {
public:
    using const_iterator = JsonIterator<QJsonArray::const_iterator, JsonAdapter>;

    explicit JsonElements(QJsonArray array = {}) : m_array(std::move(array)) { }

    [[nodiscard]] const_iterator begin() const;
    [[nodiscard]] const_iterator end() const;
    [[nodiscard]] size_t size() const { return size_t(m_array.size()); }

private:
    QJsonArray m_array;
};

class JsonMembers {
public:
    using const_iterator = JsonIterator<QJsonObject::const_iterator, JsonMember>;

    explicit JsonMembers(QJsonObject object = {}) : m_object(std::move(object)) { }

    [[nodiscard]] const_iterator begin() const;
    [[nodiscard]] const_iterator end() const;
    [[nodiscard]] const_iterator find(const std::string &name) const;
    [[nodiscard]] size_t size() const { return size_t(m_object.size()); }

private:
    QJsonObject m_object;
};

/// A value of an "enum" or "const".
class FrozenJson final : public valijson::adapters::FrozenValue {
public:
    explicit FrozenJson(QJsonValue value) : m_value(std::move(value)) { }

    [[nodiscard]] const QJsonValue &value() const { return m_value; }
    [[nodiscard]] FrozenJson *clone() const override { return new FrozenJson(m_value); }
    bool equalTo(const valijson::adapters::Adapter &other, bool strict) const override;

private:
    QJsonValue m_value;
};

/// A QJsonValue as valijson sees it. Its own adapter for Qt takes integers for 32 bits wide.
class JsonHolder {
public:
    // Not explicit: BasicAdapter is made of what it holds.
    JsonHolder(QJsonValue value = QJsonObject()) : m_value(std::move(value)) { }

    [[nodiscard]] FrozenJson *freeze() const { return new FrozenJson(m_value); }
    [[nodiscard]] std::optional<JsonElements> getArrayOptional() const
    {
        if (!isArray())
            return {};
        return JsonElements(m_value.toArray());
    }
    [[nodiscard]] std::optional<JsonMembers> getObjectOptional() const
    {
        if (!isObject())
            return {};
        return JsonMembers(m_value.toObject());
    }
    bool getArraySize(size_t &size) const
    {
        size = size_t(m_value.toArray().size());
        return isArray();
    }
    bool getObjectSize(size_t &size) const
    {
        size = size_t(m_value.toObject().size());
        return isObject();
    }
    bool getBool(bool &value) const
    {
        value = m_value.toBool();
        return isBool();
    }
    bool getDouble(double &value) const
    {
        value = m_value.toDouble();
        return isDouble();
    }
    bool getInteger(int64_t &value) const
    {
        value = m_value.toInteger();
        return isInteger();
    }
    bool getString(std::string &value) const
    {
        value = m_value.toString().toStdString();
        return isString();
    }

    [[nodiscard]] static bool hasStrictTypes() { return true; }
    [[nodiscard]] bool isArray() const { return m_value.isArray(); }
    [[nodiscard]] bool isBool() const { return m_value.isBool(); }
    [[nodiscard]] bool isDouble() const { return m_value.isDouble(); }
    [[nodiscard]] bool isInteger() const
    {
        // Two defaults tell a whole number from anything else.
        return m_value.isDouble() && m_value.toInteger(0) == m_value.toInteger(1);
    }
    [[nodiscard]] bool isNull() const { return m_value.isNull(); }
    [[nodiscard]] bool isNumber() const { return m_value.isDouble(); }
    [[nodiscard]] bool isObject() const { return m_value.isObject(); }
    [[nodiscard]] bool isString() const { return m_value.isString(); }

private:
    QJsonValue m_value;
};

class JsonAdapter : public valijson::adapters::BasicAdapter<JsonAdapter, JsonElements, JsonMember,
                                                            JsonMembers, JsonHolder> {
public:
    JsonAdapter() = default;
    explicit JsonAdapter(const QJsonValue &value) : BasicAdapter(JsonHolder(value)) { }
    explicit JsonAdapter(QJsonArray::const_iterator element) : JsonAdapter(QJsonValue(*element)) { }
};

struct JsonMember {
    explicit JsonMember(QJsonObject::const_iterator member)
        : first(member.key().toStdString()), second(QJsonValue(member.value()))
    {
    }

    std::string first;
    JsonAdapter second;
};

inline JsonElements::const_iterator JsonElements::begin() const
{
    return const_iterator(m_array.constBegin());
}

inline JsonElements::const_iterator JsonElements::end() const
{
    return const_iterator(m_array.constEnd());
}

inline JsonMembers::const_iterator JsonMembers::begin() const
{
    return const_iterator(m_object.constBegin());
}

inline JsonMembers::const_iterator JsonMembers::end() const
{
    return const_iterator(m_object.constEnd());
}

inline JsonMembers::const_iterator JsonMembers::find(const std::string &name) const
{
    return const_iterator(m_object.constFind(QString::fromStdString(name)));
}

inline bool FrozenJson::equalTo(const valijson::adapters::Adapter &other, bool strict) const
{
    return JsonAdapter(m_value).equalTo(other, strict);
}

} // namespace gatehouse::mcp

/// valijson would fetch documents of this type; nothing is ever fetched.
template <>
struct valijson::adapters::AdapterTraits<gatehouse::mcp::JsonAdapter> {
    using DocumentType = QJsonValue;
};
