// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <apis/api_network.h>
#include <apis/request_builder.h>
#include <base/clock.h>
#include <mcp/tool.h>
#include <oidc/sign_in.h>

#include <QObject>
#include <QUrl>

#include <functional>
#include <memory>

namespace gatehouse::apis {

/// How the person signs in again.
struct SignInHelp {
    QString command; ///< for a terminal: "gatehouse signin --demo"
    /// A page of ours that leads to the tenant, for a browser of this computer.
    std::function<QUrl()> address;
};

/// What every call to one API shares.
struct ApiContext {
    QString title; ///< for messages: "Todos API"
    QString audience; ///< of its access tokens
    SignInHelp signIn;
    oidc::AccountTokens &tokens;
    Clock &clock;
    ApiNetwork network = {};
};

/// One tool call on its way to the API and back: token, request, one retry with a new token after a
/// 401. Where the account must sign in first, the client asks the person to (elicitation in URL
/// mode), if it can, and the call goes on after that. Ends the call exactly once and then deletes
/// itself; deleted early, it aborts the request.
class ApiExchange : public QObject {
    Q_OBJECT

public:
    ApiExchange(ApiContext &context, ApiRequest request, std::shared_ptr<mcp::Call> call,
                QObject *parent);
    ~ApiExchange() override;

    void start();

    static constexpr auto kTimeLimit = std::chrono::seconds(30);
    static constexpr qsizetype kLargestAnswer = 4 * 1024 * 1024;
    /// How long a call waits for a sign-in that the person agreed to. Many clients give up a call
    /// after 60 s.
    static constexpr auto kSignInTime = std::chrono::seconds(45);

private:
    void askForToken();
    void send(const Secret &token);
    void receive();
    void onFinished();
    void tokenFailed(const oidc::TokenError &error);
    void needSignIn(const QString &why);
    void waitForSignIn(const QString &why);
    [[nodiscard]] QString howToSignIn() const;
    void retryWithNewToken();
    void dropReply();
    void end(const mcp::ToolResult &result);

    ApiContext &m_context;
    ApiRequest m_request;
    std::shared_ptr<mcp::Call> m_call;
    Secret m_token;
    std::unique_ptr<QNetworkReply> m_reply;
    std::unique_ptr<QObject> m_deadline; ///< its timer counts while this exists
    QByteArray m_body;
    std::unique_ptr<QObject> m_signIn; ///< waits for one while this exists
    bool m_retried = false;
    bool m_ended = false;
};

} // namespace gatehouse::apis
