// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "browser.h"
#include "mcp_client.h"
#include "service.h"

#include <QtCore/QTextStream>

#include <memory>
#include <optional>
#include <vector>

namespace gatehouse::tour {

/// The whole main job in steps that a person can read along: a client asks, the person approves and
/// signs in, tools are called, access is taken back. Made once, run once.
class Tour {
public:
    /// Starts @p binary with its data below @p workDir.
    Tour(QString binary, QString workDir);

    /// Plays all steps; false as soon as one fails. Says what happens on standard output.
    bool run();

private:
    struct Step {
        QString name;
        /// What was seen, for the person to read; throws Failure.
        QString (Tour::*play)();
    };
    static const std::vector<Step> &steps();
    bool play(const Step &step, int number);

    QString start();
    QString challenge();
    QString discovery();
    QString registration();
    QString waitingPage();
    QString approvals();
    QString approve();
    QString signIn();
    QString redirect();
    QString token();
    QString initialize();
    QString tools();
    QString listTodos();
    QString createTodo();
    QString missingScope();
    QString olderTransport();
    QString refresh();
    QString secondSession();
    QString pause();
    QString resume();
    QString deny();
    QString revoke();
    QString stop();

    QJsonObject pendingApproval(const QString &code);
    QJsonArray todos();

    QTextStream m_out;
    Service m_service;
    std::unique_ptr<McpClient> m_client;
    std::unique_ptr<Browser> m_browser;
    QUrl m_resourceMetadata;
    QString m_code;
    QString m_approvalId;
    QString m_authorizationCode;
};

} // namespace gatehouse::tour
