// SPDX-License-Identifier: GPL-3.0-or-later
#include <app/control_server.h>

#include <base/json.h>
#include <base/logging.h>
#include <base/platform/peer.h>

#include <QDir>
#include <QFileInfo>
#include <QLocalSocket>
#include <QPointer>

namespace gatehouse::app {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 kLongestRequest = 64 * 1024;

QJsonObject answerOf(const VerbResult &result)
{
    if (result)
        return {{u"ok"_s, true}, {u"value"_s, *result}};
    return {{u"ok"_s, false},
            {u"running"_s, result.error().exitCode != NotRunning},
            {u"message"_s, result.error().error.message},
            {u"remedy"_s, result.error().error.remedy}};
}

} // namespace

ControlServer::ControlServer(VerbHandler handler, QObject *parent)
    : QObject(parent), m_handler(std::move(handler))
{
    connect(&m_server, &QLocalServer::newConnection, this, &ControlServer::accept);
}

Result<std::monostate> ControlServer::listen(const QString &path)
{
    const auto folder = QFileInfo(path).path();
    QDir().mkpath(folder);
    QFile::setPermissions(folder, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    QFile::remove(path);
    if (!m_server.listen(path)) {
        return fail(Error{u"The control socket %1 cannot be opened."_s.arg(path),
                          u"Check the permissions of its folder."_s, m_server.errorString()});
    }
    return std::monostate();
}

void ControlServer::accept()
{
    while (auto *socket = m_server.nextPendingConnection()) {
        connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
        if (platform::userOfUnixPeer(socket->socketDescriptor()) != platform::currentUser()) {
            qCWarning(lcApp) << "refused a control connection of another user";
            socket->abort();
            continue;
        }
        socket->setReadBufferSize(kLongestRequest);
        connect(socket, &QLocalSocket::readyRead, this, [this, socket] { readFrom(socket); });
    }
}

void ControlServer::readFrom(QLocalSocket *socket)
{
    if (!socket->canReadLine()) {
        if (socket->bytesAvailable() >= kLongestRequest)
            socket->abort();
        return;
    }
    socket->disconnect(this); // one request each
    const QPointer<QLocalSocket> waiting(socket);
    const auto answer = [waiting](const VerbResult &result) {
        if (!waiting)
            return;
        waiting->write(toCompactJson(answerOf(result)) + '\n');
        waiting->disconnectFromServer();
    };
    const auto request = parseJsonObject(socket->readLine());
    if (!request)
        return answer(fail(VerbFailure{Failed, {u"The request was not understood."_s}}));
    VerbCall call{request->value(u"verb"_s).toString(), request->value(u"arguments"_s).toObject(),
                  socket, platform::processOfUnixPeer(socket->socketDescriptor())};
    call.tell = [waiting](const QString &line) {
        if (waiting)
            waiting->write(toCompactJson(QJsonObject{{u"tell"_s, line}}) + '\n');
    };
    m_handler(call, answer);
}

} // namespace gatehouse::app
