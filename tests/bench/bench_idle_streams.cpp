// SPDX-License-Identifier: GPL-3.0-or-later
// What idle event streams cost those who call beside them: the same small requests to servers with
// no, some and many streams, in turn, so that a noisy machine is noisy to all. Each server is a
// process of its own: throughput is what it does in a second of processor time, whatever else the
// machine has to do meanwhile, and its memory is measured.
//   bench_idle_streams          2,000 streams; fails when less than 70 % of the throughput is left
//   bench_idle_streams --full   10,000, too; fails when less than 95 % is left, or when those take
//                               more than 15 MB
//   bench_idle_streams --serve  one of the servers: says its port, and ends with its input
#include <base/platform/descriptor.h>
#include <base/platform/process.h>
#include <http/http_server.h>

#include <QCoreApplication>
#include <QFile>
#include <QProcess>
#include <QSocketNotifier>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace gatehouse;
using namespace Qt::StringLiterals;

namespace {

constexpr int kRounds = 60;
constexpr int kRequestsInRound = 2000;
constexpr int kCallers = 8;
constexpr double kBytesInMegabyte = 1'000'000;

constexpr QByteArrayView kBody = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";

/// Keeps a stream open for every GET, and gives every other request its body back.
class Service final : public http::RequestHandler {
public:
    void handle(http::HttpRequest request, http::Reply reply) override
    {
        if (request.method == "GET")
            m_streams.push_back(reply.beginStream({200, {}, ": open\n\n"}));
        else
            reply.send(http::HttpResponse::text(200, request.body));
    }

private:
    std::vector<std::unique_ptr<http::Stream>> m_streams;
};

int serve()
{
    platform::raiseDescriptorLimit();
    Service service;
    const auto server = http::makeHttpServer(service);
    const auto port = server->listen(0);
    if (!port)
        qFatal("%s", qUtf8Printable(port.error().message));
    std::printf("%d\n", *port);
    std::fflush(stdout);
    const QSocketNotifier input(STDIN_FILENO, QSocketNotifier::Read);
    QObject::connect(&input, &QSocketNotifier::activated, qApp, &QCoreApplication::quit);
    return QCoreApplication::exec();
}

/// One connection that waits for each answer.
class Connection {
public:
    explicit Connection(quint16 port) : m_socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(int(m_socket.get()), reinterpret_cast<const sockaddr *>(&address),
                      sizeof address)
            != 0)
            qFatal("not connected");
    }
    void send(const QByteArray &request)
    {
        if (::send(int(m_socket.get()), request.constData(), size_t(request.size()), MSG_NOSIGNAL)
            != request.size())
            qFatal("not sent");
    }
    /// Until `end` has come.
    void receive(QByteArrayView end)
    {
        std::array<char, 4096> buffer{};
        qsizetype size = 0;
        while (!QByteArrayView(buffer.data(), size).endsWith(end)) {
            const auto got =
                ::recv(int(m_socket.get()), buffer.data() + size, buffer.size() - size_t(size), 0);
            if (got <= 0)
                qFatal("no answer");
            size += got;
        }
    }

private:
    platform::Descriptor m_socket;
};

/// A server with idle streams, and those who call it.
class Candidate {
public:
    explicit Candidate(int streams)
    {
        m_process.start(QCoreApplication::applicationFilePath(), {u"--serve"_s});
        if (!m_process.waitForReadyRead())
            qFatal("the server does not start");
        m_port = m_process.readLine().trimmed().toUShort();
        for (int i = 0; i < kCallers; ++i)
            m_callers.emplace_back(m_port);
        static_cast<void>(timeRequests());
        const auto before = residentBytes();
        for (int i = 0; i < streams; ++i) {
            m_streams.emplace_back(m_port).send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            m_streams.back().receive(": open\n\n");
        }
        static_cast<void>(timeRequests());
        m_streamBytes = residentBytes() - before;
    }
    ~Candidate()
    {
        m_process.closeWriteChannel();
        m_process.waitForFinished();
    }
    Candidate(const Candidate &) = delete;
    Candidate &operator=(const Candidate &) = delete;

