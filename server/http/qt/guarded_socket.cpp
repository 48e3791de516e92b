// SPDX-License-Identifier: GPL-3.0-or-later
#include <http/qt/guarded_socket.h>

#include <base/logging.h>
#include <base/platform/peer.h>
#include <http/qt/stream_park.h>

#include <algorithm>
#include <cstring>

namespace gatehouse::http {

using namespace std::chrono_literals;

namespace {

/// All that QHttpServer is told of a request: that there is one.
constexpr QByteArrayView kTicket = "GET / HTTP/1.1\r\n\r\n";

constexpr qint64 kReadBuffer = 64 * 1024;
/// A client that reads no answers gets no further ones: the next request waits below this.
constexpr qint64 kUnsentPause = 256 * 1024;
/// After a refusal a client may still be sending. Closing at once would reset the connection, and
/// it might never read why; so what comes is thrown away for this long and this much.
constexpr auto kDrainTime = 1000ms;
constexpr qint64 kDrainBytes = 1024LL * 1024 * 1024;

HttpResponse plainRefusal(int status, const QByteArray &text)
{
    auto response = HttpResponse::text(status, text);
    response.headers.append("Content-Security-Policy", "default-src 'none'");
    response.headers.append("Referrer-Policy", "no-referrer");
    if (status == 503)
        response.headers.append("Retry-After", "1");
    return response;
}

} // namespace

GuardedSocket::GuardedSocket(std::shared_ptr<ConnectionTable> table,
                             std::unique_ptr<QTcpSocket> inner, QObject *parent)
    : QTcpSocket(parent), m_table(std::move(table)), m_inner(inner.release()),
      m_framer(m_table->limits().headBytes)
{
    m_inner->setParent(this);
    m_inner->setReadBufferSize(kReadBuffer);
    // An answer is one write: waiting for more of it (Nagle) only delays it.
    m_inner->setSocketOption(QAbstractSocket::LowDelayOption, 1);
    connect(m_inner, &QTcpSocket::readyRead, this, &GuardedSocket::onReadable);
    connect(m_inner, &QTcpSocket::bytesWritten, this, &GuardedSocket::onWritten);
    connect(m_inner, &QTcpSocket::disconnected, this, &GuardedSocket::onInnerGone);

    setLocalAddress(m_inner->localAddress());
    setLocalPort(m_inner->localPort());
    setPeerAddress(m_inner->peerAddress());
    setPeerPort(m_inner->peerPort());
    setSocketState(QAbstractSocket::ConnectedState);
    QIODevice::open(QIODevice::ReadWrite);
    m_ticketRead = kTicket.size();

    m_table->add(this);
    setDeadlineIn(m_table->limits().requestTime);
}

GuardedSocket::~GuardedSocket()
{
    m_inner->disconnect(this);
    m_table->remove(this);
    recharge(0);
    setSocketState(QAbstractSocket::UnconnectedState);
}

std::optional<HttpRequest> GuardedSocket::takeRequest()
{
    return std::exchange(m_request, std::nullopt);
}

void GuardedSocket::answer(const HttpResponse &response)
{
    if (m_phase != Phase::Answering)
        return;
    m_watchers.clear();
    if (ResponseWriter::isSendable(response)) {
        sendSoon(m_table->writer().answer(response, m_form));
    } else {
        // RFC 9110 §5.5: a line break in a value would let it write fields, or an answer, of its
        // own.
        qCCritical(lcHttp) << "an answer was not sent because a header field or its status is not "
                              "valid; status"
                           << response.status;
        sendSoon(m_table->writer().answer(
            HttpResponse::text(500, "Something went wrong in Gatehouse. Please try again.\n"),
            m_form));
    }
    finishAnswer();
}

bool GuardedSocket::beginStream(const HttpResponse &head)
{
    if (m_phase != Phase::Answering)
        return false;
    if (!ResponseWriter::isSendable(head)) {
        answer(head);
        return false;
    }
    m_watchers.clear();
    recharge(0);
    m_in.clear();
    m_phase = Phase::Streaming;
    send(m_table->writer().beginStream(head, m_form));
    if (m_form.isHead)
        endStream();
    else
        parkSoon();
    return isStreaming();
}

void GuardedSocket::writePiece(const QByteArray &bytes)
{
    if (m_phase != Phase::Streaming)
        return;
    const auto backlog = m_table->limits().streamBacklogBytes;
    if (m_inner->bytesToWrite() > backlog)
        m_inner->flush();
    if (m_phase == Phase::Streaming && m_inner->bytesToWrite() > backlog) {
        qCInfo(lcHttp) << "dropped a stream whose client does not read";
        abortNow();
        return;
    }
    if (m_phase != Phase::Streaming)
        return;
    send(bytes);
    parkSoon();
}

void GuardedSocket::endStream()
{
    if (m_phase == Phase::Streaming)
        closeGracefully();
}

void GuardedSocket::whenClientLeaves(QObject *context, std::function<void()> then)
{
    if (m_phase == Phase::Answering)
        m_watchers.emplace_back(context, std::move(then));
}

void GuardedSocket::endAfterAnswer()
{
    if (m_phase == Phase::Answering)
        m_form.keepAlive = false;
    else
        closeGracefully();
}

bool GuardedSocket::hasUnread()
{
    m_unreadKnown = m_unreadKnown || m_inner->bytesAvailable() > 0
        || platform::hasUnread(m_inner->socketDescriptor());
    return m_unreadKnown;
}

bool GuardedSocket::hasWork() const
{
    return m_phase == Phase::Answering || m_phase == Phase::Streaming || m_phase == Phase::Flushing;
}

void GuardedSocket::closeGracefully()
{
    if (m_phase == Phase::Flushing || m_phase == Phase::Draining || m_phase == Phase::Gone)
        return;
    m_phase = Phase::Flushing;
    m_head.reset();
    m_in.clear();
    recharge(0);
    setDeadlineIn(m_table->limits().idleTime);
    sendUnsent();
    m_inner->flush();
    if (m_phase == Phase::Flushing && m_inner->bytesToWrite() == 0)
        beginDraining();
}

void GuardedSocket::abortNow()
{
    sendUnsent();
    m_inner->abort();
    // An inner socket that was closed already says nothing more.
    onInnerGone();
}

void GuardedSocket::expire()
{
    setDeadline(ConnectionTable::kNever);
    if (m_phase != Phase::Reading)
        abortNow();
    else if (m_requestTimeRuns)
        refuse(408, "The request did not arrive in time.\n");
    else
        closeGracefully();
}

qint64 GuardedSocket::bytesAvailable() const
{
    return QTcpSocket::bytesAvailable() + (kTicket.size() - m_ticketRead);
}

qint64 GuardedSocket::bytesToWrite() const
{
    return m_unsent.size() + m_inner->bytesToWrite();
}

void GuardedSocket::disconnectFromHost()
{
    closeGracefully();
}

void GuardedSocket::close()
{
    closeGracefully();
}

qint64 GuardedSocket::readData(char *data, qint64 maxSize)
{
    const auto size = std::min<qint64>(maxSize, kTicket.size() - m_ticketRead);
    std::memcpy(data, kTicket.data() + m_ticketRead, size_t(size));
    m_ticketRead += size;
    return size;
}

qint64 GuardedSocket::writeData(const char *, qint64)
{
    // Answers are written by answer() and writePiece(); nobody else has anything to say.
    return -1;
}

void GuardedSocket::onReadable()
{
    m_unreadKnown = false;
    const ConnectionTable::Busy busy(m_table);
    switch (m_phase) {
    case Phase::Reading:
        pump();
        break;
    case Phase::Streaming:
    case Phase::Flushing:
    case Phase::Draining:
        drain();
        break;
    case Phase::Answering: // waits in the inner socket, whose buffer is limited
    case Phase::Gone:
        break;
    }
}

void GuardedSocket::onWritten()
{
    const ConnectionTable::Busy busy(m_table);
    if (m_phase == Phase::Flushing) {
        if (m_inner->bytesToWrite() == 0)
            beginDraining();
        else
            setDeadlineIn(m_table->limits().idleTime);
    } else if (m_phase == Phase::Streaming) {
        parkSoon();
    } else if (m_phase == Phase::Reading && !m_pumping
               && (!isAtRest() || m_inner->bytesAvailable() > 0)) {
        pump();
    }
}

void GuardedSocket::onInnerGone()
{
    if (m_phase == Phase::Gone)
        return;
    const ConnectionTable::Busy busy(m_table);
    m_phase = Phase::Gone;
    m_in.clear();
    recharge(0);
    setDeadline(ConnectionTable::kNever);
    m_table->remove(this);

    const QPointer<GuardedSocket> self(this);
    const auto watchers = std::exchange(m_watchers, {});
    for (const auto &[context, then] : watchers) {
        if (context)
            then();
    }
    if (self)
        Q_EMIT gone();
    if (!self)
        return;
    setSocketState(QAbstractSocket::UnconnectedState);
    Q_EMIT stateChanged(QAbstractSocket::UnconnectedState);
    if (self)
        Q_EMIT disconnected();
}

/// Hands over every complete request that is answered at once, and stops at the first that is not.
void GuardedSocket::pump()
{
    const QPointer<GuardedSocket> self(this);
    m_pumping = true;
    while (self && m_phase == Phase::Reading && readRequest())
        handOver();
    if (!self)
        return;
    m_pumping = false;
    if (m_phase == Phase::Reading)
        watchTime();
}

/// True when a complete request waits in m_request.
bool GuardedSocket::readRequest()
{
    if (bytesToWrite() > kUnsentPause)
        sendUnsent();
    // What is left then goes on with bytesWritten.
    if (m_inner->bytesToWrite() > kUnsentPause || !takeArrived())
        return false;
    if (!m_head && !readHead())
        return false;
    if (m_in.size() < m_head->contentLength)
        return false;
    completeRequest();
    return true;
}

bool GuardedSocket::takeArrived()
{
    if (m_inner->bytesAvailable() == 0)
        return true;
    if (m_in.isEmpty() && m_in.capacity() == 0)
        m_in = m_inner->readAll();
    else
        m_in += m_inner->readAll();
    recharge(m_in.size());
    if (!m_table->isOverfull())
        return true;
    refuse(503, "Gatehouse is receiving too much at once. Please try again.\n");
    return false;
}

bool GuardedSocket::readHead()
{
    if (m_in.isEmpty())
        return false;
    auto outcome = m_framer.readHead(m_in);
    if (const auto *refusal = std::get_if<Refusal>(&outcome)) {
        refuse(refusal->status, refusal->text);
        return false;
    }
    auto *head = std::get_if<RequestHead>(&outcome);
    if (head == nullptr)
        return false;
    m_in.remove(0, head->length);
    m_head = std::move(*head);
    return checkHead();
}

/// What can be refused before the body has arrived.
bool GuardedSocket::checkHead()
{
    const auto length = m_head->contentLength;
    if (length > m_table->maxBodyBytes(length, m_head->headers.value("authorization"))) {
        refuse(413, "The body of this request is too large for Gatehouse.\n");
        return false;
    }
    if (m_in.size() < length) {
        m_in.reserve(length);
        // RFC 9110 §10.1.1: only a client that waits for it gets it.
        if (m_head->expectsContinue && m_in.isEmpty())
            send("HTTP/1.1 100 Continue\r\n\r\n");
    }
    return true;
}

void GuardedSocket::completeRequest()
{
    auto &request = m_request.emplace();
    request.method = std::move(m_head->method);
    request.path = std::move(m_head->path);
    request.query = std::move(m_head->query);
    request.headers = std::move(m_head->headers);
    request.connection = {peerAddress(), peerPort(), localAddress(), localPort()};
    const auto length = m_head->contentLength;
    if (m_in.size() == length) {
        request.body = std::exchange(m_in, {});
    } else {
        request.body = m_in.left(length);
        m_in.remove(0, length);
    }
    m_form = {request.method == "HEAD", m_head->keepAlive, m_head->isHttp10};
    m_head.reset();
}

void GuardedSocket::handOver()
{
    m_phase = Phase::Answering;
    m_requestTimeRuns = false;
    setDeadline(ConnectionTable::kNever);
    m_ticketRead = 0;

    const auto table = m_table;
    const QPointer<GuardedSocket> self(this);
    table->setHandingOver(this);
    Q_EMIT readyRead();
    table->setHandingOver(nullptr);
    if (self && takeRequest())
        answer(HttpResponse::text(500, "Something went wrong in Gatehouse. Please try again.\n"));
}

void GuardedSocket::refuse(int status, const QByteArray &text)
{
    qCInfo(lcHttp) << "refused a request with" << status;
    AnswerForm form =
        m_head ? AnswerForm{m_head->method == "HEAD", false, m_head->isHttp10} : AnswerForm{};
    form.keepAlive = false;
    send(m_table->writer().answer(plainRefusal(status, text), form));
    closeGracefully();
}

/// Goes around the buffer of the inner socket while that is empty: switching its write notifier on
/// and off costs more system calls than an answer.
void GuardedSocket::send(const QByteArray &bytes)
{
    sendUnsent();
    qint64 sent = 0;
    if (m_inner->bytesToWrite() == 0)
        sent = platform::sendNow(m_inner->socketDescriptor(), bytes);
    if (sent < bytes.size())
        m_inner->write(sent == 0 ? bytes : bytes.mid(sent));
}

void GuardedSocket::sendSoon(const QByteArray &bytes)
{
    if (m_unsent.isEmpty())
        m_table->sendSoon(this);
    m_unsent += bytes;
}

void GuardedSocket::sendUnsent()
{
    if (!m_unsent.isEmpty())
        send(std::exchange(m_unsent, {}));
}

void GuardedSocket::finishAnswer()
{
    if (!m_form.keepAlive) {
        closeGracefully();
        return;
    }
    m_phase = Phase::Reading;
    recharge(m_in.size());
    if (m_pumping)
        return;
    if (isAtRest() && m_inner->bytesAvailable() == 0)
        watchTime();
    else // not below whoever gave this answer: the next request calls handlers
        QMetaObject::invokeMethod(this, &GuardedSocket::onReadable, Qt::QueuedConnection);
}

/// From the event loop: below a handler or QHttpServer the connection cannot go.
void GuardedSocket::parkSoon()
{
    if (!std::exchange(m_parksSoon, true))
        QMetaObject::invokeMethod(this, &GuardedSocket::park, Qt::QueuedConnection);
}

/// Tried again after everything that is written.
void GuardedSocket::park()
{
    m_parksSoon = false;
    if (m_phase != Phase::Streaming || m_inner->bytesToWrite() > 0)
        return;
    const auto stream = m_table->park().park(m_inner->socketDescriptor());
    if (!stream)
        return;
    Q_EMIT parked(stream);
    abortNow(); // closes this descriptor of the connection, and leaves the connection alone
}

/// Between requests idleness counts; from the first byte of one, the time until it is complete.
void GuardedSocket::watchTime()
{
    if (m_requestTimeRuns)
        return;
    m_requestTimeRuns = !isAtRest() || m_inner->bytesAvailable() > 0;
    setDeadlineIn(m_requestTimeRuns ? m_table->limits().requestTime : m_table->limits().idleTime);
}

void GuardedSocket::drain()
{
    m_drained += m_inner->readAll().size();
    if (m_drained > kDrainBytes)
        abortNow();
}

void GuardedSocket::beginDraining()
{
    m_phase = Phase::Draining;
    setDeadlineIn(kDrainTime);
    platform::endWriting(m_inner->socketDescriptor());
    drain();
}

void GuardedSocket::setDeadline(ConnectionTable::TimePoint deadline)
{
    m_deadline = deadline;
    if (deadline != ConnectionTable::kNever)
        m_table->wakeAt(deadline);
}

void GuardedSocket::setDeadlineIn(std::chrono::milliseconds delay)
{
    setDeadline(std::chrono::steady_clock::now() + delay);
}

void GuardedSocket::recharge(qint64 heldBytes)
{
    m_table->charge(heldBytes - m_charged);
    m_charged = heldBytes;
}

} // namespace gatehouse::http
