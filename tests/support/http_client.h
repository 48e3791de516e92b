// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QList>
#include <QTcpSocket>

#include <utility>

namespace gatehouse::tests {

/// What came back from a server, read off the wire without a library that would tidy it up.
struct WireResponse {
    int status = 0; ///< 0: the connection ended without an answer
    QList<std::pair<QByteArray, QByteArray>> headers;
    QByteArray body;

    [[nodiscard]] QByteArray header(const QByteArray &name) const;
    [[nodiscard]] int headerCount(const QByteArray &name) const;
};

using WireHeaders = QList<std::pair<QByteArray, QByteArray>>;

/// One HTTP/1.1 connection that sends exactly what it is told; spins the event loop while waiting,
/// because the server under test lives on the same thread.
class WireClient {
public:
    explicit WireClient(quint16 port, const QByteArray &address = "127.0.0.1");

    [[nodiscard]] WireResponse request(const QByteArray &method, const QByteArray &target,
                                       const WireHeaders &headers = {},
                                       const QByteArray &body = {});
    void sendRaw(const QByteArray &bytes);
    /// Reads one complete response (Content-Length, chunked or to the end), at most `timeoutMs`.
    [[nodiscard]] WireResponse readResponse(int timeoutMs = 5000, bool headRequest = false);
    /// Reads the head only and leaves the stream open; then readMore() and buffered().
    [[nodiscard]] WireResponse readHead(int timeoutMs = 5000);
    /// Waits until the buffered stream contains `text`.
    [[nodiscard]] bool waitForText(const QByteArray &text, int timeoutMs = 5000);
    [[nodiscard]] bool waitForClose(int timeoutMs = 5000);
    [[nodiscard]] QByteArray buffered() const { return m_buffer; }
    [[nodiscard]] QTcpSocket &socket() { return m_socket; }
    /// The Host header sent unless `headers` has one; default "localhost:<port>".
    QByteArray host;

private:
    void pump();

    QTcpSocket m_socket;
    QByteArray m_buffer;
    quint16 m_port;
};

} // namespace gatehouse::tests
