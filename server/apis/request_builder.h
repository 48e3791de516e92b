// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <apis/operation.h>
#include <base/result.h>

#include <QUrl>

#include <optional>

namespace gatehouse::apis {

/// One HTTP request to an API, without its token.
struct ApiRequest {
    QByteArray method;
    QUrl url;
    std::optional<QByteArray> body; ///< JSON
};

/// Checks a tool call's arguments and makes the request of them. The error is for the model: it
/// names the argument and what it must be.
[[nodiscard]] Result<ApiRequest, QString>
buildRequest(const Operation &operation, const QUrl &baseUrl, const QJsonObject &arguments);

/// Why `value` does not fit `schema` (type and enum at the top level; the API checks the rest), or
/// an empty text.
[[nodiscard]] QString mismatch(const QJsonValue &value, const QJsonObject &schema);

} // namespace gatehouse::apis
