// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTcpServer>

#include <functional>
#include <memory>
#include <optional>

namespace gatehouse::http {

class ConnectionTable;

/// Tells which user is at the other end of a connection; nothing when it cannot be told.
using PeerUser = std::function<std::optional<uint>(const QTcpSocket &)>;

/// Asks the system; see platform::userOfLoopbackPeer().
[[nodiscard]] std::optional<uint> systemPeerUser(const QTcpSocket &);

/// Listens on one address and lets in only connections of this user, up to the limit of the table.
/// Owned by the gateway that it is bound to; QHttpServer takes its connections.
class GuardedTcpServer final : public QTcpServer {
    Q_OBJECT

public:
    explicit GuardedTcpServer(std::shared_ptr<ConnectionTable> table,
                              PeerUser peerUser = &systemPeerUser, QObject *parent = nullptr);

protected:
    void incomingConnection(qintptr descriptor) override;

private:
    [[nodiscard]] bool isOurUser(const QTcpSocket &) const;
    void onAcceptError();

    std::shared_ptr<ConnectionTable> m_table;
    PeerUser m_peerUser;
};

} // namespace gatehouse::http
