// SPDX-License-Identifier: GPL-3.0-or-later
#include <http/qt/reply_channel.h>

#include <http/qt/guarded_socket.h>
#include <http/qt/parked_stream.h>

namespace gatehouse::http {

namespace {

/// A stream on one connection, which begins at its socket and goes on in the park. `closed` always
/// comes from the event loop, never from a call of the owner, who may therefore destroy the stream
/// in the slot.
class ConnectionStream final : public Stream {
public:
    explicit ConnectionStream(GuardedSocket *socket) : m_socket(socket)
    {
        if (socket == nullptr) {
            QMetaObject::invokeMethod(this, &Stream::closed, Qt::QueuedConnection);
            return;
        }
        connect(socket, &GuardedSocket::gone, this, &Stream::closed, Qt::QueuedConnection);
        connect(socket, &GuardedSocket::parked, this, &ConnectionStream::goOnParked);
    }

    ~ConnectionStream() override { endAnswer(); }

    void write(const QByteArray &bytes) override
    {
        if (m_parked)
            m_parked->write(bytes);
        else if (m_socket)
            m_socket->writePiece(bytes);
    }

    void close() override { endAnswer(); }

    [[nodiscard]] bool isOpen() const override
    {
        return m_parked ? m_parked->isOpen() : m_socket && m_socket->isStreaming();
    }

private:
    void goOnParked(const std::shared_ptr<ParkedStream> &stream)
    {
        m_socket->disconnect(this);
        m_socket.clear();
        m_parked = stream;
        m_parked->whenGone(this, [this] { Q_EMIT closed(); });
    }

    void endAnswer()
    {
        if (m_socket) {
            m_socket->disconnect(this);
            m_socket->endStream();
            m_socket.clear();
        }
        if (m_parked) {
            m_parked->whenGone(nullptr, {});
            m_parked->end();
            m_parked.reset();
        }
    }

    QPointer<GuardedSocket> m_socket;
    std::shared_ptr<ParkedStream> m_parked;
};

} // namespace

ReplyChannel::ReplyChannel(GuardedSocket *socket) : m_socket(socket) { }

void ReplyChannel::send(const HttpResponse &response)
{
    if (m_socket)
        m_socket->answer(response);
}

std::unique_ptr<Stream> ReplyChannel::beginStream(const HttpResponse &head)
{
    const bool isOpen = m_socket && m_socket->beginStream(head);
    return std::make_unique<ConnectionStream>(isOpen ? m_socket.data() : nullptr);
}

void ReplyChannel::whenClientLeaves(QObject *context, std::function<void()> then)
{
    if (m_socket && m_socket->state() == QAbstractSocket::ConnectedState)
        m_socket->whenClientLeaves(context, std::move(then));
    else
        QMetaObject::invokeMethod(context, std::move(then), Qt::QueuedConnection);
}

} // namespace gatehouse::http
