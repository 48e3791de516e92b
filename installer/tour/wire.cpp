// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire.h"

#include <QtCore/QDeadlineTimer>
#include <QtCore/QJsonDocument>
#include <QtNetwork/QNetworkProxy>
#include <QtNetwork/QTcpSocket>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace gatehouse::tour {

namespace {

constexpr auto kPatience = 10s;

int milliseconds(std::chrono::milliseconds value)
{
    return static_cast<int>(value.count());
}

/// Where connections go instead of to the server itself: an HTTP proxy, which the tests of the tour
/// use to break single answers.
QUrl proxy()
{
    return QUrl(qEnvironmentVariable("GATEHOUSE_TOUR_PROXY"));
}

QByteArray requestText(const Call &call, bool absolute)
{
    const QByteArray target = call.url.toEncoded(
        absolute ? QUrl::RemoveFragment
                 : QUrl::RemoveScheme | QUrl::RemoveAuthority | QUrl::RemoveFragment);
    QByteArray text = call.method + ' ' + (target.isEmpty() ? "/"_ba : target) + " HTTP/1.1\r\n";
    text += "Host: " + call.url.authority(QUrl::FullyEncoded).toLatin1() + "\r\n";
    for (const auto &[name, value] : call.headers)
        text += name + ": " + value + "\r\n";
    if (!call.body.isEmpty() || call.method == "POST")
        text += "Content-Length: " + QByteArray::number(call.body.size()) + "\r\n";
    return text + "Connection: close\r\n\r\n" + call.body;
}

} // namespace

Failure::Failure(QString reason) : m_reason(std::move(reason)), m_what(m_reason.toUtf8()) { }

void require(bool condition, const QString &reason)
{
    if (!condition)
        throw Failure(reason);
}

QByteArray Answer::header(const QByteArray &name) const
{
    for (const auto &[key, value] : headers) {
        if (key == name)
            return value;
    }
    return {};
}

QJsonObject Answer::json() const
{
    const QJsonDocument document = QJsonDocument::fromJson(body);
    require(document.isObject(), u"the answer (status %1) is no JSON object"_s.arg(status));
    return document.object();
}

Exchange::Exchange(const Call &call) : m_socket(std::make_unique<QTcpSocket>())
{
    const QUrl peer = proxy().isEmpty() ? call.url : proxy();
    m_socket->setProxy(QNetworkProxy::NoProxy);
    m_socket->connectToHost(peer.host(), static_cast<quint16>(peer.port(80)));
    require(m_socket->waitForConnected(milliseconds(kPatience)),
            u"no connection to %1: %2"_s.arg(peer.authority(), m_socket->errorString()));
    m_socket->write(requestText(call, !proxy().isEmpty()));
    readHead();
}

Exchange::~Exchange() = default;

void Exchange::readHead()
{
    while (!m_raw.contains("\r\n\r\n"))
        require(readMore(kPatience), u"the server closed the connection without an answer"_s);
    const qsizetype end = m_raw.indexOf("\r\n\r\n");
    const QList<QByteArray> lines = m_raw.left(end).split('\n');
    m_raw.remove(0, end + 4);
    m_answer.status = lines.first().mid(9, 3).toInt();
    for (const QByteArray &line : lines.mid(1)) {
        const qsizetype colon = line.indexOf(':');
        m_answer.headers.append({line.left(colon).toLower(), line.mid(colon + 1).trimmed()});
    }
    m_chunked = m_answer.header("transfer-encoding").toLower() == "chunked";
    const QByteArray length = m_answer.header("content-length");
    if (!m_chunked && !length.isEmpty())
        m_length = length.toLongLong();
    if (m_answer.status == 204 || m_answer.status == 304)
        m_length = 0;
    decode();
}

bool Exchange::readMore(std::chrono::milliseconds limit)
{
    if (m_socket->bytesAvailable() == 0 && !m_socket->waitForReadyRead(milliseconds(limit))) {
        require(m_socket->state() != QAbstractSocket::ConnectedState,
                u"the server said nothing for %1 ms"_s.arg(limit.count()));
        if (m_socket->bytesAvailable() == 0)
            return false;
    }
    m_raw += m_socket->readAll();
    return true;
}

void Exchange::decode()
{
    if (m_chunked) {
        decodeChunks();
        return;
    }
    m_answer.body += m_raw;
    m_raw.clear();
    m_ended = m_length >= 0 && m_answer.body.size() >= m_length;
}

void Exchange::decodeChunks()
{
    while (!m_ended) {
        const qsizetype line = m_raw.indexOf("\r\n");
        if (line < 0)
            return;
        const qsizetype size =
            m_raw.left(line).split(';').first().trimmed().toLongLong(nullptr, 16);
        if (m_raw.size() < line + 2 + size + 2)
            return;
        m_answer.body += m_raw.mid(line + 2, size);
        m_raw.remove(0, line + 2 + size + 2);
        m_ended = size == 0;
    }
}

Answer Exchange::finish()
{
    while (!m_ended) {
        if (!readMore(kPatience)) {
            require(m_length < 0 && !m_chunked,
                    u"the server broke off in the middle of an answer"_s);
            break;
        }
        decode();
    }
    return m_answer;
}

QByteArray Exchange::event(const QByteArray &name, std::chrono::milliseconds limit)
{
    const QDeadlineTimer deadline(limit);
    while (true) {
        QByteArray text = m_answer.body;
        text.replace("\r\n", "\n");
        qsizetype end = 0;
        while ((end = text.indexOf("\n\n")) >= 0) {
            QByteArray type = "message"_ba;
            QByteArray data;
            for (const QByteArray &line : text.left(end).split('\n')) {
                if (line.startsWith("event:"))
                    type = line.mid(6).trimmed();
                if (line.startsWith("data:"))
                    data += line.mid(5).trimmed();
            }
            text.remove(0, end + 2);
            if (type == name && !data.isEmpty()) {
                m_answer.body = text;
                return data;
            }
        }
        m_answer.body = text;
        require(!m_ended && readMore(std::chrono::milliseconds(deadline.remainingTime())),
                u"the stream ended before the event \"%1\""_s.arg(QString::fromUtf8(name)));
        decode();
    }
}

bool Exchange::endsWithin(std::chrono::milliseconds limit)
{
    const QDeadlineTimer deadline(limit);
    while (!m_ended) {
        if (m_socket->state() != QAbstractSocket::ConnectedState && m_socket->bytesAvailable() == 0)
            return true;
        m_socket->waitForReadyRead(static_cast<int>(deadline.remainingTime()));
        m_raw += m_socket->readAll();
        decode();
        if (deadline.hasExpired() && m_socket->state() == QAbstractSocket::ConnectedState)
            return m_ended;
    }
    return true;
}

Answer send(const Call &call)
{
    return Exchange(call).finish();
}

} // namespace gatehouse::tour
