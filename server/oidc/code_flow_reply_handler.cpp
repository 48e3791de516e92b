// SPDX-License-Identifier: GPL-3.0-or-later
#include <oidc/code_flow_reply_handler.h>

#include <base/crypto.h>
#include <base/json.h>
#include <base/text.h>
#include <oidc/jose.h>

namespace gatehouse::oidc {

using namespace Qt::StringLiterals;

namespace {

using Answer = Result<TokenAnswer, TokenRefusal>;

// RFC 6749 §5.1 only recommends expires_in; without it a token is used for a short time.
constexpr std::chrono::seconds kAssumedLifetime{300};
constexpr std::chrono::hours kLongestLifetime{24 * 30};

TokenRefusal senseless(const QString &detail)
{
    return {{},
            {false,
             Error{u"The tenant's answer makes no sense."_s}
                 .withRemedy(u"Check the tenant's settings for this application."_s)
                 .withDetail(u"token endpoint: "_s + detail)}};
}

/// RFC 6749 §5.2; Auth0 answers 401 access_denied where a secret is missing or wrong.
bool isAboutTheApplication(int status, const QString &code)
{
    return code == "invalid_client"_L1 || code == "unauthorized_client"_L1
        || (status == 401 && code == "access_denied"_L1);
}

Answer refusal(int status, const QJsonObject &body)
{
    const auto code = body.value("error"_L1).toString();
    if (status < 400 || code.isEmpty())
        return fail(senseless(u"status %1 without an error code"_s.arg(status)));
    const auto detail = u"token endpoint: status %1, %2: %3"_s.arg(status).arg(
        shownText(code), shownText(body.value("error_description"_L1).toString()));
    if (isAboutTheApplication(status, code)) {
        return fail(TokenRefusal{
            code,
            {false,
             Error{u"The tenant does not accept the credentials of this application."_s}
                 .withRemedy(u"Whoever set up Gatehouse must store the client secret with "
                             "`gatehouse tenant secret`, or make the application a native one."_s)
                 .withDetail(detail)},
            true});
    }
    return fail(TokenRefusal{code,
                             {false,
                              Error{u"The tenant refused the sign-in."_s}
                                  .withRemedy(u"Sign in again."_s)
                                  .withDetail(detail)}});
}

std::chrono::seconds lifetime(const QJsonObject &body)
{
    const double seconds = body.value("expires_in"_L1).toVariant().toDouble();
    const std::chrono::seconds longest(kLongestLifetime);
    if (!(seconds >= 1))
        return kAssumedLifetime;
    return seconds > static_cast<double>(longest.count())
        ? longest
        : std::chrono::seconds(static_cast<qint64>(seconds));
}

/// RFC 6749 §5.1, else RFC 9068 §2.2.3. A refresh for another audience asks for no scopes: what it
/// gives is the tenant's policy.
std::optional<QStringList> givenScopes(const QJsonObject &body)
{
    const auto token = body.value("access_token"_L1).toString().toLatin1();
    const auto scope = body.value("scope"_L1).isString()
        ? body.value("scope"_L1)
        : unverifiedClaims(token).value("scope"_L1);
    if (!scope.isString())
        return std::nullopt;
    return scope.toString().split(u' ', Qt::SkipEmptyParts);
}

Answer tokens(const QJsonObject &body)
{
    const auto secret = [&body](QLatin1StringView name) {
        return Secret(body.value(name).toString().toUtf8());
    };
    const auto type = body.value("token_type"_L1).toString();
    if (type.compare("Bearer"_L1, Qt::CaseInsensitive) != 0)
        return fail(senseless(u"the token type is not Bearer"_s));
    TokenAnswer answer{secret("access_token"_L1), lifetime(body), secret("refresh_token"_L1),
                       secret("id_token"_L1), givenScopes(body)};
    if (answer.accessToken.isEmpty())
        return fail(senseless(u"no access token"_s));
    return answer;
}

Answer parse(const TenantAnswer &answer)
{
    if (const auto trouble = troubleIn(answer, u"token endpoint"_s))
        return fail(TokenRefusal{{}, *trouble});
    const auto body = parseJsonObject(answer.body);
    if (!body)
        return fail(senseless(u"status %1, not JSON"_s.arg(answer.status)));
    return answer.status == 200 ? tokens(*body) : refusal(answer.status, *body);
}

} // namespace

CodeFlowReplyHandler::CodeFlowReplyHandler(const QUrl &callbackUrl, ClientCredentials &credentials)
    : m_callback(callbackUrl.toString(QUrl::FullyEncoded)), m_credentials(credentials)
{
}

QString CodeFlowReplyHandler::callback() const
{
    return m_callback;
}

void CodeFlowReplyHandler::networkReplyFinished(QNetworkReply *reply)
{
    auto received = readAnswer(*reply);
    const auto answer = parse(received);
    wipe(received.body); // it holds every token
    // RFC 6749 §5.2: the client is looked at before anything else, so any other refusal takes it.
    if (answer || !answer.error().oauthError.isEmpty())
        m_credentials.note(!answer && answer.error().isAboutTheClient);
    m_waiters.answer(answer);
}

} // namespace gatehouse::oidc
