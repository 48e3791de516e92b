// SPDX-License-Identifier: GPL-3.0-or-later
// What the programs that play clients share: plain blocking sockets, and an end with a reason.
#pragma once

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace gatehouse::bench {

[[noreturn]] inline void die(const char *what, std::string_view detail = {})
{
    std::fprintf(stderr, "%s: %.*s\n", what, int(detail.size()), detail.data());
    std::exit(1);
}

/// A connection to 127.0.0.1. The caller closes it.
inline int connectTo(int port)
{
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(uint16_t(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || ::connect(fd, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0)
        die("cannot connect", std::strerror(errno));
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

/// A request fits into the buffer of an idle connection, so this never waits.
inline void sendAll(int fd, std::string_view bytes)
{
    if (::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) != ssize_t(bytes.size()))
        die("cannot send", std::strerror(errno));
}

} // namespace gatehouse::bench