    void runRound() { m_times.push_back(timeRequests()); }
    [[nodiscard]] int streams() const { return int(m_streams.size()); }
    /// By which its memory has grown with the streams.
    [[nodiscard]] qint64 streamBytes() const { return m_streamBytes; }
    [[nodiscard]] double requestsPerSecond() const
    {
        auto times = m_times;
        const auto middle = times.begin() + qsizetype(times.size() / 2);
        std::nth_element(times.begin(), middle, times.end());
        return kRequestsInRound * 1e9 / double(*middle);
    }

private:
    [[nodiscard]] qint64 timeRequests()
    {
        static const auto request = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: "
            + QByteArray::number(kBody.size()) + "\r\n\r\n" + kBody.toByteArray();
        const auto before = processorTime();
        for (int i = 0; i < kRequestsInRound / kCallers; ++i) {
            for (auto &caller : m_callers)
                caller.send(request);
            for (auto &caller : m_callers)
                caller.receive(kBody);
        }
        return processorTime() - before;
    }
    /// That the server has used, in nanoseconds.
    [[nodiscard]] qint64 processorTime() const
    {
        clockid_t clock{};
        timespec used{};
        if (::clock_getcpuclockid(pid_t(m_process.processId()), &clock) != 0
            || ::clock_gettime(clock, &used) != 0)
            qFatal("no time told");
        return used.tv_sec * 1'000'000'000LL + used.tv_nsec;
    }
    [[nodiscard]] qint64 residentBytes() const
    {
        QFile memory(u"/proc/%1/statm"_s.arg(m_process.processId()));
        if (!memory.open(QIODevice::ReadOnly))
            qFatal("no memory told");
        return memory.readAll().split(' ').value(1).toLongLong() * ::sysconf(_SC_PAGESIZE);
    }

    QProcess m_process;
    quint16 m_port = 0;
    std::vector<Connection> m_callers;
    std::vector<Connection> m_streams;
    qint64 m_streamBytes = 0;
    std::vector<qint64> m_times;
};

struct Limits {
    double leastLeft; ///< of the throughput without streams
    double mostMegabytes;
};

bool compare(const Candidate &without, const Candidate &with, Limits limits)
{
    const auto left = with.requestsPerSecond() / without.requestsPerSecond();
    const auto megabytes = double(with.streamBytes()) / kBytesInMegabyte;
    std::printf("%6d streams: %.0f requests/s, %.0f without: %.1f %% left; %.1f MB, %.0f bytes "
                "each\n",
                with.streams(), with.requestsPerSecond(), without.requestsPerSecond(), left * 100,
                megabytes, double(with.streamBytes()) / with.streams());
    return left >= limits.leastLeft && megabytes <= limits.mostMegabytes;
}

} // namespace

int main(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    const auto arguments = QCoreApplication::arguments();
    if (arguments.value(1) == u"--serve")
        return serve();
    const bool isFull = arguments.value(1) == u"--full";
    if (arguments.size() > (isFull ? 2 : 1)) {
        std::fprintf(stderr, "usage: bench_idle_streams [--full]\n");
        return 2;
    }
    platform::raiseDescriptorLimit();
    std::vector<std::unique_ptr<Candidate>> candidates;
    for (const int streams : {0, 2000, 10'000}) {
        if (isFull || streams <= 2000)
            candidates.push_back(std::make_unique<Candidate>(streams));
    }
    for (int round = 0; round < kRounds; ++round) {
        for (const auto &candidate : candidates)
            candidate->runRound();
    }
    const auto limits = isFull ? Limits{0.95, 15} : Limits{0.7, 5};
    bool isFine = true;
    for (size_t i = 1; i < candidates.size(); ++i)
        isFine = compare(*candidates.front(), *candidates.at(i), limits) && isFine;
    return isFine ? 0 : 1;
}
