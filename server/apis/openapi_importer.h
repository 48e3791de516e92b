// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <apis/openapi_document.h>
#include <apis/operation.h>
#include <base/result.h>

#include <QSet>

#include <utility>

namespace gatehouse::apis {

/// OpenAPI 3.0 or 3.1 in JSON → the operations that become tools. Used once per API at start.
/// Operations with `"x-mcp": {"enabled": false}` are left out.
class OpenApiImporter {
public:
    /// The error lists what cannot be used, each with its path in the document.
    [[nodiscard]] static Result<ImportedApi> import(const ApiConfig &config,
                                                    const QByteArray &text);

    static constexpr qsizetype kLargestDocument = 8 * 1024 * 1024;
    static constexpr qsizetype kMostOperations = 500;

private:
    OpenApiImporter(const ApiConfig &config, QJsonObject document);

    void checkVersion();
    void readScopeDescriptions();
    void readPaths();
    void readOperation(const QString &path, const QByteArray &method, const Located &item,
                       const Located &operation);
    void readParameters(const Located &item, const Located &source, Operation &operation);
    void readParameter(const Located &parameter, Operation &operation);
    void readBody(const Located &source, Operation &operation);
    void addBodyProperties(const QJsonObject &schema, const QString &path, Operation &operation);
    void addArgument(const Argument &argument, const QString &path, Operation &operation);
    void checkPathTemplate(const Operation &operation, const QString &path);
    [[nodiscard]] QStringList readScopes(const Located &source, const Operation &operation);
    [[nodiscard]] std::optional<QStringList> oauthScopes(const Located &requirement);

    OpenApiDocument m_document;
    ImportedApi m_api;
    QSet<QString> m_names;
};

/// Reads the document that `config` names, from `dataDir` when the path is relative, and imports
/// it.
[[nodiscard]] Result<ImportedApi> importApi(const ApiConfig &config, const QString &dataDir);

/// Refuses a base URL that a token must not be sent to: https, or http on this machine, without
/// user, query or fragment.
[[nodiscard]] Result<QUrl> checkedBaseUrl(const ApiConfig &config);

} // namespace gatehouse::apis
