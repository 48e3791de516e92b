// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/http_client.h"

#include <QHostAddress>
#include <QTest>

namespace gatehouse::tests {

namespace {

bool sameName(const QByteArray &a, const QByteArray &b)
{
    return a.compare(b, Qt::CaseInsensitive) == 0;
}

/// Removes chunk framing; false while the last chunk has not come.
bool takeChunked(QByteArray &buffer, QByteArray &body)
{
    qsizetype at = 0;
    QByteArray joined;
    for (;;) {
        const auto lineEnd = buffer.indexOf("\r\n", at);
        if (lineEnd < 0)
            return false;
        const auto size = buffer.mid(at, lineEnd - at).toLongLong(nullptr, 16);
        if (buffer.size() < lineEnd + 2 + size + 2)
            return false;
        joined += buffer.mid(lineEnd + 2, size);
        at = lineEnd + 2 + size + 2;
        if (size == 0)
            break;
    }
    body = joined;
    buffer.remove(0, at);
    return true;
}

} // namespace

QByteArray WireResponse::header(const QByteArray &name) const
{
    for (const auto &[key, value] : headers) {
        if (sameName(key, name))
            return value;
    }
    return {};
}

int WireResponse::headerCount(const QByteArray &name) const
{
    int count = 0;
    for (const auto &[key, value] : headers)
        count += sameName(key, name) ? 1 : 0;
    return count;
}

WireClient::WireClient(quint16 port, const QByteArray &address)
    : host("localhost:" + QByteArray::number(port)), m_port(port)
{
    m_socket.connectToHost(QHostAddress(QString::fromLatin1(address)), port);
    [[maybe_unused]] const bool connected = QTest::qWaitFor(
        [this] { return m_socket.state() == QAbstractSocket::ConnectedState; }, 5000);
}

WireResponse WireClient::request(const QByteArray &method, const QByteArray &target,
                                 const WireHeaders &headers, const QByteArray &body)
{
    QByteArray head = method + ' ' + target + " HTTP/1.1\r\n";
    bool hasHost = false;
    bool hasLength = false;
    for (const auto &[name, value] : headers) {
        head += name + ": " + value + "\r\n";
        hasHost = hasHost || sameName(name, "host");
        hasLength = hasLength || sameName(name, "content-length");
    }
    if (!hasHost)
        head += "Host: " + host + "\r\n";
    if (!hasLength && (!body.isEmpty() || method == "POST"))
        head += "Content-Length: " + QByteArray::number(body.size()) + "\r\n";
    sendRaw(head + "\r\n" + body);
    return readResponse(5000, method == "HEAD");
}

void WireClient::sendRaw(const QByteArray &bytes)
{
    m_socket.write(bytes);
    m_socket.flush();
}

WireResponse WireClient::readHead(int timeoutMs)
{
    WireResponse response;
    const bool complete = QTest::qWaitFor(
        [this] {
            pump();
            return m_buffer.contains("\r\n\r\n")
                || m_socket.state() != QAbstractSocket::ConnectedState;
        },
        timeoutMs);
    const auto end = m_buffer.indexOf("\r\n\r\n");
    if (!complete || end < 0)
        return response;
    const auto lines = m_buffer.left(end).split('\n');
    m_buffer.remove(0, end + 4);
    response.status = lines.at(0).split(' ').value(1).toInt();
    for (qsizetype i = 1; i < lines.size(); ++i) {
        const auto colon = lines.at(i).indexOf(':');
        response.headers.append({lines.at(i).left(colon), lines.at(i).mid(colon + 1).trimmed()});
    }
    return response;
}

WireResponse WireClient::readResponse(int timeoutMs, bool headRequest)
{
    auto response = readHead(timeoutMs);
    if (response.status == 100)
        response = readHead(timeoutMs);
    if (response.status == 0 || headRequest || response.status == 204 || response.status == 304)
        return response;
    const bool chunked = response.header("transfer-encoding").contains("chunked");
    const bool sized = response.headerCount("content-length") > 0;
    const auto length = response.header("content-length").toLongLong();
    [[maybe_unused]] const bool done = QTest::qWaitFor(
        [&] {
            pump();
            if (chunked)
                return takeChunked(m_buffer, response.body);
            if (sized && m_buffer.size() >= length)
                return true;
            return m_socket.state() != QAbstractSocket::ConnectedState;
        },
        timeoutMs);
    if (!chunked) {
        const auto taken = sized ? length : m_buffer.size();
        response.body = m_buffer.left(taken);
        m_buffer.remove(0, taken);
    }
    return response;
}

bool WireClient::waitForText(const QByteArray &text, int timeoutMs)
{
    return QTest::qWaitFor(
        [&] {
            pump();
            return m_buffer.contains(text);
        },
        timeoutMs);
}

bool WireClient::waitForClose(int timeoutMs)
{
    return QTest::qWaitFor(
        [this] {
            pump();
            return m_socket.state() == QAbstractSocket::UnconnectedState;
        },
        timeoutMs);
}

void WireClient::pump()
{
    m_buffer += m_socket.readAll();
}

} // namespace gatehouse::tests
