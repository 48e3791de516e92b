// SPDX-License-Identifier: GPL-3.0-or-later
#include <base/logging.h>

#include <base/clock.h>
#include <base/text.h>

#include <cstdio>
#include <cstring>

namespace gatehouse {

Q_LOGGING_CATEGORY(lcApp, "gatehouse.app", QtInfoMsg)
Q_LOGGING_CATEGORY(lcHttp, "gatehouse.http", QtInfoMsg)
Q_LOGGING_CATEGORY(lcStore, "gatehouse.store", QtInfoMsg)
Q_LOGGING_CATEGORY(lcSecrets, "gatehouse.secrets", QtInfoMsg)
Q_LOGGING_CATEGORY(lcApproval, "gatehouse.approval", QtInfoMsg)
Q_LOGGING_CATEGORY(lcOauth, "gatehouse.oauth", QtInfoMsg)
Q_LOGGING_CATEGORY(lcOidc, "gatehouse.oidc", QtInfoMsg)
Q_LOGGING_CATEGORY(lcMcp, "gatehouse.mcp", QtInfoMsg)
Q_LOGGING_CATEGORY(lcApis, "gatehouse.apis", QtInfoMsg)
Q_LOGGING_CATEGORY(lcDemo, "gatehouse.demo", QtInfoMsg)

namespace {

constexpr int kLongestLogLine = 2000;

const char *levelName(QtMsgType type)
{
    switch (type) {
    case QtDebugMsg:
        return "debug";
    case QtInfoMsg:
        return "info";
    case QtWarningMsg:
        return "warning";
    case QtCriticalMsg:
        return "error";
    case QtFatalMsg:
        return "fatal";
    }
    return "?";
}

/// Qt's own debug output prints what it sends (URLs with state and nonce, headers with tokens).
bool mayHoldSecrets(QtMsgType type, const char *category)
{
    return type == QtDebugMsg && category != nullptr && std::strncmp(category, "qt.", 3) == 0;
}

void writeLine(QtMsgType type, const QMessageLogContext &context, const QString &message)
{
    if (mayHoldSecrets(type, context.category))
        return;
    const auto line = shownText(message, kLongestLogLine).toUtf8();
    const auto time = toRfc3339(SystemClock().now()).toUtf8();
    std::fprintf(stderr, "%s %s %s %s\n", time.constData(), levelName(type),
                 context.category != nullptr ? context.category : "default", line.constData());
}

} // namespace

void installLogSink()
{
    qInstallMessageHandler(writeLine);
}

} // namespace gatehouse
