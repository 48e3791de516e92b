// SPDX-License-Identifier: GPL-3.0-or-later
#include <app/control_server.h>

#include <base/json.h>
#include <base/logging.h>
#include <base/platform/peer.h>

#include <QDir>
#include <QFileInfo>
#include <QLocalSocket>

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
    const auto request = parseJsonObject(socket->readLine());
    VerbResult result = fail(VerbFailure{Failed, {u"The request was not understood."_s}});
    if (request)
        result = m_handler(request->value(u"verb"_s).toString(),
                           request->value(u"arguments"_s).toObject());
    socket->write(toCompactJson(answerOf(result)) + '\n');
    socket->disconnectFromServer();
}

} // namespace gatehouse::app
