// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QJsonArray>
#include <QtCore/QJsonObject>
#include <QtCore/QProcess>
#include <QtCore/QString>

#include <chrono>

namespace gatehouse::tour {

/// A Gatehouse of our own: started, asked through its verbs as a person in a terminal asks it, and
/// stopped. Lives as long as the tour; stops the process when it goes.
class Service {
public:
    /// @p binary is the executable; data and log go below @p workDir, which exists.
    Service(QString binary, QString workDir);
    ~Service();
    Q_DISABLE_COPY_MOVE(Service)

    /// Starts it on free ports, without a keychain, and waits until its verbs answer.
    void start();
    /// Ends it as a service manager does; throws unless it leaves with 0 within five seconds.
    void stop();

    /// Runs a verb that must succeed; its standard output as JSON.
    QJsonValue verb(const QStringList &arguments);
    /// Where it listens, without a trailing slash.
    QUrl url() const { return m_url; }
    QString logFile() const;

private:
    struct Outcome {
        int exitCode;
        QByteArray output;
        QByteArray errors;
    };
    Outcome run(const QStringList &arguments) const;
    QStringList withInstance(const QStringList &arguments) const;

    QString m_binary;
    QString m_workDir;
    QProcess m_process;
    QUrl m_url;
};

} // namespace gatehouse::tour
