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

TenantEntry readTenant(JsonReader &reader)
{
    TenantEntry tenant;
    tenant.issuer = reader.requiredString("issuer"_L1);
    if (!tenant.issuer.isEmpty() && !isFitUrl(QUrl(tenant.issuer, QUrl::StrictMode))) {
        reader.complain("issuer"_L1,
                        u"must be an https URL such as "
                        "\"https://acme.eu.auth0.com/\" (http only on this "
                        "computer)"_s);
    }
    tenant.clientId = reader.requiredString("clientId"_L1);
    tenant.scopes = reader.optionalStrings("scopes"_L1);
    if (tenant.scopes.isEmpty())
        tenant.scopes = {u"openid"_s, u"profile"_s, u"email"_s, u"offline_access"_s};
    else if (!tenant.scopes.contains("openid"_L1))
        reader.complain("scopes"_L1, u"must contain \"openid\""_s);
    checkScopes(reader, "scopes"_L1, tenant.scopes);
    tenant.callbackHost = reader.optionalString("callbackHost"_L1).value_or(u"127.0.0.1"_s);
    if (!isLoopback(tenant.callbackHost))
        reader.complain("callbackHost"_L1, u"must be 127.0.0.1 or localhost"_s);
    reader.refuseUnknownKeys();
    return tenant;
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

} // namespace

Result<Configuration> readConfiguration(const QString &path)
{
    QFile file(path);
    if (!file.exists()) {
        return fail(Error{u"There is no configuration yet: %1 does not exist."_s.arg(path),
                          u"Write one as README shows under \"Set up Auth0\", or try Gatehouse "
                          "with `gatehouse --demo`."_s});
    }
    if (!file.open(QIODevice::ReadOnly)) {
        return fail(Error{u"The configuration %1 cannot be read."_s.arg(path),
                          u"Check who owns the file."_s, file.errorString()});
    }
    return parseConfiguration(file.readAll(), path);
}

Result<Configuration> parseConfiguration(const QByteArray &text, const QString &name)
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
    if (auto tenant = root.optionalObject("tenant"_L1))
        configuration.tenant = readTenant(*tenant);
    else
        errors.append(u"tenant: is missing"_s);
    for (auto &api : root.optionalObjects("apis"_L1))
        configuration.apis.append(readApi(api));
    for (auto &client : root.optionalObjects("clients"_L1))
        configuration.clients.append(readClient(client));
    // "$schema" lets editors check the file.
    [[maybe_unused]] const auto schema = root.optionalString("$schema"_L1);
    root.refuseUnknownKeys();

    refuseTwice(configuration.apis, &apis::ApiConfig::name, u"apis"_s, errors);
    refuseTwice(configuration.clients, &ClientEntry::id, u"clients"_s, errors);
    for (const auto &api : std::as_const(configuration.apis)) {
        if (api.audience != configuration.apis.first().audience) {
            errors.append(
                u"apis: all APIs must have one audience; \"%1\" has another"_s.arg(api.name));
        }
    }
    if (!errors.isEmpty()) {
        return fail(Error{
            u"The configuration %1 is not understood:\n  %2"_s.arg(name, errors.join(u"\n  "_s)),
            u"Correct these places; Gatehouse has changed nothing."_s});
    }
    return configuration;
}

} // namespace gatehouse
