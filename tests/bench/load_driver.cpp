// SPDX-License-Identifier: GPL-3.0-or-later
// Calls a server as fast as it answers. Every connection sends its next request when the answer to
// the last one is there and right.
//   load_driver PORT CONNECTIONS SECONDS TEXT <REQUEST
// REQUEST is a whole HTTP request, in which "########" becomes another number each time. An answer
// is right when it is a 200 that holds this number and TEXT; the first that is not ends the program
// with 1. Otherwise it prints one JSON object, with times in microseconds.
//
// Not wrk: it looks into answers only through Lua, which takes more of the processor that the
// server has to share than all of this.
#include "loopback.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include <strings.h>
#include <sys/epoll.h>

using namespace gatehouse::bench;

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::string_view kNumberMark = "########";
constexpr auto kWarmUp = 100ms;
constexpr int kPatience = 10'000; // ms
constexpr int kEventsAtOnce = 128;

struct Options {
    int port;
    size_t connections;
    std::chrono::duration<double> time;
    std::string text;
    std::string request;
};

struct Connection {
    int fd = -1;
    std::string number; ///< of the request that is under way
    std::string received;
    Clock::time_point sent;
};

/// The value of a header field, or nothing. `head` ends with an empty line.
std::string_view fieldOf(std::string_view head, std::string_view name)
{
    for (auto line = head.find("\r\n"); line + 4 < head.size();
         line = head.find("\r\n", line + 2)) {
        const auto field = head.substr(line + 2);
        if (field.size() > name.size() && field[name.size()] == ':'
            && ::strncasecmp(field.data(), name.data(), name.size()) == 0) {
            const auto value = field.substr(name.size() + 1, field.find("\r\n") - name.size() - 1);
            return value.substr(std::min(value.find_first_not_of(' '), value.size()));
        }
    }
    return {};
}

/// Whether `received` holds a whole answer.
bool isWhole(std::string_view received)
{
    const auto end = received.find("\r\n\r\n");
    if (end == std::string_view::npos)
        return false;
    const auto head = received.substr(0, end + 4);
    if (const auto length = fieldOf(head, "content-length"); !length.empty()) {
        size_t size = 0;
        std::from_chars(length.data(), length.data() + length.size(), size);
        return received.size() >= head.size() + size;
    }
    return received.ends_with("\r\n0\r\n\r\n"); // chunked
}

class Driver {
public:
    explicit Driver(const Options &options);
    void run();
    void print() const;

private:
    void sendNext(Connection &connection);
    void read(Connection &connection);
    void check(const Connection &connection) const;

    const Options m_options;
    const size_t m_markAt;
    const int m_epoll = ::epoll_create1(EPOLL_CLOEXEC);
    std::vector<Connection> m_connections;
    uint64_t m_lastNumber = 10'000'000;
    Clock::time_point m_begin; ///< of what is counted
    Clock::time_point m_now;
    std::vector<float> m_times; ///< of answers, µs
};

Driver::Driver(const Options &options)
    : m_options(options), m_markAt(options.request.find(kNumberMark)),
      m_connections(options.connections)
{
    if (m_markAt == std::string::npos)
        die("the request has no place for a number", options.request);
    for (auto &connection : m_connections) {
        connection.fd = connectTo(options.port);
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = &connection;
        ::epoll_ctl(m_epoll, EPOLL_CTL_ADD, connection.fd, &event);
    }
}

void Driver::run()
{
    m_now = Clock::now();
    m_begin = m_now + kWarmUp;
    const auto end = m_begin + m_options.time;
    for (auto &connection : m_connections)
        sendNext(connection);
    std::array<epoll_event, kEventsAtOnce> events{};
    while (m_now < end) {
        const int count = ::epoll_wait(m_epoll, events.data(), kEventsAtOnce, kPatience);
        if (count <= 0)
            die("no answer within ten seconds");
        for (int i = 0; i < count; ++i)
            read(*static_cast<Connection *>(events.at(size_t(i)).data.ptr));
    }
}

void Driver::sendNext(Connection &connection)
{
    auto request = m_options.request;
    connection.number = std::to_string(++m_lastNumber);
    request.replace(m_markAt, kNumberMark.size(), connection.number);
    connection.received.clear();
    connection.sent = Clock::now();
    sendAll(connection.fd, request);
}

void Driver::read(Connection &connection)
{
    std::array<char, 65536>
        piece; // NOLINT(cppcoreguidelines-pro-type-member-init): 64 KiB each time
    const auto size = ::recv(connection.fd, piece.data(), piece.size(), 0);
    if (size <= 0)
        die("the server closed a connection after", connection.received);
    connection.received.append(piece.data(), size_t(size));
    if (!isWhole(connection.received))
        return;
    m_now = Clock::now();
    check(connection);
    if (connection.sent >= m_begin)
        m_times.push_back(
            std::chrono::duration<float, std::micro>(m_now - connection.sent).count());
    sendNext(connection);
}

void Driver::check(const Connection &connection) const
{
    const std::string_view answer(connection.received);
    if (!answer.starts_with("HTTP/1.1 200 ")
        || answer.find(m_options.text) == std::string_view::npos
        || answer.find("\"id\":" + connection.number) == std::string_view::npos)
        die("a wrong answer", answer);
}

void Driver::print() const
{
    auto times = m_times;
    std::sort(times.begin(), times.end());
    const auto quantile = [&times](double part) {
        return times.empty() ? 0.F : times.at(size_t(double(times.size() - 1) * part));
    };
    std::printf("{\"calls\":%zu,\"seconds\":%.3f,\"p50\":%.0f,\"p99\":%.0f}\n", times.size(),
                std::chrono::duration<double>(m_now - m_begin).count(), double(quantile(0.5)),
                double(quantile(0.99)));
}

} // namespace

int main(int argc, char *argv[])
{
    if (argc != 5)
        die("usage", "load_driver PORT CONNECTIONS SECONDS TEXT <REQUEST");
    std::ostringstream request;
    request << std::cin.rdbuf();
    Driver driver({std::atoi(argv[1]), size_t(std::atoi(argv[2])),
                   std::chrono::duration<double>(std::atof(argv[3])), argv[4], request.str()});
    driver.run();
    driver.print();
    return 0;
}
