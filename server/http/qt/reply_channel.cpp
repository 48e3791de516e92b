// SPDX-License-Identifier: GPL-3.0-or-later
#include <http/qt/reply_channel.h>

#include <http/qt/guarded_socket.h>

namespace gatehouse::http {

namespace {

/// A stream on one connection. `closed` always comes from the event loop, never from a call of the
/// owner, who may therefore destroy the stream in the slot.
class SocketStream final : public Stream {
public:
    explicit SocketStream(GuardedSocket *socket) : m_socket(socket)
    {
        if (socket != nullptr)
            connect(socket, &GuardedSocket::gone, this, &Stream::closed, Qt::QueuedConnection);
        else
            QMetaObject::invokeMethod(this, &Stream::closed, Qt::QueuedConnection);
    }

    ~SocketStream() override { endAnswer(); }

    void write(const QByteArray &bytes) override
    {
        if (m_socket)
            m_socket->writePiece(bytes);
    }

    void close() override { endAnswer(); }

    [[nodiscard]] bool isOpen() const override { return m_socket && m_socket->isStreaming(); }

private:
    void endAnswer()
    {
        if (!m_socket)
            return;
        m_socket->disconnect(this);
        m_socket->endStream();
        m_socket.clear();
    }

    QPointer<GuardedSocket> m_socket;
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
    return std::make_unique<SocketStream>(isOpen ? m_socket.data() : nullptr);
}

void ReplyChannel::whenClientLeaves(QObject *context, std::function<void()> then)
{
    if (m_socket && m_socket->state() == QAbstractSocket::ConnectedState)
        m_socket->whenClientLeaves(context, std::move(then));
    else
        QMetaObject::invokeMethod(context, std::move(then), Qt::QueuedConnection);
}

} // namespace gatehouse::http
