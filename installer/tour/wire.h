// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QByteArray>
#include <QtCore/QJsonObject>
#include <QtCore/QList>
#include <QtCore/QString>
#include <QtCore/QUrl>

#include <chrono>
#include <exception>
#include <memory>

class QTcpSocket;

namespace gatehouse::tour {

/// Why a step failed, in words for the person. Thrown from anywhere below, caught once per step.
class Failure : public std::exception {
public:
    explicit Failure(QString reason);
    const char *what() const noexcept override { return m_what.constData(); }
    const QString &reason() const { return m_reason; }

private:
    QString m_reason;
    QByteArray m_what;
};

/// Throws a Failure with @p reason unless @p condition holds.
void require(bool condition, const QString &reason);

using Headers = QList<std::pair<QByteArray, QByteArray>>;

/// One HTTP request.
struct Call {
    QByteArray method;
    QUrl url;
    Headers headers;
    QByteArray body;
};

/// One HTTP answer. Header names are in lower case.
struct Answer {
    int status = 0;
    Headers headers;
    QByteArray body;

    /// The first value of @p name (lower case), or an empty one.
    QByteArray header(const QByteArray &name) const;
    /// The body as a JSON object; throws when it is none.
    QJsonObject json() const;
};

/// An HTTP/1.1 answer that is read piece by piece, blocking. Lives as long as its connection, which
/// serves this one request. Throws when the peer cannot be reached, breaks off early or says
/// nothing for ten seconds.
class Exchange {
public:
    explicit Exchange(const Call &call);
    ~Exchange();
    Q_DISABLE_COPY_MOVE(Exchange)

    const Answer &head() const { return m_answer; }
    /// Reads to the end of the body.
    Answer finish();
    /// The data of the next server-sent event called @p name; throws when there is none within @p
    /// limit.
    QByteArray event(const QByteArray &name, std::chrono::milliseconds limit);
    /// Whether the answer ends, or breaks off, within @p limit.
    bool endsWithin(std::chrono::milliseconds limit);

private:
    void readHead();
    bool readMore(std::chrono::milliseconds limit);
    void decode();
    void decodeChunks();

    std::unique_ptr<QTcpSocket> m_socket;
    Answer m_answer;
    QByteArray m_raw;
    bool m_chunked = false;
    bool m_ended = false;
    qint64 m_length = -1;
};

/// Sends @p call and reads the whole answer.
Answer send(const Call &call);

} // namespace gatehouse::tour
