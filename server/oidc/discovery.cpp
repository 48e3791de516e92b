// SPDX-License-Identifier: GPL-3.0-or-later
#include <oidc/discovery.h>

#include <base/logging.h>
#include <base/text.h>

#include <QJsonArray>
#include <QUrlQuery>

#include <algorithm>

namespace gatehouse::oidc {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kKeysBackOff = 10s;
/// A tenant in trouble is left alone for as long, where its last description serves.
constexpr std::chrono::seconds kShortestRest{60};

TenantFailure wrongDocument(const QString &detail)
{
    return {false,
            Error{u"The tenant's description of itself is not acceptable."_s}
                .withRemedy(u"Check the issuer in the configuration."_s)
                .withDetail(u"discovery: "_s + detail)};
}

Result<ProviderMetadata, TenantFailure> parseMetadata(const QJsonObject &document,
                                                      const QString &issuer)
{
    // §4.3: MUST be identical, or one tenant could speak for another.
    if (document.value("issuer"_L1) != issuer)
        return fail(wrongDocument(u"the issuer differs from the configured one"_s));
    const auto endpoint = [&document](QLatin1StringView name) {
        return QUrl(document.value(name).toString(), QUrl::StrictMode);
    };
    const auto optional = [&](QLatin1StringView name) {
        const auto url = endpoint(name);
        return isAcceptableTenantUrl(url) ? url : QUrl();
    };
    ProviderMetadata metadata{
        issuer,
        endpoint("authorization_endpoint"_L1),
        endpoint("token_endpoint"_L1),
        endpoint("jwks_uri"_L1),
        document.value("authorization_response_iss_parameter_supported"_L1).toBool(),
        optional("revocation_endpoint"_L1),
        optional("end_session_endpoint"_L1)};
    metadata.authMethods = supportedAuthMethods(document);
    for (const auto &url :
         {metadata.authorizationEndpoint, metadata.tokenEndpoint, metadata.jwksUri}) {
        if (!isAcceptableTenantUrl(url)) {
            return fail(wrongDocument(u"an endpoint is missing or neither https nor loopback: "_s
                                      + shownText(url.toString(QUrl::RemoveQuery))));
        }
    }
    return metadata;
}

} // namespace

QUrl browserSignOutUrl(const TenantConfig &tenant, const ProviderMetadata &provider)
{
    auto back = tenant.callbackUrl;
    back.setPath(kSignedOutPath);
    const bool isStandard = provider.endSessionEndpoint.isValid()
        && !provider.endSessionEndpoint.path().endsWith("/v2/logout"_L1);
    auto url = provider.endSessionEndpoint;
    if (!url.isValid())
        url = QUrl(provider.issuer + (provider.issuer.endsWith(u'/') ? u""_s : u"/"_s)
                   + u"v2/logout"_s);
    QUrlQuery query(url);
    const auto add = [&query](const QString &name, const QString &value) {
        query.addQueryItem(name, QString::fromLatin1(QUrl::toPercentEncoding(value)));
    };
    add(u"client_id"_s, tenant.clientId);
    add(isStandard ? u"post_logout_redirect_uri"_s : u"returnTo"_s, back.toString());
    url.setQuery(query);
    return url;
}

QStringList supportedAuthMethods(const QJsonObject &document)
{
    QStringList methods;
    const auto listed = document.value("token_endpoint_auth_methods_supported"_L1).toArray();
    for (const auto &method : listed)
        methods.append(method.toString());
    return methods;
}

QUrl discoveryUrl(QString issuer)
{
    if (issuer.endsWith(u'/'))
        issuer.chop(1);
    return QUrl(issuer + u"/.well-known/openid-configuration"_s, QUrl::StrictMode);
}

Discovery::Discovery(TenantNetwork &network, Clock &clock, QString issuer)
    : m_network(network), m_clock(clock), m_issuer(std::move(issuer))
{
}

void Discovery::metadata(QObject *context, Callback<ProviderMetadata, TenantFailure> then)
{
    if (m_metadata && m_clock.now() < m_metadataUntil) {
        answerLater<ProviderMetadata, TenantFailure>(context, std::move(then), *m_metadata);
        return;
    }
    m_metadataWaiters.add(context, std::move(then));
    if (!m_fetchingMetadata)
        fetchMetadata();
}

void Discovery::fetchMetadata()
{
    const auto url = discoveryUrl(m_issuer);
    if (!isAcceptableTenantUrl(url) || url.hasQuery()) {
        m_metadataWaiters.answer(
            fail(wrongDocument(u"the configured issuer is neither https nor loopback"_s)));
        return;
    }
    m_fetchingMetadata = true;
    m_network.getJson(url, this, [this](const Result<TenantDocument, TenantFailure> &document) {
        m_fetchingMetadata = false;
        onMetadata(document);
    });
}

void Discovery::onMetadata(const Result<TenantDocument, TenantFailure> &document)
{
    auto result = document.and_then([this](const TenantDocument &received) {
        return parseMetadata(received.object, m_issuer);
    });
    if (result) {
        m_metadata = *result;
        m_metadataUntil = m_clock.now() + document->freshFor;
    } else {
        qCWarning(lcOidc).noquote() << result.error().error.detail;
        // Endpoints hardly ever move, and the tenant's own answer tells when one has.
        if (m_metadata && result.error().temporary) {
            m_metadataUntil = m_clock.now() + std::max(result.error().retryAfter, kShortestRest);
            result = *m_metadata;
        }
    }
    m_metadataWaiters.answer(result);
}

bool Discovery::mayUseKeys(const QString &kid) const
{
    const auto now = m_clock.now();
    if (!m_keys || now >= m_keysUntil)
        return false;
    const bool hasJustTried = now >= m_keysTriedAt && now - m_keysTriedAt < kKeysBackOff;
    return kid.isEmpty() || m_keys->contains(kid) || hasJustTried;
}

void Discovery::keys(const QString &kid, QObject *context, Callback<JwkSet, TenantFailure> then)
{
    if (mayUseKeys(kid)) {
        answerLater<JwkSet, TenantFailure>(context, std::move(then), *m_keys);
        return;
    }
    m_keysWaiters.add(context, std::move(then));
    if (!m_fetchingKeys)
        fetchKeys();
}

void Discovery::fetchKeys()
{
    m_fetchingKeys = true;
    m_keysTriedAt = m_clock.now();
    metadata(this, [this](const Result<ProviderMetadata, TenantFailure> &metadata) {
        if (!metadata) {
            onKeys(fail(metadata.error()));
            return;
        }
        m_network.getJson(
            metadata->jwksUri, this,
            [this](const Result<TenantDocument, TenantFailure> &document) { onKeys(document); });
    });
}

void Discovery::onKeys(const Result<TenantDocument, TenantFailure> &document)
{
    m_fetchingKeys = false;
    const auto result =
        document.and_then([](const TenantDocument &received) -> Result<JwkSet, TenantFailure> {
            return JwkSet::parse(received.object).map_error([](const Error &error) {
                return TenantFailure{false, error};
            });
        });
    if (result) {
        m_keys = *result;
        m_keysUntil = m_clock.now() + document->freshFor;
    } else {
        qCWarning(lcOidc).noquote() << "keys:" << result.error().error.detail;
    }
    m_keysWaiters.answer(result);
}

} // namespace gatehouse::oidc
