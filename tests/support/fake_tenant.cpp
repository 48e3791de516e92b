// SPDX-License-Identifier: GPL-3.0-or-later
#include <support/fake_tenant.h>

#include <base/json.h>

namespace gatehouse::tests {

using namespace Qt::StringLiterals;

namespace {

qint64 seconds(Instant instant)
{
    return toMilliseconds(instant) / 1000;
}

const TestKey &sharedKey()
{
    static const TestKey key = TestKey::rsa();
    return key;
}

QString formValue(const QByteArray &form, const QByteArray &name)
{
    const auto pairs = form.split('&');
    for (const auto &pair : pairs) {
        const auto separator = pair.indexOf('=');
        if (pair.left(separator) == name) {
            auto value = pair.mid(separator + 1);
            return QString::fromUtf8(QByteArray::fromPercentEncoding(value.replace('+', ' ')));
        }
    }
    return {};
}

} // namespace

QByteArray FakeTenant::Request::header(const QByteArray &name) const
{
    const auto lines = head.split('\n');
    for (const auto &line : lines) {
        const auto colon = line.indexOf(':');
        if (line.left(colon).compare(name, Qt::CaseInsensitive) == 0)
            return line.mid(colon + 1).trimmed();
    }
    return {};
}

QString FakeTenant::Request::form(const QByteArray &name) const
{
    return formValue(body, name);
}

QString FakeTenant::Request::query(const QByteArray &name) const
{
    return formValue(path.mid(path.indexOf('?') + 1), name);
}

FakeTenant::FakeTenant(const Clock &clock) : m_clock(clock)
{
    m_server.listen(QHostAddress::LocalHost);
    connect(&m_server, &QTcpServer::newConnection, this, &FakeTenant::onConnection);
    metadata = {{u"issuer"_s, issuer()},
                {u"authorization_endpoint"_s, url(u"authorize"_s).toString()},
                {u"token_endpoint"_s, url(u"token"_s).toString()},
                {u"jwks_uri"_s, url(u"jwks"_s).toString()}};
    setKey(sharedKey(), u"key-1"_s);
}

QString FakeTenant::issuer() const
{
    return u"http://127.0.0.1:%1/"_s.arg(m_server.serverPort());
}

QUrl FakeTenant::url(const QString &path) const
{
    return QUrl(issuer() + path);
}

int FakeTenant::count(const QByteArray &path) const
{
    return static_cast<int>(std::count_if(requests.begin(), requests.end(),
                                          [&](const Request &r) { return r.path == path; }));
}

FakeTenant::Request FakeTenant::last(const QByteArray &path) const
{
    for (auto request = requests.crbegin(); request != requests.crend(); ++request) {
        if (request->path == path)
            return *request;
    }
    return {};
}

QJsonObject FakeTenant::claims() const
{
    return {{u"iss"_s, issuer()},
            {u"sub"_s, u"auth0|alice"_s},
            {u"aud"_s, clientId},
            {u"exp"_s, seconds(m_clock.now()) + 3600},
            {u"iat"_s, seconds(m_clock.now())},
            {u"nonce"_s, nonce},
            {u"name"_s, u"Alice"_s},
            {u"email"_s, u"alice@example.org"_s}};
}

QByteArray FakeTenant::idToken(const QJsonObject &claims) const
{
    return m_key.sign({{u"alg"_s, u"RS256"_s}, {u"typ"_s, u"JWT"_s}, {u"kid"_s, m_kid}}, claims);
}

QJsonObject FakeTenant::tokens()
{
    ++issued;
    return {{u"access_token"_s, u"access-%1"_s.arg(issued)},
            {u"refresh_token"_s, u"refresh-%1"_s.arg(issued)},
            {u"id_token"_s, QString::fromLatin1(idToken(claims()))},
            {u"token_type"_s, u"Bearer"_s},
            {u"expires_in"_s, 3600}};
}

FakeTenant::Answer FakeTenant::json(int status, const QJsonObject &body)
{
    return {status, toCompactJson(body), "Content-Type: application/json\r\n"_ba};
}

FakeTenant::Answer FakeTenant::error(int status, const QString &code)
{
    return json(status, {{u"error"_s, code}, {u"error_description"_s, u"as scripted"_s}});
}

void FakeTenant::setKey(const TestKey &key, const QString &kid)
{
    m_key = key;
    m_kid = kid;
    keys = {{u"keys"_s, QJsonArray{key.jwk(kid)}}};
}

void FakeTenant::release()
{
    m_held.clear();
    for (const auto &work : std::exchange(m_waiting, {}))
        work();
}

void FakeTenant::onConnection()
{
    while (auto *socket = m_server.nextPendingConnection()) {
        auto buffer = std::make_shared<QByteArray>();
        connect(socket, &QTcpSocket::readyRead, this,
                [this, socket, buffer] { onData(socket, buffer); });
        connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
    }
}

void FakeTenant::onData(QTcpSocket *socket, const std::shared_ptr<QByteArray> &buffer)
{
    *buffer += socket->readAll();
    const auto headEnd = buffer->indexOf("\r\n\r\n");
    if (headEnd < 0)
        return;
    Request request;
    request.head = buffer->left(headEnd);
    const auto lowered = request.head.toLower();
    const auto lengthAt = lowered.indexOf("content-length: ");
    const auto length = lengthAt < 0 ? 0 : lowered.mid(lengthAt + 16).split('\r').first().toInt();
    request.body = buffer->mid(headEnd + 4);
    if (request.body.size() < length)
        return;
    const auto line = request.head.split('\r').first().split(' ');
    request.method = line.value(0);
    request.path = line.value(1);
    buffer->clear();
    requests.append(request);
    if (!m_held.isEmpty() && request.path == m_held) {
        m_waiting.append([this, socket = QPointer(socket), request] {
            if (socket)
                answer(socket, request);
        });
        return;
    }
    answer(socket, request);
}

FakeTenant::Answer FakeTenant::standardAnswer(const Request &request)
{
    if (request.path == "/.well-known/openid-configuration")
        return json(200, metadata);
    if (request.path == "/jwks")
        return json(200, keys);
    if (request.path == "/token")
        return json(200, tokens());
    return {404, {}, {}};
}

void FakeTenant::answer(QTcpSocket *socket, const Request &request)
{
    const auto withoutQuery = request.path.left(request.path.indexOf('?'));
    const auto script = scripts.value(request.path, scripts.value(withoutQuery));
    const auto answer = script ? script(request) : standardAnswer(request);
    socket->write("HTTP/1.1 " + QByteArray::number(answer.status) + " Scripted\r\n" + answer.headers
                  + "Connection: close\r\nContent-Length: " + QByteArray::number(answer.body.size())
                  + "\r\n\r\n" + answer.body);
    socket->disconnectFromHost();
}

} // namespace gatehouse::tests
