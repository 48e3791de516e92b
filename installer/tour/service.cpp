// SPDX-License-Identifier: GPL-3.0-or-later
#include "service.h"

#include "wire.h"

#include <QtCore/QDeadlineTimer>
#include <QtCore/QJsonDocument>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace gatehouse::tour {

namespace {

constexpr int kNoInstance = 3; // the verbs' exit code while nothing runs
constexpr auto kStartLimit = 20s;
constexpr auto kStopLimit = 5s;
constexpr auto kVerbLimit = 10s;

int milliseconds(std::chrono::milliseconds value)
{
    return static_cast<int>(value.count());
}

} // namespace

Service::Service(QString binary, QString workDir)
    : m_binary(std::move(binary)), m_workDir(std::move(workDir))
{
    m_process.setStandardOutputFile(QProcess::nullDevice());
    m_process.setStandardErrorFile(logFile());
}

Service::~Service()
{
    if (m_process.state() == QProcess::NotRunning)
        return;
    m_process.terminate();
    if (!m_process.waitForFinished(milliseconds(kStopLimit))) {
        m_process.kill();
        m_process.waitForFinished();
    }
}

QString Service::logFile() const
{
    return m_workDir + u"/gatehouse.log"_s;
}

QStringList Service::withInstance(const QStringList &arguments) const
{
    return arguments + QStringList{u"--demo"_s, u"--data-dir"_s, m_workDir + u"/data"_s};
}

void Service::start()
{
    m_process.start(
        m_binary,
        withInstance({u"--headless"_s, u"--port"_s, u"0"_s, u"--secret-store"_s, u"memory"_s}));
    require(m_process.waitForStarted(),
            u"%1 does not start: %2"_s.arg(m_binary, m_process.errorString()));
    const QDeadlineTimer deadline(kStartLimit);
    while (true) {
        const Outcome status = run({u"status"_s, u"--json"_s});
        if (status.exitCode == 0) {
            const QJsonObject value = QJsonDocument::fromJson(status.output).object();
            m_url = QUrl(value["url"_L1].toString()).adjusted(QUrl::StripTrailingSlash);
            require(!m_url.host().isEmpty() && m_url.port() > 0,
                    u"\"gatehouse status --json\" names no url"_s);
            return;
        }
        require(status.exitCode == kNoInstance,
                u"\"gatehouse status\" ended with %1"_s.arg(status.exitCode));
        require(!deadline.hasExpired(), u"it was not ready after 20 s"_s);
        require(!m_process.waitForFinished(20),
                u"it ended at once with %1"_s.arg(m_process.exitCode()));
    }
}

void Service::stop()
{
    m_process.terminate();
    require(m_process.waitForFinished(milliseconds(kStopLimit)),
            u"it still runs 5 s after SIGTERM"_s);
    require(m_process.exitStatus() == QProcess::NormalExit, u"it crashed while stopping"_s);
    require(m_process.exitCode() == 0, u"it ended with %1"_s.arg(m_process.exitCode()));
}

QJsonValue Service::verb(const QStringList &arguments)
{
    const QString name = u"\"gatehouse %1\""_s.arg(arguments.join(u' '));
    const Outcome outcome = run(arguments + QStringList{u"--json"_s});
    require(outcome.exitCode == 0,
            u"%1 ended with %2: %3"_s.arg(name)
                .arg(outcome.exitCode)
                .arg(QString::fromUtf8(outcome.errors.trimmed())));
    // Wrapped, because a document must be an object or a list.
    const QJsonDocument document = QJsonDocument::fromJson('[' + outcome.output + ']');
    require(document.isArray() && document.array().size() == 1, name + u" printed no JSON"_s);
    return document.array().first();
}

Service::Outcome Service::run(const QStringList &arguments) const
{
    QProcess process;
    process.start(m_binary, withInstance(arguments));
    require(process.waitForFinished(milliseconds(kVerbLimit)),
            u"\"gatehouse %1\" does not end"_s.arg(arguments.first()));
    require(process.exitStatus() == QProcess::NormalExit,
            u"\"gatehouse %1\" crashed"_s.arg(arguments.first()));
    return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
}

} // namespace gatehouse::tour
