// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <apis/openapi_document.h>

namespace gatehouse::apis {

/// What a successful call of `operation` answers, as the JSON Schema of a tool's structured result
/// (see toToolResult(): what is no object stands under "result"). Nothing where the document says
/// none, more than one, or one that cannot be read: the operation can be called all the same.
/// Works on its own copy, so that a mistake there is no complaint of `document`.
[[nodiscard]] std::optional<QJsonObject> outputSchemaOf(OpenApiDocument document,
                                                        const Located &operation);

} // namespace gatehouse::apis
