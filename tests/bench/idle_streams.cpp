// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps event streams open on which nothing happens, until its standard input ends.
//   idle_streams PORT <LIST
// Each line of LIST is a bearer token, a session and a number of streams; an empty line ends it.
// Prints "open N" when every stream has begun or was refused, and "left N" at the end.
#include "loopback.h"

#include <algorithm>
#include <array>
#include <iostream>
#include <string>
#include <vector>

using namespace gatehouse::bench;

namespace {

/// The connection of a new stream, or -1 for one that the server refuses.
int openStream(int port, const std::string &token, const std::string &session)
{
    const int fd = connectTo(port);
    sendAll(fd,
            "GET /mcp HTTP/1.1\r\nHost: localhost:" + std::to_string(port)
                + "\r\nAuthorization: Bearer " + token + "\r\nMcp-Session-Id: " + session
                + "\r\nMCP-Protocol-Version: 2025-11-25\r\nAccept: text/event-stream\r\n\r\n");
    std::array<char, 4096> head{};
    const auto size = ::recv(fd, head.data(), head.size(), 0);
    if (size > 0 && std::string_view(head.data(), size_t(size)).starts_with("HTTP/1.1 200 "))
        return fd;
    ::close(fd);
    return -1;
}

/// Throws away what has come; false for a stream that has ended.
bool isOpen(int fd)
{
    std::array<char, 4096> piece{};
    ssize_t size = 0;
    do {
        size = ::recv(fd, piece.data(), piece.size(), MSG_DONTWAIT);
    } while (size > 0);
    return size < 0 && errno == EAGAIN;
}

} // namespace

int main(int argc, char *argv[])
{
    if (argc != 2)
        die("usage", "idle_streams PORT <LIST");
    const int port = std::atoi(argv[1]);
    std::vector<int> streams;
    std::string token;
    std::string session;
    for (int count = 0; std::cin.peek() != '\n' && std::cin >> token >> session >> count;) {
        for (int i = 0; i < count; ++i) {
            if (const int fd = openStream(port, token, session); fd >= 0)
                streams.push_back(fd);
        }
        std::cin.ignore(); // the end of the line
    }
    std::printf("open %zu\n", streams.size());
    std::fflush(stdout);

    std::cin.ignore(); // the empty line
    while (std::cin.get() != std::istream::traits_type::eof()) { }
    std::printf("left %zu\n", size_t(std::count_if(streams.begin(), streams.end(), isOpen)));
    return 0;
}
