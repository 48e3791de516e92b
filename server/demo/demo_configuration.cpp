// SPDX-License-Identifier: GPL-3.0-or-later
#include <demo/demo_configuration.h>

#include <base/json.h>
#include <demo/private_file.h>
#include <demo/todos_openapi.h>

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QUrl>

namespace gatehouse::demo {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kOpenApiFile = "todos-openapi.json"_L1;

/// Sets a field only when the object has none: the person's own value stays.
void setDefault(QJsonObject &object, const QString &key, const QJsonValue &value)
{
    if (!object.contains(key))
        object.insert(key, value);
}

QJsonObject completedTenant(QJsonObject tenant, const DemoOptions &options)
{
    tenant.insert(u"issuer"_s, options.issuer());
    tenant.insert(u"clientId"_s, QString::fromLatin1(kDemoClientId));
    setDefault(tenant, u"scopes"_s,
               QJsonArray{u"openid"_s, u"profile"_s, u"email"_s, u"offline_access"_s,
                          u"read:todos"_s, u"write:todos"_s});
    setDefault(tenant, u"callbackHost"_s, u"127.0.0.1"_s);
    return tenant;
}

QJsonObject completedApi(QJsonObject api, const DemoOptions &options)
{
    api.insert(u"name"_s, u"todos"_s);
    api.insert(u"openapi"_s, QString(kOpenApiFile));
    api.insert(u"baseUrl"_s, options.apiBaseUrl());
    api.insert(u"audience"_s, QString::fromLatin1(kTodosAudience));
    setDefault(api, u"scopes"_s, QJsonArray{u"read:todos"_s, u"write:todos"_s});
    return api;
}

QJsonArray completedApis(QJsonArray apis, const DemoOptions &options)
{
    for (qsizetype i = 0; i < apis.size(); ++i) {
        const auto api = apis.at(i).toObject();
        if (api.value("name"_L1) == "todos"_L1) {
            apis.replace(i, completedApi(api, options));
            return apis;
        }
    }
    apis.append(completedApi({}, options));
    return apis;
}

QJsonObject completed(QJsonObject configuration, const DemoOptions &options)
{
    auto listen = configuration.value("listen"_L1).toObject();
    listen.insert(u"port"_s, options.port);
    configuration.insert(u"listen"_s, listen);
    configuration.insert(u"tenant"_s,
                         completedTenant(configuration.value("tenant"_L1).toObject(), options));
    configuration.insert(u"apis"_s,
                         completedApis(configuration.value("apis"_L1).toArray(), options));
    return configuration;
}

/// Only the demo's tenant has its client id and stands on loopback.
bool isDemoConfiguration(const QJsonObject &configuration)
{
    const auto tenant = configuration.value("tenant"_L1).toObject();
    const QUrl issuer(tenant.value("issuer"_L1).toString(), QUrl::StrictMode);
    return tenant.value("clientId"_L1) == QLatin1String(kDemoClientId) && issuer.scheme() == u"http"
        && (issuer.host() == u"localhost" || issuer.host() == u"127.0.0.1");
}

Result<QJsonObject> readExisting(const QString &path)
{
    const auto content = readFile(path);
    if (!content)
        return fail(content.error());
    if (!*content)
        return QJsonObject();
    const auto existing = parseJsonObject(**content);
    if (!existing) {
        return fail(Error{u"%1 is not understood: %2"_s.arg(path, existing.error().message),
                          u"Correct the file, or move it away."_s});
    }
    if (!isDemoConfiguration(*existing)) {
        return fail(Error{
            u"%1 belongs to a real tenant, so the demo does not use its directory."_s.arg(path),
            u"Start the demo without --data-dir, or with an empty one."_s});
    }
    return *existing;
}

QByteArray readable(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Indented);
}

} // namespace

Result<std::monostate> writeDemoConfiguration(const DemoOptions &options)
{
    if (const auto made = ensurePrivateDirectory(options.dataDirectory); !made)
        return made;
    const QDir directory(options.dataDirectory);
    const auto path = directory.filePath(u"gatehouse.json"_s);
    const auto existing = readExisting(path);
    if (!existing)
        return fail(existing.error());
    const auto openApi = todosOpenApi(options.apiBaseUrl(), options.issuer());
    if (const auto written = writePrivateFile(directory.filePath(kOpenApiFile), readable(openApi));
        !written) {
        return written;
    }
    const auto configuration = completed(*existing, options);
    if (configuration == *existing)
        return {};
    return writePrivateFile(path, readable(configuration));
}

} // namespace gatehouse::demo
