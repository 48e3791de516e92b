// SPDX-License-Identifier: GPL-3.0-or-later
#include <oidc/tenant_checkup.h>

#include <base/crypto.h>
#include <base/json.h>
#include <oidc/code_flow.h>
#include <oidc/discovery.h>

#include <QUrlQuery>

namespace gatehouse::oidc {

using namespace Qt::StringLiterals;

namespace {

using Fields = QList<std::pair<QByteArray, QByteArray>>;

QByteArray encoded(const Fields &fields)
{
    QByteArrayList pairs;
    for (const auto &[name, value] : fields)
        pairs.append(name + '=' + value.toPercentEncoding());
    return pairs.join('&');
}

bool isProblem(const Finding &finding)
{
    return finding.verdict == Verdict::Problem;
}

} // namespace

TenantCheckup::TenantCheckup(const Deps &deps, CheckupSubject subject)
    : m_deps(deps), m_subject(std::move(subject)), m_audiences(m_subject.tenant.audiences)
{
}

void TenantCheckup::run(QObject *context, std::function<void(const Findings &)> then)
{
    m_context = context;
    m_then = std::move(then);
    get(discoveryUrl(m_subject.tenant.issuer), &TenantCheckup::onDocument);
}

void TenantCheckup::get(const QUrl &url, Step next)
{
    auto *reply = m_deps.network.get(QNetworkRequest(url));
    connect(reply, &QNetworkReply::finished, this,
            [this, reply, next] { (this->*next)(readTenantReply(*reply)); });
}

void TenantCheckup::onDocument(const TenantReply &reply)
{
    m_findings.append(discoveryFinding(reply));
    if (isProblem(m_findings.constLast()))
        return finish();
    m_findings.append(clockFinding(reply, m_deps.clock.now()));
    m_document = parseJsonObject(reply.body).value_or(QJsonObject());
    for (const auto &finding :
         {issuerFinding(m_document, m_subject.tenant.issuer), endpointsFinding(m_document)}) {
        m_findings.append(finding);
        // Whoever is not the configured tenant gets no client secret.
        if (isProblem(finding))
            return finish();
    }
    get(endpoint("jwks_uri"_L1), &TenantCheckup::onKeys);
}

void TenantCheckup::onKeys(const TenantReply &reply)
{
    m_findings.append(keysFinding(reply));
    askForSignIn();
}

void TenantCheckup::askForSignIn()
{
    if (m_audiences.isEmpty())
        return askForTokens();
    m_audience = m_audiences.takeFirst();
    get(silentSignIn(m_audience), &TenantCheckup::onAuthorization);
}

void TenantCheckup::onAuthorization(const TenantReply &reply)
{
    auto findings = authorizationFindings(reply, m_subject, m_audience);
    // What an earlier audience has shown about the application is not said again.
    if (std::any_of(m_findings.begin(), m_findings.end(), [&](const Finding &known) {
            return known.subject == findings.constFirst().subject
                && known.found == findings.constFirst().found;
        }))
        findings.removeFirst();
    m_findings.append(findings);
    askForSignIn();
}

/// As CodeFlow asks, but silently and for nobody: no cookie goes along, so nobody is signed in.
QUrl TenantCheckup::silentSignIn(const TenantAudience &audience) const
{
    const auto &tenant = m_subject.tenant;
    Fields fields{{"response_type", "code"},
                  {"client_id", tenant.clientId.toUtf8()},
                  {"redirect_uri", tenant.callbackUrl.toString(QUrl::FullyEncoded).toUtf8()},
                  {"scope", askedScopes(tenant, audience, {}).join(u' ').toUtf8()},
                  {"state", randomToken(m_deps.random)},
                  {"nonce", randomToken(m_deps.random)},
                  {"code_challenge", toBase64Url(sha256(randomToken(m_deps.random)))},
                  {"code_challenge_method", "S256"},
                  {"prompt", "none"}};
    if (!audience.audience.isEmpty())
        fields.append({"audience", audience.audience.toUtf8()});
    auto url = endpoint("authorization_endpoint"_L1);
    // RFC 6749 §3.1: a query that the endpoint already has stays.
    const auto given = url.query(QUrl::FullyEncoded);
    url.setQuery((given.isEmpty() ? QString() : given + u'&')
                     + QString::fromLatin1(encoded(fields)),
                 QUrl::StrictMode);
    return url;
}

/// Redeems a code that the tenant never gave: it looks at the client first (RFC 6749 §5.2).
void TenantCheckup::askForTokens()
{
    const auto &tenant = m_subject.tenant;
    Fields fields{{"grant_type", "authorization_code"},
                  {"client_id", tenant.clientId.toUtf8()},
                  {"code", randomToken(m_deps.random)},
                  {"redirect_uri", tenant.callbackUrl.toString(QUrl::FullyEncoded).toUtf8()},
                  {"code_verifier", randomToken(m_deps.random)}};
    const ClientAuthentication authentication(tenant, supportedAuthMethods(m_document),
                                              m_subject.clientSecret);
    if (!authentication.parameter().isEmpty())
        fields.append({"client_secret", authentication.parameter().reveal()});
    QNetworkRequest request(endpoint("token_endpoint"_L1));
    request.setHeader(QNetworkRequest::ContentTypeHeader, u"application/x-www-form-urlencoded"_s);
    if (!authentication.header().isEmpty())
        request.setRawHeader("Authorization", authentication.header().reveal());
    auto *reply = m_deps.network.post(request, encoded(fields));
    connect(reply, &QNetworkReply::finished, this,
            [this, reply] { onTokens(readTenantReply(*reply)); });
}

void TenantCheckup::onTokens(const TenantReply &reply)
{
    m_findings.append(clientFinding(reply, m_subject));
    m_findings.append(offlineFinding(m_document, m_subject.tenant));
    m_findings.append(logoutFinding(m_subject.tenant));
    finish();
}

void TenantCheckup::finish()
{
    if (m_context)
        m_then(m_findings);
}

QUrl TenantCheckup::endpoint(QLatin1StringView name) const
{
    return QUrl(m_document.value(name).toString(), QUrl::StrictMode);
}

} // namespace gatehouse::oidc
