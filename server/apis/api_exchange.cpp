// SPDX-License-Identifier: GPL-3.0-or-later
#include <apis/api_exchange.h>

#include <apis/api_answer.h>
#include <base/logging.h>
#include <base/text.h>

namespace gatehouse::apis {

using namespace Qt::StringLiterals;

namespace {

/// Under which the person's answer comes back.
constexpr auto kSignInKey = "sign_in"_L1;

} // namespace

ApiExchange::ApiExchange(ApiContext &context, ApiRequest request, std::shared_ptr<mcp::Call> call,
                         QObject *parent)
    : QObject(parent), m_context(context), m_request(std::move(request)), m_call(std::move(call))
{
}

ApiExchange::~ApiExchange()
{
    dropReply();
}

void ApiExchange::start()
{
    connect(m_call.get(), &mcp::Call::abandoned, this, [this] {
        m_ended = true;
        dropReply();
        deleteLater();
    });
    askForToken();
}

void ApiExchange::askForToken()
{
    // Always asked anew, so that a call never uses a token from before a refresh.
    m_context.tokens.accessToken(m_call->access.account, m_context.audience, this,
                                 [this](const Result<Secret, oidc::TokenError> &token) {
                                     if (m_ended || m_reply)
                                         return; // asked twice while waiting for a sign-in
                                     if (token)
                                         send(*token);
                                     else
                                         tokenFailed(token.error());
                                 });
}

void ApiExchange::send(const Secret &token)
{
    m_signIn.reset();
    m_token = token;
    m_body.clear();
    m_reply = m_context.network.send(m_request, token);
    if (!m_reply)
        return end(mcp::ToolResult::error(u"The tenant sent a token that cannot be used."_s));
    m_reply->setReadBufferSize(kLargestAnswer);
    connect(m_reply.get(), &QNetworkReply::readyRead, this, &ApiExchange::receive);
    connect(m_reply.get(), &QNetworkReply::finished, this, &ApiExchange::onFinished);
    // The whole answer counts, not the time between two bytes of it.
    m_deadline = std::make_unique<QObject>();
    m_context.clock.after(kTimeLimit, m_deadline.get(), [this] {
        end(mcp::ToolResult::error(
            u"%1 did not answer within %2 seconds. Whether it did what was asked is not known; "
            "check before trying again."_s.arg(m_context.title)
                .arg(kTimeLimit.count())));
    });
}

void ApiExchange::receive()
{
    m_body += m_reply->readAll();
    if (m_body.size() > kLargestAnswer) {
        end(mcp::ToolResult::error(
            u"%1 answered more than 4 MiB. Ask for less, for example with a limit."_s.arg(
                m_context.title)));
    }
}

void ApiExchange::onFinished()
{
    receive();
    if (!m_reply)
        return;
    ApiAnswer answer;
    answer.status = m_reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    answer.contentType = m_reply->header(QNetworkRequest::ContentTypeHeader).toByteArray();
    answer.body = m_body;
    const auto error = m_reply->error();
    const auto reason = shownText(m_reply->errorString());
    // Errors below 100 are the network's; the others only repeat the status.
    const bool isBroken = answer.status == 0
        || (error != QNetworkReply::NoError && error < QNetworkReply::ProxyConnectionRefusedError);
    if (isBroken) {
        qCInfo(lcApis) << m_context.title << "cannot be reached:" << reason;
        return end(mcp::ToolResult::error(
            u"%1 cannot be reached at %2: %3. Check the network and whether the API runs, then "
            "try again."_s.arg(m_context.title, m_request.url.authority(), reason)));
    }
    if (answer.status == 401 && !m_retried)
        return retryWithNewToken();
    end(toToolResult(m_context.title, answer));
}

void ApiExchange::tokenFailed(const oidc::TokenError &error)
{
    switch (error.trouble) {
    case oidc::TokenTrouble::SignedOut:
        return needSignIn(u"The account that this client uses is signed out."_s);
    case oidc::TokenTrouble::SignInNeeded:
        return needSignIn(u"The tenant wants one more sign-in for %1."_s.arg(m_context.title));
    case oidc::TokenTrouble::Unavailable:
        return end(mcp::ToolResult::error(u"The sign-in for %1 cannot be used right now: %2"_s.arg(
            m_context.title, error.error.forPerson())));
    }
}

void ApiExchange::needSignIn(const QString &why)
{
    if (m_signIn)
        return; // the sign-in that has come was not enough; another one may follow
    const auto &round = m_call->round;
    const auto agreed = round.inputs.value(kSignInKey)["action"_L1].toString();
    if (agreed == "accept"_L1)
        return waitForSignIn(why);
    if (!round.client.elicitsUrls || !agreed.isEmpty())
        return end(mcp::ToolResult::error(why + u' ' + howToSignIn()));
    m_ended = true;
    // MCP 2025-11-25 elicitation §URL Mode: the address carries nothing of the person's, and it
    // counts for one browser.
    m_call->complete(mcp::InputRequired{
        {{kSignInKey,
          u"elicitation/create"_s,
          {{u"mode"_s, u"url"_s},
           {u"message"_s,
            why + u" Open this page of Gatehouse to sign in, then the call goes on."_s},
           {u"url"_s, m_context.signIn.address().toString()}}}}});
    deleteLater();
}

void ApiExchange::waitForSignIn(const QString &why)
{
    m_signIn = std::make_unique<QObject>();
    connect(&m_context.tokens, &oidc::AccountTokens::signedIn, m_signIn.get(),
            [this](const AccountId &account) {
                if (account == m_call->access.account)
                    askForToken();
            });
    m_context.clock.after(kSignInTime, m_signIn.get(), [this, why] {
        end(mcp::ToolResult::error(
            why
            + u" The person has opened the sign-in but not finished it. Try again when they "
              "have."_s));
    });
    m_call->progress(0, {}, u"Waiting for the sign-in"_s);
}

QString ApiExchange::howToSignIn() const
{
    return u"The person must sign in to Gatehouse again: open %1 in a browser of this computer (it "
           "works once, for a few minutes), or run `%2` in a terminal. Nothing needs to be "
           "approved "
           "again."_s.arg(m_context.signIn.address().toString(), m_context.signIn.command);
}

/// Once only: an API that answers 401 to a fresh token will go on doing so.
void ApiExchange::retryWithNewToken()
{
    m_retried = true;
    dropReply();
    m_context.tokens.rejectAccessToken(m_call->access.account, m_context.audience, m_token);
    askForToken();
}

void ApiExchange::dropReply()
{
    m_deadline.reset();
    m_signIn.reset();
    if (!m_reply)
        return;
    auto *const reply = m_reply.release();
    reply->disconnect(this);
    reply->abort();
    reply->deleteLater();
}

void ApiExchange::end(const mcp::ToolResult &result)
{
    if (std::exchange(m_ended, true))
        return;
    dropReply();
    m_call->finish(result);
    deleteLater();
}

} // namespace gatehouse::apis
