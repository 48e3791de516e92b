// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QHash>
#include <QJsonObject>
#include <QList>
#include <QString>
#include <QStringList>
#include <QUrl>

#include <optional>

namespace gatehouse::apis {

/// One protected API as configured.
struct ApiConfig {
    QString name; ///< lower case, as in its own scopes ("api:todos:read")
    QString openapi; ///< path of the OpenAPI document, relative to the data directory
    QUrl baseUrl; ///< operations' paths are appended to it
    QString audience;
    QStringList scopes; ///< what a sign-in asks the tenant for
};

/// Where the value of an argument goes.
enum class ArgumentPlace {
    Path,
    Query,
    Body, ///< one property of the JSON body
    WholeBody, ///< the JSON body itself, when its schema is no plain object
};

struct Argument {
    QString name;
    ArgumentPlace place = ArgumentPlace::Query;
    QJsonObject schema; ///< JSON Schema 2020-12, without references
    bool isRequired = false;
    bool isExploded = true; ///< a list in the query: repeated (true) or joined by commas
};

/// One thing that an API can do, read from its OpenAPI document.
struct Operation {
    QString name;
    QString title;
    QString description;
    QByteArray method;
    QString path; ///< template, for example "/todos/{id}"
    QList<Argument> arguments;
    bool needsBody = false;
    QStringList scopes; ///< all are needed, never empty
    std::optional<QJsonObject> output = {}; ///< schema of the structured result, where it is known

    [[nodiscard]] bool isReading() const { return method == "GET" || method == "HEAD"; }
};

/// An OpenAPI document as Gatehouse uses it.
struct ImportedApi {
    ApiConfig config;
    QString title; ///< for messages: "Todos API"
    QList<Operation> operations;
    QHash<QString, QString> scopeDescriptions; ///< as the document has them
};

} // namespace gatehouse::apis
