// SPDX-License-Identifier: GPL-3.0-or-later
#include <oidc/code_flow.h>

#include <base/crypto.h>
#include <oidc/code_flow_reply_handler.h>

#include <QOAuth2AuthorizationCodeFlow>
#include <QUrlQuery>

namespace gatehouse::oidc {

using namespace Qt::StringLiterals;

namespace {

using Parameters = QMultiMap<QString, QVariant>;

/// Puts a value in place of whatever QtNetworkAuth has there, percent-encoded in full. Versions
/// differ in what they encode: 6.4 sends a refresh token as it is, later ones a code that holds a
/// "%", and "+" would arrive as a space. Nothing that is encoded is changed further on.
void set(Parameters &parameters, const QString &name, const QByteArray &value)
{
    parameters.remove(name);
    parameters.insert(name, QString::fromLatin1(value.toPercentEncoding()));
}

void setUnlessEmpty(Parameters &parameters, const QString &name, const QString &value)
{
    if (!value.isEmpty())
        set(parameters, name, value.toUtf8());
}

} // namespace

ClientAuthentication::ClientAuthentication(const TenantConfig &tenant, const QStringList &offered,
                                           const Secret &secret)
{
    if (secret.isEmpty())
        return;
    // OIDC Core §9: basic is meant where nothing is said; Auth0 says both and is set to post.
    const bool isBasic = tenant.authMethod == "none"_L1
        ? !offered.contains(u"client_secret_post"_s)
        : tenant.authMethod == "client_secret_basic"_L1;
    if (!isBasic) {
        m_parameter = secret;
        return;
    }
    // RFC 6749 §2.3.1: both halves are encoded as in a form first.
    m_header = Secret(
        "Basic "
        + (tenant.clientId.toUtf8().toPercentEncoding() + ':' + secret.reveal().toPercentEncoding())
              .toBase64());
}

CodeFlow::CodeFlow(const Deps &deps, TenantAudience audience)
    : m_network(deps.network), m_provider(deps.provider), m_tenant(deps.tenant),
      m_audience(std::move(audience)),
      m_authentication(deps.tenant, deps.provider.authMethods, deps.credentials.secret()),
      m_handler(std::make_unique<CodeFlowReplyHandler>(deps.tenant.callbackUrl, deps.credentials)),
      m_flow(std::make_unique<QOAuth2AuthorizationCodeFlow>(&deps.network))
{
    const auto &provider = m_provider;
    const auto &tenant = m_tenant;
    m_flow->setAuthorizationUrl(provider.authorizationEndpoint);
    m_flow->setAccessTokenUrl(provider.tokenEndpoint);
    m_flow->setClientIdentifier(tenant.clientId);
    m_flow->setScope(tenant.scopes.join(u' '));
    m_flow->setReplyHandler(m_handler.get());
    // Challenge, verifier and nonce are ours on every version; two would contradict each other.
#if QT_VERSION >= QT_VERSION_CHECK(6, 8, 0)
    m_flow->setPkceMethod(QOAuth2AuthorizationCodeFlow::PkceMethod::None);
#endif
#if QT_VERSION >= QT_VERSION_CHECK(6, 9, 0)
    m_flow->setNonceMode(QAbstractOAuth2::NonceMode::Disabled);
#endif
}

CodeFlow::~CodeFlow()
{
    // Qt 6.4 connects the reply to the handler without a context object: the reply must not finish
    // after the handler is gone.
    if (m_reply) {
        m_reply->disconnect();
        m_reply->abort();
        m_reply->deleteLater();
    }
}

QStringList askedScopes(const TenantConfig &tenant, const TenantAudience &audience,
                        const SignInHints &hints)
{
    auto scopes = tenant.scopes + audience.scopes;
    for (const auto &scope : hints.scopes) {
        // One that nothing knows any more belonged to the only audience there was.
        if (audience.known.contains(scope) || tenant.audiences.size() == 1)
            scopes.append(scope);
    }
    scopes.removeDuplicates();
    return scopes;
}

QUrl CodeFlow::authorizationUrl(const SignInSecrets &secrets, const SignInHints &hints)
{
    m_secrets = secrets;
    m_flow->setState(QString::fromLatin1(secrets.state.reveal()));
    m_flow->setModifyParametersFunction([this, hints](QAbstractOAuth::Stage, Parameters *p) {
        // RFC 6749 §3.1: a query that the endpoint already has stays; the flow would replace it.
        const auto given =
            QUrlQuery(m_provider.authorizationEndpoint).queryItems(QUrl::FullyEncoded);
        for (const auto &[name, value] : given)
            p->insert(name, value);
        set(*p, u"client_id"_s, m_tenant.clientId.toUtf8());
        set(*p, u"redirect_uri"_s, m_handler->callback().toUtf8());
        set(*p, u"scope"_s, askedScopes(m_tenant, m_audience, hints).join(u' ').toUtf8());
        set(*p, u"state"_s, m_secrets.state.reveal());
        set(*p, u"nonce"_s, m_secrets.nonce.reveal());
        set(*p, u"code_challenge"_s, toBase64Url(sha256(m_secrets.verifier.reveal())));
        set(*p, u"code_challenge_method"_s, "S256"_ba);
        setUnlessEmpty(*p, u"audience"_s, m_audience.audience);
        setUnlessEmpty(*p, u"prompt"_s, hints.prompt);
        setUnlessEmpty(*p, u"login_hint"_s, hints.loginHint);
        setUnlessEmpty(*p, u"max_age"_s, hints.maxAge);
    });
    QUrl url;
    connect(m_flow.get(), &QAbstractOAuth::authorizeWithBrowser, this,
            [&url](const QUrl &forBrowser) { url = forBrowser; });
    m_flow->grant();
    disconnect(m_flow.get(), &QAbstractOAuth::authorizeWithBrowser, this, nullptr);
    return url;
}

void CodeFlow::redeem(const Secret &code, QObject *context,
                      Callback<TokenAnswer, TokenRefusal> then)
{
    m_handler->waiters().add(context, std::move(then));
    m_flow->setModifyParametersFunction([this, code](QAbstractOAuth::Stage, Parameters *p) {
        identify(*p);
        set(*p, u"redirect_uri"_s, m_handler->callback().toUtf8());
        set(*p, u"code"_s, code.reveal());
        set(*p, u"code_verifier"_s, m_secrets.verifier.reveal());
    });
    // The flow makes its request for the code it is told; the parameters above replace it.
    call([this] {
        Q_EMIT m_handler->callbackReceived(
            {{u"code"_s, u"given"_s}, {u"state"_s, QString::fromLatin1(m_secrets.state.reveal())}});
    });
}

void CodeFlow::refresh(const Secret &refreshToken, bool isOfAnotherAudience, QObject *context,
                       Callback<TokenAnswer, TokenRefusal> then)
{
    m_handler->waiters().add(context, std::move(then));
    m_flow->setModifyParametersFunction([=, this](QAbstractOAuth::Stage, Parameters *p) {
        p->remove(u"redirect_uri"_s); // not a parameter of RFC 6749 §6
        identify(*p);
        set(*p, u"refresh_token"_s, refreshToken.reveal());
        if (isOfAnotherAudience)
            set(*p, u"audience"_s, m_audience.audience.toUtf8());
    });
    m_flow->setRefreshToken(u"given"_s); // replaced above
    call([this] { m_flow->refreshAccessToken(); });
}

void CodeFlow::identify(Parameters &parameters) const
{
    set(parameters, u"client_id"_s, m_tenant.clientId.toUtf8());
    parameters.remove(u"client_secret"_s); // QtNetworkAuth sends an empty one
    if (!m_authentication.parameter().isEmpty())
        set(parameters, u"client_secret"_s, m_authentication.parameter().reveal());
}

void CodeFlow::call(const std::function<void()> &request)
{
    m_reply = m_network.replyMadeBy(request, m_authentication.header());
    if (!m_reply) {
        m_handler->waiters().answer(
            fail(TokenRefusal{{}, outage(u"QtNetworkAuth made no request"_s)}));
    }
}

} // namespace gatehouse::oidc
