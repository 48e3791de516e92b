// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>
#include <http/http_message.h>

#include <QByteArray>

/// HTTP/1.1 answers as they arrive (RFC 9112), for a client that reads little, once, and refuses
/// what it need not understand. Pure functions; errors are for the log.
namespace gatehouse::oauth {

struct HttpHead {
    int status = 0;
    http::Headers headers;
    qsizetype size = 0; ///< in bytes; the body begins there

    /// All fields of one name, joined with commas (RFC 9110 §5.2).
    [[nodiscard]] QByteArray joined(QByteArrayView name) const;
};

/// The head at the beginning of `bytes`, past interim answers (1xx). Absent: more must arrive.
[[nodiscard]] Result<std::optional<HttpHead>, QString> parseHttpHead(const QByteArray &bytes,
                                                                     qsizetype largest);

/// The body that stands behind a head, decoded (RFC 9112 §6.3). `isClosed`: nothing else will
/// arrive. Absent: more must arrive.
[[nodiscard]] Result<std::optional<QByteArray>, QString>
parseHttpBody(const HttpHead &head, const QByteArray &bytes, bool isClosed, qsizetype largest);

} // namespace gatehouse::oauth
