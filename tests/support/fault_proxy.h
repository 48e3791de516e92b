// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QHash>
#include <QTcpServer>
#include <QTcpSocket>
#include <QUrl>

#include <chrono>
#include <functional>

namespace gatehouse::tests {

/// What happens to requests on their way to the tenant and back.
struct Fault {
    enum class Kind {
        None, ///< passed on, the answer after `delay`
        LostRequest, ///< the connection is reset, the tenant hears nothing
        LostAnswer, ///< the tenant has done it, then the connection is reset
        OtherAnswer, ///< somebody else answers `answer`
        Silence, ///< nobody answers, the connection stays
    };

    Kind kind = Kind::None;
    std::chrono::milliseconds delay{0}; ///< of real time
    QByteArray answer = {}; ///< whole, with its head

    [[nodiscard]] static Fault delayed(std::chrono::milliseconds by) { return {Kind::None, by}; }
    [[nodiscard]] static Fault lostRequest() { return {Kind::LostRequest}; }
    [[nodiscard]] static Fault lostAnswer() { return {Kind::LostAnswer}; }
    [[nodiscard]] static Fault silence() { return {Kind::Silence}; }
    /// Bytes that are no HTTP.
    [[nodiscard]] static Fault noise();
    /// 200 and application/json, but no JSON.
    [[nodiscard]] static Fault brokenJson();
    /// The page of a hotel's network, with 200.
    [[nodiscard]] static Fault captivePortal();
    /// An empty answer with extra `headers`, which are complete lines.
    [[nodiscard]] static Fault status(int status, const QByteArray &headers = {});
    /// RFC 6585 §4.
    [[nodiscard]] static Fault tooManyRequests(std::chrono::seconds retryAfter);
    [[nodiscard]] static Fault redirect(const QUrl &to);
};

/// Stands before a tenant, at the address that the tenant claims, and does to each path what the
/// test says. Takes one request per connection. Lives on the thread of the test.
class FaultProxy {
public:
    /// The address it listens on: loopback, but not where tenants serve, so that both may have the
    /// same port.
    static constexpr auto kHost = "127.0.0.2";

    /// Listens on a port that is also free on 127.0.0.1.
    FaultProxy();

    [[nodiscard]] quint16 port() const { return m_port; }
    /// Where the tenant serves on 127.0.0.1, and the Host that it wants to hear; empty: as sent.
    void forwardTo(quint16 port, const QByteArray &host = {});

    void set(const QByteArray &path, const Fault &fault) { m_faults[path] = fault; }
    void clearFaults() { m_faults.clear(); }
    /// No faults, nothing counted, reachable.
    void reset();
    /// The tenant is down: connections are refused, and those that exist break.
    void stop();
    void start();

    /// Requests for this path that arrived here, whatever became of them.
    [[nodiscard]] int count(const QByteArray &path) const { return m_counts.value(path); }
    void resetCounts() { m_counts.clear(); }
    /// The body of the tenant's latest answer for this path.
    [[nodiscard]] QByteArray lastAnswer(const QByteArray &path) const
    {
        return m_answers.value(path);
    }

    /// Called from the event loop when a request has met silence.
    std::function<void()> whenSilent;

private:
    void read(QTcpSocket *client);
    void take(QTcpSocket *client, const QByteArray &request);
    void forward(QTcpSocket *client, const QByteArray &request,
                 const std::function<void(const QByteArray &)> &then);
    [[nodiscard]] QByteArray rewritten(const QByteArray &request) const;

    QTcpServer m_server;
    quint16 m_port = 0;
    quint16 m_target = 0;
    QByteArray m_host;
    QHash<QByteArray, Fault> m_faults;
    QHash<QByteArray, int> m_counts;
    QHash<QByteArray, QByteArray> m_answers;
};

} // namespace gatehouse::tests
