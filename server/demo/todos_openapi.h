// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QJsonObject>
#include <QString>

namespace gatehouse::demo {

/// The Todos API as an OpenAPI 3.1 document (todos-openapi.json) with the addresses of this
/// instance: both what GET /openapi.json serves and what Gatehouse imports as tools.
[[nodiscard]] QJsonObject todosOpenApi(const QString &baseUrl, const QString &issuer);

} // namespace gatehouse::demo
