// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <mcp/json_rpc.h>

namespace gatehouse::mcp {

/// A part of a list, by positions (MCP utilities/pagination).
struct Page {
    qsizetype begin = 0;
    qsizetype end = 0;
    QString nextCursor = {}; ///< empty on the last page
};

/// Many clients read only one page, so it is large.
constexpr qsizetype kPageSize = 250;

/// The page that `params` ask for of a list of `count`. `list` tells the cursors of lists apart.
/// Fails with Invalid params for a cursor that is not ours.
[[nodiscard]] Result<Page, RpcError> pageOf(const QJsonObject &params, const QString &list,
                                            qsizetype count, qsizetype pageSize = kPageSize);

} // namespace gatehouse::mcp
