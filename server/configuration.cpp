// SPDX-License-Identifier: GPL-3.0-or-later
#include <service/configuration.h>

#include <base/json.h>
#include <oauth/redirect_uri.h>

#include <QFile>
#include <QHostAddress>
#include <QRegularExpression>

namespace gatehouse {

using namespace Qt::StringLiterals;

namespace {

bool isLoopback(const QString &host)
{
    return host == "localhost"_L1 || host == "127.0.0.1"_L1 || host == "::1"_L1;
}

/// https anywhere, http only where nobody else listens on the wire.
bool isFitUrl(const QUrl &url)
{
    return url.isValid() && !url.host().isEmpty() && url.userInfo().isEmpty()
        && (url.scheme() == "https"_L1 || (url.scheme() == "http"_L1 && isLoopback(url.host())));
}

/// RFC 6749 §3.3: what a scope may be made of. Quotes would break challenges.
void checkScopes(JsonReader &reader, QLatin1String key, const QStringList &scopes)
{
    static const QRegularExpression kScope(u"\\A[\\x21\\x23-\\x5B\\x5D-\\x7E]+\\z"_s);
    for (const auto &scope : scopes) {
        if (!kScope.match(scope).hasMatch())
            reader.complain(key, u"\"%1\" is not a scope name"_s.arg(scope));
    }
}

/// A name of RFC 1123 §2.1 with a dot in it.
bool isDomain(const QString &text)
{
    static const QRegularExpression kDomain(
        u"\\A(?=.{1,253}\\z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.)+"
        "[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?\\z"_s);
    return kDomain.match(text.toLower()).hasMatch();
}

/// OIDC Discovery §3: an issuer has neither query nor fragment.
bool isIssuer(const QString &text)
{
    const QUrl url(text, QUrl::StrictMode);
    return isFitUrl(url) && !url.hasQuery() && !url.hasFragment();
}

QString issuerAdvice()
{
    return u"must be an https URL such as \"https://acme.eu.auth0.com/\" (http only on this "
           "computer)"_s;
}

QString domainAdvice()
{
    return u"must be the name alone, such as \"acme.eu.auth0.com\": without \"https://\", without "
           "a path and without a port. Write an address as \"issuer\" instead"_s;
}

QString issuerOfDomain(const QString &domain)
{
    return u"https://"_s + domain.toLower() + u'/';
}

/// One of `issuer` and `domain`, unless another issuer stands in their place.
QString readIssuer(JsonReader &reader, const QString &instead)
{
    const auto issuer = reader.optionalString("issuer"_L1);
    const auto domain = reader.optionalString("domain"_L1);
    if (issuer && domain)
        reader.complain("domain"_L1, u"stands beside \"issuer\": keep one of them"_s);
    if (issuer && !isIssuer(*issuer))
        reader.complain("issuer"_L1, issuerAdvice());
    if (domain && !isDomain(*domain))
        reader.complain("domain"_L1, domainAdvice());
    if (!instead.isEmpty())
        return instead;
    if (!issuer && !domain) {
        reader.complain("domain"_L1,
                        u"is missing: write the tenant's domain, such as \"acme.eu.auth0.com\", or "
                        "\"issuer\" with its whole address"_s);
    }
    return issuer ? *issuer : issuerOfDomain(domain.value_or(QString()));
}

QString readClientId(JsonReader &reader, const QString &instead)
{
    if (instead.isEmpty())
        return reader.requiredString("clientId"_L1);
    [[maybe_unused]] const auto replaced = reader.optionalString("clientId"_L1);
    return instead;
}

QString readAuthMethod(JsonReader &reader)
{
    constexpr auto kKey = "tokenEndpointAuthMethod"_L1;
    auto method = reader.optionalString(kKey).value_or(u"none"_s);
    if (method != "none"_L1 && method != "client_secret_post"_L1
        && method != "client_secret_basic"_L1) {
        reader.complain(kKey, u"must be none, client_secret_post or client_secret_basic"_s);
    }
    return method;
}

TenantEntry readTenant(JsonReader &reader, const TenantOverride &instead)
{
    TenantEntry tenant;
    tenant.issuer = readIssuer(reader, instead.issuer);
    tenant.clientId = readClientId(reader, instead.clientId);
    tenant.scopes = reader.optionalStrings("scopes"_L1);
    if (tenant.scopes.isEmpty())
        tenant.scopes = {u"openid"_s, u"profile"_s, u"email"_s, u"offline_access"_s};
    else if (!tenant.scopes.contains("openid"_L1))
        reader.complain("scopes"_L1, u"must contain \"openid\""_s);
    checkScopes(reader, "scopes"_L1, tenant.scopes);
    tenant.callbackHost = reader.optionalString("callbackHost"_L1).value_or(u"127.0.0.1"_s);
    if (!isLoopback(tenant.callbackHost))
        reader.complain("callbackHost"_L1, u"must be 127.0.0.1 or localhost"_s);
    tenant.tokenEndpointAuthMethod = readAuthMethod(reader);
    reader.refuseUnknownKeys();
    return tenant;
}

TenantEntry readTenantOf(JsonReader &root, const TenantOverride &instead, QStringList &errors)
{
    if (auto tenant = root.optionalObject("tenant"_L1))
        return readTenant(*tenant, instead);
    if (instead.issuer.isEmpty() && instead.clientId.isEmpty()) {
        errors.append(u"tenant: is missing"_s);
        return {};
    }
    JsonReader nothing({}, u"tenant"_s, errors);
    return readTenant(nothing, instead);
}

apis::ApiConfig readApi(JsonReader &reader)
{
    static const QRegularExpression kName(u"\\A[a-z0-9][a-z0-9-]{0,39}\\z"_s);
    apis::ApiConfig api;
    api.name = reader.requiredString("name"_L1);
    if (!api.name.isEmpty() && !kName.match(api.name).hasMatch())
        reader.complain("name"_L1, u"may hold a-z, 0-9 and \"-\", at most 40 of them"_s);
    api.openapi = reader.requiredString("openapi"_L1);
    api.baseUrl = QUrl(reader.requiredString("baseUrl"_L1), QUrl::StrictMode);
    if (!api.baseUrl.isEmpty() && !isFitUrl(api.baseUrl)) {
        reader.complain("baseUrl"_L1, u"must be an https URL (http only on this computer)"_s);
    }
    api.audience = reader.requiredString("audience"_L1);
    api.scopes = reader.optionalStrings("scopes"_L1);
    checkScopes(reader, "scopes"_L1, api.scopes);
    reader.refuseUnknownKeys();
    return api;
}

ClientEntry readClient(JsonReader &reader)
{
    ClientEntry client;
    client.id = reader.requiredString("id"_L1);
    client.name = reader.requiredString("name"_L1);
    client.redirectUris = reader.optionalStrings("redirectUris"_L1);
    if (client.redirectUris.isEmpty())
        reader.complain("redirectUris"_L1, u"must list at least one address"_s);
    for (const auto &uri : std::as_const(client.redirectUris)) {
        if (const auto checked = oauth::checkRegisteredRedirectUri(uri); !checked)
            reader.complain("redirectUris"_L1, checked.error().message);
    }
    reader.refuseUnknownKeys();
    return client;
}

template <typename Entry>
void refuseTwice(const QList<Entry> &entries, QString Entry::*key, const QString &what,
                 QStringList &errors)
{
    QStringList seen;
    for (const auto &entry : entries) {
        if (seen.contains(entry.*key))
            errors.append(u"%1: \"%2\" stands more than once"_s.arg(what, entry.*key));
        seen.append(entry.*key);
    }
}

/// Half of a tenant that is given without a file is most likely a slip.
Error noConfiguration(const QString &path, const TenantOverride &instead)
{
    const auto message = u"There is no configuration yet: %1 does not exist"_s.arg(path);
    const auto half = [&](const QString &missing, const QString &how) {
        return Error{
            u"%1, and %2 is not given."_s.arg(message, missing),
            u"Add %1 or write a configuration as README shows under \"Set up Auth0\"."_s.arg(how)};
    };
    if (!instead.clientId.isEmpty())
        return half(u"the tenant"_s, u"--tenant DOMAIN (or GATEHOUSE_TENANT_DOMAIN)"_s);
    if (!instead.issuer.isEmpty())
        return half(u"the client ID"_s, u"--client-id ID (or GATEHOUSE_CLIENT_ID)"_s);
    return Error{message + u'.',
                 u"Write one as README shows under \"Set up Auth0\", or try Gatehouse with "
                 "`gatehouse --demo`."_s};
}

} // namespace

Result<QString> tenantIssuer(const QString &domainOrIssuer)
{
    if (domainOrIssuer.contains("://"_L1)) {
        return isIssuer(domainOrIssuer) ? Result<QString>(domainOrIssuer)
                                        : fail(Error{issuerAdvice()});
    }
    return isDomain(domainOrIssuer) ? Result<QString>(issuerOfDomain(domainOrIssuer))
                                    : fail(Error{domainAdvice()});
}

QUrl callbackUrl(const TenantEntry &tenant, quint16 port)
{
    QUrl url;
    url.setScheme(u"http"_s);
    url.setHost(tenant.callbackHost);
    url.setPort(port);
    url.setPath(u"/callback"_s);
    return url;
}

Result<Configuration> readConfiguration(const QString &path, const TenantOverride &instead)
{
    QFile file(path);
    if (!file.exists()) {
        if (!instead.issuer.isEmpty() && !instead.clientId.isEmpty())
            return parseConfiguration("{}", path, instead);
        return fail(noConfiguration(path, instead));
    }
    if (!file.open(QIODevice::ReadOnly)) {
        return fail(Error{u"The configuration %1 cannot be read."_s.arg(path),
                          u"Check who owns the file."_s, file.errorString()});
    }
    return parseConfiguration(file.readAll(), path, instead);
}

Result<Configuration> parseConfiguration(const QByteArray &text, const QString &name,
                                         const TenantOverride &instead)
{
    const auto object = parseJsonObject(text);
    if (!object) {
        return fail(
            Error{u"The configuration %1 is not understood. %2"_s.arg(name, object.error().message),
                  u"Correct that line; Gatehouse has changed nothing."_s});
    }
    Configuration configuration;
    QStringList errors;
    JsonReader root(*object, {}, errors);
    if (auto listen = root.optionalObject("listen"_L1)) {
        configuration.port =
            quint16(listen->optionalInteger("port"_L1, 1, 65535).value_or(kDefaultPort));
        listen->refuseUnknownKeys();
    }
    configuration.tenant = readTenantOf(root, instead, errors);
    for (auto &api : root.optionalObjects("apis"_L1))
        configuration.apis.append(readApi(api));
    for (auto &client : root.optionalObjects("clients"_L1))
        configuration.clients.append(readClient(client));
    // "$schema" lets editors check the file.
    [[maybe_unused]] const auto schema = root.optionalString("$schema"_L1);
    root.refuseUnknownKeys();

    refuseTwice(configuration.apis, &apis::ApiConfig::name, u"apis"_s, errors);
    refuseTwice(configuration.clients, &ClientEntry::id, u"clients"_s, errors);
    if (!errors.isEmpty()) {
        return fail(Error{
            u"The configuration %1 is not understood:\n  %2"_s.arg(name, errors.join(u"\n  "_s)),
            u"Correct these places; Gatehouse has changed nothing."_s});
    }
    return configuration;
}

} // namespace gatehouse
