// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QString>

#include <compare>

namespace gatehouse {

/// An identifier that cannot be mistaken for another kind's. Guards nothing by itself.
template <typename Tag>
struct Id {
    QString value;

    Id() = default;
    explicit Id(QString v) : value(std::move(v)) { }
    [[nodiscard]] bool isEmpty() const { return value.isEmpty(); }
    /// The first characters, enough to tell records apart in a log.
    [[nodiscard]] QString shortId() const { return value.left(6); }
    friend bool operator==(const Id &a, const Id &b) { return a.value == b.value; }
    friend bool operator<(const Id &a, const Id &b) { return a.value < b.value; }
    friend size_t qHash(const Id &id, size_t seed = 0) { return ::qHash(id.value, seed); }
};

using ClientId = Id<struct ClientTag>;
using GrantId = Id<struct GrantTag>;
using AccountId = Id<struct AccountTag>;
using InteractionId = Id<struct InteractionTag>;

} // namespace gatehouse
