// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <http/http_message.h>

#include <QByteArray>

#include <variant>

namespace gatehouse::http {

/// Everything in front of a body, checked.
struct RequestHead {
    QByteArray method;
    QByteArray path; ///< as sent, without the query; "*" for OPTIONS *
    QByteArray query; ///< as sent, without '?'
    Headers headers;
    qint64 contentLength = 0;
    qsizetype length = 0; ///< bytes that the head takes at the start of what was framed
    bool keepAlive = true;
    bool isHttp10 = false;
    bool expectsContinue = false;
};

/// Why a request is not served: a status and one plain sentence for the person who reads it.
struct Refusal {
    int status = 400;
    QByteArray text;
};

struct NeedMore { };

/// Finds and checks the head of one HTTP/1 request in the bytes of a connection, more strictly than
/// QHttpServer does: whatever two parsers could read differently is refused (request smuggling). It
/// touches no socket. Lives as long as its connection, which asks it after every arrival.
class RequestFramer {
public:
    using Outcome = std::variant<NeedMore, RequestHead, Refusal>;

    explicit RequestFramer(qint64 maxHeadBytes) : m_maxHeadBytes(maxHeadBytes) { }

    /// Looks at all bytes since the end of the last request. Called again with more bytes at the
    /// end it continues where it stopped; after a head it starts anew.
    [[nodiscard]] Outcome readHead(const QByteArray &bytes);

private:
    qint64 m_maxHeadBytes;
    qsizetype m_scanned = 0;
};

/// RFC 9110 §5.6.2: a non-empty token, as methods and field names are.
[[nodiscard]] bool isToken(QByteArrayView);
/// RFC 9110 §5.5: no control character but the tab, so neither line break nor NUL.
[[nodiscard]] bool isFieldValue(QByteArrayView);

} // namespace gatehouse::http
