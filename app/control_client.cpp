// SPDX-License-Identifier: GPL-3.0-or-later
#include <app/control_client.h>

#include <app/data_directory.h>
#include <app/terminal.h>
#include <base/json.h>
#include <base/platform/peer.h>

#include <QDeadlineTimer>
#include <QLocalSocket>

#include <chrono>

namespace gatehouse::app {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::seconds kServicesTime = 30s;
/// Requests expire before that.
constexpr std::chrono::seconds kPersonsTime = 11min;

/// The keychain may ask for its password first.
constexpr std::chrono::seconds kKeychainsTime = 70s;

std::chrono::seconds patienceFor(const QString &verb)
{
    if (verb == "token"_L1)
        return kPersonsTime;
    return verb == "tenant"_L1 || verb == "signout"_L1 ? kKeychainsTime : kServicesTime;
}

VerbFailure notRunning(const QString &dataDirectory)
{
    return {NotRunning,
            {u"Gatehouse is not running for %1."_s.arg(dataDirectory),
             u"Start it with `gatehouse`. If you started the demo, add --demo; if you started it "
             "with --data-dir, name the same directory."_s}};
}

/// The answer, after everything that is to be shown meanwhile. Waits longer where a person answers.
Result<QJsonObject> readAnswer(QLocalSocket &socket, const VerbCommand &command)
{
    const QDeadlineTimer deadline(patienceFor(command.verb));
    while (true) {
        while (!socket.canReadLine() && socket.state() == QLocalSocket::ConnectedState
               && !deadline.hasExpired())
            socket.waitForReadyRead(int(deadline.remainingTime()));
        auto line = parseJsonObject(socket.readLine());
        if (!line || !line->contains(u"tell"_s))
            return line;
        sayAside(line->value(u"tell"_s).toString());
    }
}

} // namespace

VerbResult askInstance(const QString &dataDirectory, const VerbCommand &command)
{
    const auto path = findControlSocket(dataDirectory);
    if (!path)
        return fail(VerbFailure{Failed, path.error()});
    QLocalSocket socket;
    socket.connectToServer(*path);
    if (!socket.waitForConnected(5000))
        return fail(notRunning(dataDirectory));
    // Another user's process must not play Gatehouse and collect approvals.
    if (platform::userOfUnixPeer(socket.socketDescriptor()) != platform::currentUser())
        return fail(notRunning(dataDirectory));

    socket.write(
        toCompactJson(QJsonObject{{u"verb"_s, command.verb}, {u"arguments"_s, command.arguments}})
        + '\n');
    const auto answer = readAnswer(socket, command);
    if (!answer) {
        return fail(VerbFailure{
            Failed, {u"Gatehouse did not answer."_s, u"Look at its log; it may be ending."_s}});
    }
    if (!answer->value(u"ok"_s).toBool()) {
        return fail(VerbFailure{
            answer->value(u"running"_s).toBool() ? Failed : NotRunning,
            {answer->value(u"message"_s).toString(), answer->value(u"remedy"_s).toString()},
            true});
    }
    return answer->value(u"value"_s);
}

} // namespace gatehouse::app
