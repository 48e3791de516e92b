// SPDX-License-Identifier: GPL-3.0-or-later
#include <apis/openapi_importer.h>

#include <apis/openapi_output.h>
#include <base/json.h>

#include <QDir>
#include <QFile>
#include <QHostAddress>
#include <QRegularExpression>

#include <algorithm>
#include <array>

namespace gatehouse::apis {

using namespace Qt::StringLiterals;

namespace {

constexpr std::array kMethods{"get"_L1, "head"_L1, "post"_L1, "put"_L1, "patch"_L1, "delete"_L1};

constexpr auto kLeaveOut = "Leave the operation out with \"x-mcp\": {\"enabled\": false}."_L1;

bool matches(const QString &pattern, const QString &text)
{
    return QRegularExpression(QRegularExpression::anchoredPattern(pattern)).match(text).hasMatch();
}

bool isPlainObject(const QJsonObject &schema)
{
    return schema.value("type"_L1).toString() == "object"_L1 && schema.contains("properties"_L1)
        && !schema.contains("allOf"_L1) && !schema.contains("anyOf"_L1)
        && !schema.contains("oneOf"_L1);
}

QStringList strings(const QJsonArray &array)
{
    QStringList list;
    for (const auto &value : array)
        list.append(value.toString());
    return list;
}

/// A dot segment would lead out of the API's base URL (RFC 3986 §5.2.4); percent sequences and
/// backslashes may turn into one on the way.
bool isSafeTemplate(const QString &path)
{
    const auto segments = path.split(u'/');
    return path.startsWith(u'/') && !segments.contains("."_L1) && !segments.contains(".."_L1)
        && !path.contains(QRegularExpression(uR"([%\\?#\s])"_s));
}

QStringList templateNames(const QString &path)
{
    static const QRegularExpression braces(u"\\{([^{}]*)\\}"_s);
    QStringList names;
    auto found = braces.globalMatch(path);
    while (found.hasNext())
        names.append(found.next().captured(1));
    return names;
}

} // namespace

OpenApiImporter::OpenApiImporter(const ApiConfig &config, QJsonObject document)
    : m_document(std::move(document)), m_api{config, {}, {}, {}}
{
}

Result<ImportedApi> OpenApiImporter::import(const ApiConfig &config, const QByteArray &text)
{
    const auto named = [&](const QString &what) {
        return u"The OpenAPI document of \"%1\" cannot be used: %2"_s.arg(config.name, what);
    };
    if (!matches(u"[a-z0-9][a-z0-9_-]{0,63}"_s, config.name)) {
        return fail(Error{u"\"%1\" is no name for an API."_s.arg(config.name)}.withRemedy(
            u"Use lower-case letters, digits, - and _."_s));
    }
    if (const auto url = checkedBaseUrl(config); !url)
        return fail(url.error());
    if (text.size() > kLargestDocument)
        return fail(Error{named(u"it is larger than 8 MiB."_s)});
    const auto document = parseJsonObject(text);
    if (!document)
        return fail(Error{named(document.error().message)});

    OpenApiImporter importer(config, *document);
    importer.checkVersion();
    importer.readScopeDescriptions();
    importer.readPaths();
    const auto &complaints = importer.m_document.complaints();
    if (!complaints.isEmpty())
        return fail(Error{named(u'\n' + complaints.join(u'\n'))});
    return importer.m_api;
}

void OpenApiImporter::checkVersion()
{
    const auto root = m_document.root();
    const auto version = root.object.value("openapi"_L1).toString();
    if (!version.startsWith("3.0"_L1) && !version.startsWith("3.1"_L1))
        m_document.complain(u"openapi"_s, u"must be 3.0 or 3.1"_s);
    m_api.title = root.child(u"info"_s).object.value("title"_L1).toString();
    if (m_api.title.isEmpty())
        m_api.title = m_api.config.name;
}

void OpenApiImporter::readScopeDescriptions()
{
    const auto schemes = m_document.root().child(u"components"_s).child(u"securitySchemes"_s);
    const auto names = schemes.object.keys();
    for (const auto &name : names) {
        const auto flows = m_document.resolved(schemes.child(name)).child(u"flows"_s);
        const auto kinds = flows.object.keys();
        for (const auto &kind : kinds) {
            const auto scopes = flows.child(kind).child(u"scopes"_s).object;
            for (auto it = scopes.begin(); it != scopes.end(); ++it)
                m_api.scopeDescriptions.insert(it.key(), it.value().toString());
        }
    }
}

void OpenApiImporter::readPaths()
{
    const auto paths = m_document.root().child(u"paths"_s);
    const auto names = paths.object.keys();
    for (const auto &path : names) {
        if (path.startsWith("x-"_L1))
            continue;
        const auto item = m_document.resolved(paths.child(path));
        for (const auto method : kMethods) {
            if (!item.object.contains(method))
                continue;
            const auto operation = item.child(method);
            const auto enabled = operation.child(u"x-mcp"_s).object.value("enabled"_L1);
            if (enabled.toBool(true))
                readOperation(path, QByteArray(method.data()).toUpper(), item, operation);
        }
    }
    if (m_api.operations.size() > kMostOperations) {
        m_document.complain(
            u"paths"_s, u"holds more than %1 operations. %2"_s.arg(kMostOperations).arg(kLeaveOut));
    }
}

void OpenApiImporter::readOperation(const QString &path, const QByteArray &method,
                                    const Located &item, const Located &source)
{
    Operation operation;
    operation.name = source.object.value("operationId"_L1).toString();
    operation.title = source.object.value("summary"_L1).toString();
    operation.description = source.object.value("description"_L1).toString();
    operation.method = method;
    operation.path = path;
    if (operation.description.isEmpty())
        operation.description = operation.title;
    if (operation.description.isEmpty())
        operation.description =
            u"%1 %2 of %3"_s.arg(QString::fromLatin1(method), path, m_api.title);

    const auto at = source.pathTo(u"operationId"_s);
    if (operation.name.isEmpty())
        m_document.complain(at, u"is missing; it names the tool"_s);
    else if (!matches(u"[A-Za-z0-9_.-]{1,128}"_s, operation.name))
        m_document.complain(at, u"must be 1 to 128 letters, digits, _, . or - to name a tool"_s);
    else if (m_names.contains(operation.name))
        m_document.complain(at, u"\"%1\" names two operations"_s.arg(operation.name));
    m_names.insert(operation.name);

    readParameters(item, source, operation);
    readBody(source, operation);
    checkPathTemplate(operation, source.path);
    operation.scopes = readScopes(source, operation);
    operation.output = outputSchemaOf(m_document, source);
    m_api.operations.append(operation);
}

void OpenApiImporter::readParameters(const Located &item, const Located &source,
                                     Operation &operation)
{
    const auto key = [](const Located &parameter) {
        return parameter.object.value("in"_L1).toString() + u':'
            + parameter.object.value("name"_L1).toString();
    };
    // OpenAPI §Operation Object: an operation's parameter replaces the path's of the same place.
    const auto own = m_document.resolvedList(source, u"parameters"_s);
    const auto shared = m_document.resolvedList(item, u"parameters"_s);
    for (const auto &parameter : shared) {
        const bool replaced = std::any_of(own.begin(), own.end(), [&](const Located &other) {
            return key(other) == key(parameter);
        });
        if (!replaced)
            readParameter(parameter, operation);
    }
    for (const auto &parameter : own)
        readParameter(parameter, operation);
}

void OpenApiImporter::readParameter(const Located &parameter, Operation &operation)
{
    const auto place = parameter.object.value("in"_L1).toString();
    const bool isRequired = parameter.object.value("required"_L1).toBool();
    if (place != "path"_L1 && place != "query"_L1) {
        if (isRequired) {
            m_document.complain(
                parameter.path,
                u"required parameters in \"%1\" cannot be sent. %2"_s.arg(place, kLeaveOut));
        }
        return;
    }
    if (!parameter.object.contains("schema"_L1)) {
        return m_document.complain(parameter.path, u"has no schema, which says what it may be"_s);
    }
    Argument argument;
    argument.name = parameter.object.value("name"_L1).toString();
    argument.place = place == "path"_L1 ? ArgumentPlace::Path : ArgumentPlace::Query;
    argument.schema =
        m_document.schema(parameter.object.value("schema"_L1), parameter.pathTo(u"schema"_s));
    argument.isRequired = isRequired || argument.place == ArgumentPlace::Path;
    argument.isExploded = parameter.object.value("explode"_L1).toBool(true);
    if (argument.schema.value("type"_L1).toString() == "object"_L1
        || (argument.place == ArgumentPlace::Path
            && argument.schema.value("type"_L1).toString() == "array"_L1)) {
        return m_document.complain(parameter.path,
                                   u"this type cannot be sent there. %1"_s.arg(kLeaveOut));
    }
    if (const auto text = parameter.object.value("description"_L1).toString();
        !text.isEmpty() && !argument.schema.contains("description"_L1))
        argument.schema.insert(u"description"_s, text);
    addArgument(argument, parameter.path, operation);
}

void OpenApiImporter::readBody(const Located &source, Operation &operation)
{
    if (!source.object.contains("requestBody"_L1))
        return;
    const auto body = m_document.resolved(source.child(u"requestBody"_s));
    const auto content = body.child(u"content"_s);
    operation.needsBody = body.object.value("required"_L1).toBool();
    if (!content.object.contains("application/json"_L1)) {
        return m_document.complain(body.path,
                                   u"only application/json can be sent. %1"_s.arg(kLeaveOut));
    }
    const auto media = content.child(u"application/json"_s);
    const auto path = media.pathTo(u"schema"_s);
    const auto schema = m_document.schema(media.object.value("schema"_L1), path);
    if (isPlainObject(schema))
        return addBodyProperties(schema, path, operation);
    addArgument({u"body"_s, ArgumentPlace::WholeBody, schema, operation.needsBody, true}, path,
                operation);
}

void OpenApiImporter::addBodyProperties(const QJsonObject &schema, const QString &path,
                                        Operation &operation)
{
    const auto properties = schema.value("properties"_L1).toObject();
    const auto required = strings(schema.value("required"_L1).toArray());
    for (auto it = properties.begin(); it != properties.end(); ++it) {
        const auto property = it.value().toObject();
        // OpenAPI §Schema Object: a readOnly property should not be sent.
        if (property.value("readOnly"_L1).toBool())
            continue;
        addArgument({it.key(), ArgumentPlace::Body, property, required.contains(it.key()), true},
                    path + u".properties."_s + it.key(), operation);
    }
}

void OpenApiImporter::addArgument(const Argument &argument, const QString &path,
                                  Operation &operation)
{
    const bool isTaken =
        std::any_of(operation.arguments.begin(), operation.arguments.end(),
                    [&](const Argument &other) { return other.name == argument.name; });
    if (argument.name.isEmpty())
        return m_document.complain(path, u"has no name"_s);
    if (isTaken) {
        return m_document.complain(
            path, u"another argument of this operation is called \"%1\""_s.arg(argument.name));
    }
    operation.arguments.append(argument);
}

void OpenApiImporter::checkPathTemplate(const Operation &operation, const QString &path)
{
    if (!isSafeTemplate(operation.path)) {
        m_document.complain(path,
                            u"the path must begin with / and hold no dot segments, escapes, "
                            "spaces, ? or #"_s);
    }
    const auto names = templateNames(operation.path);
    for (const auto &argument : operation.arguments) {
        if (argument.place == ArgumentPlace::Path && names.count(argument.name) != 1) {
            m_document.complain(
                path, u"parameter \"%1\" must stand once in the path"_s.arg(argument.name));
        }
    }
    for (const auto &name : names) {
        const bool isKnown = std::any_of(
            operation.arguments.begin(), operation.arguments.end(), [&](const Argument &argument) {
                return argument.place == ArgumentPlace::Path && argument.name == name;
            });
        if (!isKnown)
            m_document.complain(path, u"no path parameter is called \"%1\""_s.arg(name));
    }
}

/// OpenAPI §Security Requirement Object: one of the alternatives suffices; the first that uses
/// OAuth is the one that Gatehouse can satisfy.
QStringList OpenApiImporter::readScopes(const Located &source, const Operation &operation)
{
    const auto owner = source.object.contains("security"_L1) ? source : m_document.root();
    const auto alternatives = m_document.resolvedList(owner, u"security"_s);
    QStringList scopes;
    for (const auto &alternative : alternatives) {
        if (const auto found = oauthScopes(alternative)) {
            scopes = *found;
            break;
        }
    }
    if (!scopes.isEmpty())
        return scopes;
    return {u"api:%1:%2"_s.arg(m_api.config.name, operation.isReading() ? u"read"_s : u"write"_s)};
}

std::optional<QStringList> OpenApiImporter::oauthScopes(const Located &requirement)
{
    const auto schemes = m_document.root().child(u"components"_s).child(u"securitySchemes"_s);
    std::optional<QStringList> scopes;
    for (auto it = requirement.object.begin(); it != requirement.object.end(); ++it) {
        if (!schemes.object.contains(it.key())) {
            m_document.complain(requirement.pathTo(it.key()),
                                u"is not among components.securitySchemes"_s);
            continue;
        }
        const auto type =
            m_document.resolved(schemes.child(it.key())).object.value("type"_L1).toString();
        if (type != "oauth2"_L1 && type != "openIdConnect"_L1)
            continue;
        scopes = scopes.value_or(QStringList()) + strings(it.value().toArray());
    }
    if (scopes) {
        scopes->removeDuplicates();
        // RFC 6749 §3.3: scope-token
        const bool allFine = std::all_of(scopes->begin(), scopes->end(), [](const QString &scope) {
            return matches(uR"([\x21\x23-\x5B\x5D-\x7E]+)"_s, scope);
        });
        if (!allFine)
            m_document.complain(requirement.path, u"holds something that is no scope"_s);
    }
    return scopes;
}

Result<ImportedApi> importApi(const ApiConfig &config, const QString &dataDir)
{
    QFile file(QDir(dataDir).filePath(config.openapi));
    if (!file.open(QIODevice::ReadOnly)) {
        return fail(Error{u"The OpenAPI document of \"%1\" cannot be read: %2: %3"_s.arg(
                              config.name, file.fileName(), file.errorString())}
                        .withRemedy(u"Check \"openapi\" of this API in gatehouse.json."_s));
    }
    return OpenApiImporter::import(config, file.read(OpenApiImporter::kLargestDocument + 1));
}

Result<QUrl> checkedBaseUrl(const ApiConfig &config)
{
    const auto &url = config.baseUrl;
    const bool isLocal = url.host() == "localhost"_L1 || QHostAddress(url.host()).isLoopback();
    const bool isSecure = url.scheme() == "https"_L1 || (url.scheme() == "http"_L1 && isLocal);
    const bool isPlain = url.userInfo().isEmpty() && !url.hasQuery() && !url.hasFragment();
    const bool isClean =
        isSafeTemplate(url.path(QUrl::FullyEncoded) + u'/') || url.path().isEmpty();
    if (url.isValid() && !url.host().isEmpty() && isSecure && isPlain && isClean)
        return url;
    return fail(Error{u"The baseUrl of \"%1\" cannot be used."_s.arg(config.name)}.withRemedy(
        u"Use an https address (http only on this machine) without user, query or fragment."_s));
}

} // namespace gatehouse::apis
