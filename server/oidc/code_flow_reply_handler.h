// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <oidc/code_flow.h>

#include <QOAuthOobReplyHandler>

namespace gatehouse::oidc {

/// Stands between QtNetworkAuth and the routes of this service: the callback arrives at our own
/// HTTP server, and the token endpoint's answer is read here, because QtNetworkAuth 6.4 only logs
/// errors and would keep copies of the tokens. Belongs to one CodeFlow.
class CodeFlowReplyHandler final : public QOAuthOobReplyHandler {
    Q_OBJECT

public:
    CodeFlowReplyHandler(const QUrl &callbackUrl, ClientCredentials &credentials);

    [[nodiscard]] QString callback() const override;
    void networkReplyFinished(QNetworkReply *reply) override;

    /// Whoever waits for the answer; called from the event loop, so that it may destroy the flow.
    [[nodiscard]] Waiters<TokenAnswer, TokenRefusal> &waiters() { return m_waiters; }

private:
    QString m_callback;
    ClientCredentials &m_credentials;
    Waiters<TokenAnswer, TokenRefusal> m_waiters;
};

} // namespace gatehouse::oidc
