// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <app/verb_result.h>

#include <QLocalServer>

#include <functional>

class QLocalSocket;

namespace gatehouse::app {

/// Answers one verb, now or later: its value, or why not.
using VerbHandler = std::function<void(const VerbCall &call, VerbAnswer answer)>;

/// The socket that the verbs talk to: one JSON line in; out come lines to be shown meanwhile, if
/// any, and one with the answer. Same user only. Lives as long as the service.
class ControlServer : public QObject {
    Q_OBJECT

public:
    explicit ControlServer(VerbHandler handler, QObject *parent = nullptr);

    /// The caller holds the data directory's lock, so a socket that is left over is nobody's.
    [[nodiscard]] Result<std::monostate> listen(const QString &path);

private:
    void accept();
    void readFrom(QLocalSocket *socket);

    VerbHandler m_handler;
    QLocalServer m_server;
};

} // namespace gatehouse::app
