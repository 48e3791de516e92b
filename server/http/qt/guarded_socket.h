// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <http/qt/connection_table.h>
#include <http/qt/request_framer.h>

#include <QTcpSocket>

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace gatehouse::http {

class ParkedStream;

/// What QHttpServer takes for a connection. The real one is inside, as it is in a QSslSocket: this
/// class reads it, refuses what breaks the limits, and tells QHttpServer of one complete request at
/// a time, the next one only after the answer to the last.
///
/// QHttpServer itself never reads what a client sent, but a constant line (see kTicket): on Qt 6.4
/// it forgets all fields of a request, its length too, when one is longer than 8 KiB or there are
/// more than 100, so that the body becomes the next request; it keeps the last body of every idle
/// connection; and it logs addresses with their query. The request is taken with takeRequest().
///
/// Made by GuardedTcpServer; QHttpServer deletes it after `disconnected`. Answers come from the
/// ReplyChannel, at most one per request.
class GuardedSocket final : public QTcpSocket {
    Q_OBJECT

public:
    /// `inner` is connected.
    GuardedSocket(std::shared_ptr<ConnectionTable> table, std::unique_ptr<QTcpSocket> inner,
                  QObject *parent);
    ~GuardedSocket() override;

    /// The request that was just handed over; the first caller gets it.
    [[nodiscard]] std::optional<HttpRequest> takeRequest();

    /// Writes the answer to the request that was taken. One that must not be sent becomes a 500.
    void answer(const HttpResponse &);
    /// Sends the answers that wait for more of them.
    void sendUnsent();
    /// Starts an answer that ends with the connection. False when nothing can follow. Once all of
    /// it is sent and whoever began it has returned, the connection is parked: `parked` comes, and
    /// this socket ends.
    [[nodiscard]] bool beginStream(const HttpResponse &head);
    /// Adds to that answer; aborts the connection when its client leaves too much unread.
    void writePiece(const QByteArray &);
    void endStream();
    [[nodiscard]] bool isStreaming() const { return m_phase == Phase::Streaming; }
    /// Calls `then` once if the connection ends before the request that was taken is answered.
    void whenClientLeaves(QObject *context, std::function<void()> then);

    /// Ends the connection now, or as soon as the request that was taken is answered.
    void endAfterAnswer();
    /// True while it waits for a request, or for the rest of one.
    [[nodiscard]] bool isReading() const { return m_phase == Phase::Reading; }
    /// True between two requests.
    [[nodiscard]] bool isIdle() const { return isReading() && !m_requestTimeRuns; }
    /// True when more has arrived than was looked at; asks the system once between two looks.
    [[nodiscard]] bool hasUnread();
    /// True while a request waits for its answer, or an answer for being written.
    [[nodiscard]] bool hasWork() const;
    /// Ends the connection after what is written; an unanswered request stays so.
    void closeGracefully();
    /// Ends the connection now, with `gone` and `disconnected` before it returns.
    void abortNow();

    [[nodiscard]] ConnectionTable::TimePoint deadline() const { return m_deadline; }
    /// The deadline has passed.
    void expire();

    // What QHttpServer calls.
    [[nodiscard]] qint64 bytesAvailable() const override;
    [[nodiscard]] qint64 bytesToWrite() const override;
    void disconnectFromHost() override;
    void close() override;

Q_SIGNALS:
    /// The stream goes on there. `gone`, which follows, is not the end of the connection then.
    void parked(const std::shared_ptr<gatehouse::http::ParkedStream> &stream);
    /// Once, when the connection has ended for whatever reason.
    void gone();

protected:
    qint64 readData(char *data, qint64 maxSize) override;
    qint64 writeData(const char *data, qint64 size) override;

private:
    enum class Phase {
        Reading, ///< between requests, or in one that is not complete
        Answering, ///< a handler has the request
        Streaming, ///< the answer is a stream
        Flushing, ///< nothing more is read; the end of what is written is on its way
        Draining, ///< our end is closed; what still comes in is thrown away
        Gone,
    };

    using Watcher = std::pair<QPointer<QObject>, std::function<void()>>;

    void onReadable();
    void onWritten();
    void onInnerGone();
    void pump();
    [[nodiscard]] bool readRequest();
    [[nodiscard]] bool takeArrived();
    [[nodiscard]] bool readHead();
    [[nodiscard]] bool checkHead();
    void completeRequest();
    void handOver();
    void refuse(int status, const QByteArray &text);
    void send(const QByteArray &);
    void sendSoon(const QByteArray &);
    void finishAnswer();
    void parkSoon();
    void park();
    void watchTime();
    void drain();
    void beginDraining();
    void setDeadline(ConnectionTable::TimePoint);
    void setDeadlineIn(std::chrono::milliseconds);
    void recharge(qint64 heldBytes);
    [[nodiscard]] bool isAtRest() const { return m_in.isEmpty() && !m_head; }

    std::shared_ptr<ConnectionTable> m_table;
    QTcpSocket *m_inner;
    Phase m_phase = Phase::Reading;

    QByteArray m_unsent; ///< answers to be sent before the event loop waits
    QByteArray m_in; ///< read, and not yet part of a request that was handed over
    RequestFramer m_framer;
    std::optional<RequestHead> m_head; ///< of the request whose body is arriving
    std::optional<HttpRequest> m_request; ///< complete, until it is taken
    AnswerForm m_form;
    std::vector<Watcher> m_watchers;
    qsizetype m_ticketRead = 0; ///< how much of kTicket QHttpServer has read

    ConnectionTable::TimePoint m_deadline = ConnectionTable::kNever;
    qint64 m_charged = 0;
    qint64 m_drained = 0;
    bool m_unreadKnown = false; ///< hasUnread() has seen something since the last look
    bool m_requestTimeRuns = true; ///< the deadline is that of a request, not of idleness
    bool m_pumping = false;
    bool m_parksSoon = false;
};

} // namespace gatehouse::http
