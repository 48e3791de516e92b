// SPDX-License-Identifier: GPL-3.0-or-later
#include <http/qt/guarded_tcp_server.h>

#include <base/logging.h>
#include <base/platform/peer.h>
#include <http/qt/connection_table.h>
#include <http/qt/guarded_socket.h>

#include <QTimer>

namespace gatehouse::http {

using namespace std::chrono_literals;

namespace {

/// How long to wait for descriptors to become free again.
constexpr auto kAcceptPause = 200ms;

} // namespace

std::optional<uint> systemPeerUser(const QTcpSocket &socket)
{
    return platform::userOfLoopbackPeer(socket.peerAddress(), socket.peerPort(),
                                        socket.localAddress(), socket.localPort());
}

GuardedTcpServer::GuardedTcpServer(std::shared_ptr<ConnectionTable> table, PeerUser peerUser,
                                   QObject *parent)
    : QTcpServer(parent), m_table(std::move(table)), m_peerUser(std::move(peerUser))
{
    setListenBacklogSize(m_table->limits().backlog);
    connect(this, &QTcpServer::acceptError, this, &GuardedTcpServer::onAcceptError);
}

void GuardedTcpServer::incomingConnection(qintptr descriptor)
{
    auto socket = std::make_unique<QTcpSocket>();
    if (!socket->setSocketDescriptor(descriptor))
        return;
    // Before it may cost another connection its place.
    if (!isOurUser(*socket))
        return;
    if (!m_table->makeRoom()) {
        m_table->logSeldom("closed a connection: there are too many at once");
        return;
    }
    addPendingConnection(new GuardedSocket(m_table, std::move(socket), this));
}

/// Loopback is shared by all users of the machine; what is approved here belongs to one of them.
bool GuardedTcpServer::isOurUser(const QTcpSocket &socket) const
{
    if (m_peerUser(socket) == platform::currentUser())
        return true;
    m_table->logSeldom("closed a connection of another user of this machine");
    return false;
}

/// Out of descriptors QTcpServer stops accepting for good; it has to be told to go on.
void GuardedTcpServer::onAcceptError()
{
    m_table->logSeldom("cannot accept connections at the moment");
    QTimer::singleShot(kAcceptPause, this, &QTcpServer::resumeAccepting);
}

} // namespace gatehouse::http
