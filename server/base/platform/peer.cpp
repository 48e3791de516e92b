// SPDX-License-Identifier: GPL-3.0-or-later
#include <base/platform/peer.h>

#include <base/platform/descriptor.h>
#include <base/platform/process_info.h>
#include <base/platform/tcp_table.h>

#include <QtEndian>

#include <array>
#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <unistd.h>

namespace gatehouse::platform {

using namespace Qt::StringLiterals;

namespace {

constexpr uint kNobodyKnows = ~0U;

constexpr size_t kDiscardedAtOnce = 16 * 1024;

void copyAddress(const QHostAddress &address, bool v6, __be32 *out)
{
    if (v6) {
        const auto bytes = address.toIPv6Address();
        std::memcpy(out, &bytes, sizeof bytes);
    } else {
        out[0] = qToBigEndian(address.toIPv4Address());
    }
}

struct Query {
    nlmsghdr header;
    inet_diag_req_v2 request;
};

/// Asks the kernel for exactly one socket: the one whose local end is our peer.
std::optional<uint> askSockDiag(const QHostAddress &peer, quint16 peerPort,
                                const QHostAddress &local, quint16 localPort)
{
    // One netlink socket per thread for the life of the process: opening one costs more than
    // asking.
    thread_local const Descriptor netlink(
        ::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
    if (!netlink.isOpen())
        return std::nullopt;
    const bool v6 = peer.protocol() == QAbstractSocket::IPv6Protocol;

    Query query{};
    query.header.nlmsg_len = sizeof query;
    query.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    query.header.nlmsg_flags = NLM_F_REQUEST;
    query.request.sdiag_family = v6 ? AF_INET6 : AF_INET;
    query.request.sdiag_protocol = IPPROTO_TCP;
    query.request.idiag_states = ~0U;
    query.request.id.idiag_sport = qToBigEndian(peerPort);
    query.request.id.idiag_dport = qToBigEndian(localPort);
    copyAddress(peer, v6, query.request.id.idiag_src);
    copyAddress(local, v6, query.request.id.idiag_dst);
    query.request.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
    query.request.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
    if (::send(int(netlink.get()), &query, sizeof query, 0) != ssize_t(sizeof query))
        return std::nullopt;

    alignas(nlmsghdr) std::array<char, 4096> buffer{};
    const auto received = ::recv(int(netlink.get()), buffer.data(), buffer.size(), 0);
    if (received < ssize_t(sizeof(nlmsghdr)))
        return std::nullopt;
    nlmsghdr header{};
    std::memcpy(&header, buffer.data(), sizeof header);
    if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY
        || received < ssize_t(NLMSG_LENGTH(sizeof(inet_diag_msg))))
        return std::nullopt;
    inet_diag_msg message{};
    std::memcpy(&message, buffer.data() + NLMSG_HDRLEN, sizeof message);
    return message.idiag_uid;
}

/// The slow way, where sock_diag is not available (some containers).
std::optional<uint> askProc(const QHostAddress &peer, quint16 peerPort, const QHostAddress &local,
                            quint16 localPort)
{
    const auto row = findConnection(readTcpTables(peerPort), peer, peerPort, local, localPort);
    return row ? std::optional(row->user) : std::nullopt;
}

std::optional<ucred> credentialsOf(qintptr descriptor)
{
    ucred credentials{};
    socklen_t length = sizeof credentials;
    if (::getsockopt(int(descriptor), SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0)
        return std::nullopt;
    return credentials;
}

} // namespace

uint currentUser()
{
    return ::geteuid();
}

std::optional<uint> userOfLoopbackPeer(const QHostAddress &peer, quint16 peerPort,
                                       const QHostAddress &local, quint16 localPort)
{
    const auto told = askSockDiag(peer, peerPort, local, localPort);
    if (told && *told != kNobodyKnows)
        return told;
    return askProc(peer, peerPort, local, localPort);
}

std::optional<uint> userOfUnixPeer(qintptr descriptor)
{
    const auto credentials = credentialsOf(descriptor);
    return credentials ? std::optional<uint>(credentials->uid) : std::nullopt;
}

std::optional<qint64> pidOfUnixPeer(qintptr descriptor)
{
    const auto credentials = credentialsOf(descriptor);
    return credentials ? std::optional<qint64>(credentials->pid) : std::nullopt;
}

qint64 sendNow(qintptr descriptor, QByteArrayView bytes)
{
    const auto sent =
        ::send(int(descriptor), bytes.data(), size_t(bytes.size()), MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent > 0 ? sent : 0;
}

bool hasUnread(qintptr descriptor)
{
    char first = 0;
    return ::recv(int(descriptor), &first, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

std::optional<qint64> discardArrived(qintptr descriptor)
{
    std::array<char, kDiscardedAtOnce> buffer{};
    const auto received = ::recv(int(descriptor), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (received > 0)
        return received;
    const bool isOpen = received < 0 && (errno == EAGAIN || errno == EINTR);
    return isOpen ? std::optional<qint64>(0) : std::nullopt;
}

void endWriting(qintptr descriptor)
{
    ::shutdown(int(descriptor), SHUT_WR);
}

QString describeListener(quint16 port)
{
    const auto listener = listenerOn(port);
    if (!listener || !listener->process)
        return {};
    return u"\"%1\" (process %2)"_s.arg(listener->process->name).arg(listener->process->pid);
}

} // namespace gatehouse::platform
