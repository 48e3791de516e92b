// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>

namespace gatehouse::apis {

/// What `schema` says of the shape of an answer: types, names, alternatives, allowed values and
/// descriptions. Every answer that fits `schema` fits it.
///
/// Some clients compile the output schemas of all tools at once and take no tool at all when one of
/// them is not to their taste: a pattern that JavaScript has not, an $id, a boolean in place of a
/// schema. An answer that the API itself gave is also not worth losing for its length. So the
/// keywords that remain are few, and hold what JSON Schema allows there.
[[nodiscard]] QJsonObject outputShape(const QJsonObject &schema);

} // namespace gatehouse::apis
