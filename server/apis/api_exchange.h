// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <apis/api_network.h>
#include <apis/request_builder.h>
#include <base/clock.h>
#include <mcp/tool.h>
#include <oidc/sign_in.h>

#include <QObject>

#include <memory>

namespace gatehouse::apis {

/// What every call to one API shares.
struct ApiContext {
    QString title; ///< for messages: "Todos API"
    QString audience; ///< of its access tokens
    QString howToSignIn; ///< one sentence for the person whose account is signed out
    oidc::AccountTokens &tokens;
    Clock &clock;
    ApiNetwork network = {};
};

/// One tool call on its way to the API and back: token, request, one retry with a new token after a
/// 401. Ends the call exactly once and then deletes itself; deleted early, it aborts the request.
class ApiExchange : public QObject {
    Q_OBJECT

public:
    ApiExchange(ApiContext &context, ApiRequest request, std::shared_ptr<mcp::ToolCall> call,
                QObject *parent);
    ~ApiExchange() override;

    void start();

    static constexpr auto kTimeLimit = std::chrono::seconds(30);
    static constexpr qsizetype kLargestAnswer = 4 * 1024 * 1024;

private:
    void askForToken();
    void send(const Secret &token);
    void receive();
    void onFinished();
    void tokenFailed(const oidc::TokenError &error);
    void retryWithNewToken();
    void dropReply();
    void end(const mcp::ToolResult &result);

    ApiContext &m_context;
    ApiRequest m_request;
    std::shared_ptr<mcp::ToolCall> m_call;
    Secret m_token;
    std::unique_ptr<QNetworkReply> m_reply;
    std::unique_ptr<QObject> m_deadline; ///< its timer counts while this exists
    QByteArray m_body;
    bool m_retried = false;
    bool m_ended = false;
};

} // namespace gatehouse::apis
