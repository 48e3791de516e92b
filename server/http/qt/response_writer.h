// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <http/http_message.h>

#include <QByteArray>

namespace gatehouse::http {

/// What a request asked of the form of its answer.
struct AnswerForm {
    bool isHead = false; ///< HEAD: the head of the answer to GET, and no body
    bool keepAlive = true; ///< the connection takes another request afterwards
    bool isHttp10 = false;
};

/// Turns answers into the bytes on the wire. QHttpServerResponder would send line breaks in values
/// verbatim, give HEAD and 204 a body or a length, and write many small pieces; this sends one.
/// Lives as long as its server.
class ResponseWriter {
public:
    /// False when a field could end its line early (response splitting) or the status is none of
    /// 200 to 599: such an answer must not be written.
    [[nodiscard]] static bool isSendable(const HttpResponse &);

    /// A whole answer. Its length, Connection and Date are ours whatever the fields say.
    [[nodiscard]] QByteArray answer(const HttpResponse &, AnswerForm);
    /// The head of an answer that ends with its connection, and its first piece.
    [[nodiscard]] QByteArray beginStream(const HttpResponse &, AnswerForm);

private:
    [[nodiscard]] QByteArray head(const HttpResponse &, qsizetype bodySize);
    [[nodiscard]] const QByteArray &date();

    qint64 m_dateSecond = -1;
    QByteArray m_date;
};

} // namespace gatehouse::http
