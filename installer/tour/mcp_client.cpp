// SPDX-License-Identifier: GPL-3.0-or-later
#include "mcp_client.h"

#include <QtCore/QCryptographicHash>
#include <QtCore/QHash>
#include <QtCore/QJsonDocument>
#include <QtCore/QRandomGenerator>
#include <QtCore/QRegularExpression>
#include <QtCore/QUrlQuery>
#include <QtNetwork/QHostAddress>

#include <array>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace gatehouse::tour {

namespace {

constexpr auto kRevision = "2025-11-25";

/// 256 random bits, as URL-safe text.
QString randomText()
{
    std::array<quint32, 8> words{};
    QRandomGenerator::system()->generate(words.begin(), words.end());
    const QByteArray bytes(reinterpret_cast<const char *>(words.data()), sizeof words);
    return QString::fromLatin1(
        bytes.toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals));
}

QByteArray toJson(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

QByteArray formEncode(const QList<std::pair<QString, QString>> &fields)
{
    QByteArray text;
    for (const auto &[name, value] : fields)
        text += (text.isEmpty() ? ""_ba : "&"_ba) + QUrl::toPercentEncoding(name) + '='
            + QUrl::toPercentEncoding(value);
    return text;
}

QStringList stringList(const QJsonValue &value)
{
    QStringList list;
    for (const QJsonValue &item : value.toArray())
        list.append(item.toString());
    return list;
}

/// A JSON answer, or the one message in a stream that answers it.
QJsonObject rpcAnswer(Exchange &exchange)
{
    if (!exchange.head().header("content-type").startsWith("text/event-stream"))
        return exchange.finish().json();
    while (true) {
        const QJsonObject message =
            QJsonDocument::fromJson(exchange.event("message"_ba, 10s)).object();
        if (message.contains("id"_L1) && !message.contains("method"_L1))
            return message;
    }
}

} // namespace

QJsonValue toolOutput(const QJsonObject &result)
{
    if (result.contains("structuredContent"_L1))
        return result["structuredContent"_L1];
    const QString text = result["content"_L1].toArray().first().toObject()["text"_L1].toString();
    const QJsonArray wrapped = QJsonDocument::fromJson('[' + text.toUtf8() + ']').array();
    return wrapped.isEmpty() ? QJsonValue(text) : wrapped.first();
}

McpClient::McpClient(QString name, QUrl endpoint)
    : m_name(std::move(name)), m_endpoint(std::move(endpoint))
{
    require(m_listener.listen(QHostAddress::LocalHost), u"the client gets no port of its own"_s);
}

QUrl McpClient::redirectUri() const
{
    return QUrl(u"http://127.0.0.1:%1/callback"_s.arg(m_listener.serverPort()));
}

QUrl McpClient::challenge() const
{
    const Answer answer = send({"POST"_ba,
                                m_endpoint,
                                {{"Content-Type"_ba, "application/json"_ba},
                                 {"Accept"_ba, "application/json, text/event-stream"_ba}},
                                R"({"jsonrpc":"2.0","id":1,"method":"ping"})"_ba});
    require(answer.status == 401, u"without a token %1 instead of 401"_s.arg(answer.status));
    static const QRegularExpression pattern(u"^Bearer .*resource_metadata=\"([^\"]+)\""_s);
    const QRegularExpressionMatch match =
        pattern.match(QString::fromLatin1(answer.header("www-authenticate")));
    require(match.hasMatch(), u"the 401 has no resource_metadata in WWW-Authenticate"_s);
    return QUrl(match.captured(1));
}

void McpClient::discover(const QUrl &resourceMetadata)
{
    const QJsonObject resource = send({"GET"_ba, resourceMetadata, {}, {}}).json();
    m_discovery.resource = resource["resource"_L1].toString();
    m_discovery.scopes = stringList(resource["scopes_supported"_L1]);
    require(QUrl(m_discovery.resource) == m_endpoint,
            u"the metadata speak of \"%1\", not of %2"_s.arg(m_discovery.resource,
                                                             m_endpoint.toString()));
    const QStringList servers = stringList(resource["authorization_servers"_L1]);
    require(servers.size() == 1, u"the metadata name no authorization server"_s);

    const QUrl address(servers.first() + u"/.well-known/oauth-authorization-server"_s);
    const QJsonObject server = send({"GET"_ba, address, {}, {}}).json();
    m_discovery.issuer = server["issuer"_L1].toString();
    // RFC 8414 §3.3
    require(m_discovery.issuer == servers.first(), u"the issuer is not the one that was asked"_s);
    require(stringList(server["code_challenge_methods_supported"_L1]).contains(u"S256"_s),
            u"PKCE with S256 is not offered"_s);
    m_discovery.authorizationEndpoint = QUrl(server["authorization_endpoint"_L1].toString());
    m_discovery.tokenEndpoint = QUrl(server["token_endpoint"_L1].toString());
    m_discovery.registrationEndpoint = QUrl(server["registration_endpoint"_L1].toString());
    for (const QUrl &endpoint : {m_discovery.authorizationEndpoint, m_discovery.tokenEndpoint,
                                 m_discovery.registrationEndpoint})
        require(endpoint.isValid() && !endpoint.host().isEmpty(), u"an endpoint is missing"_s);
}

QString McpClient::registerClient()
{
    const QJsonObject metadata{
        {u"client_name"_s, m_name},
        {u"redirect_uris"_s, QJsonArray{redirectUri().toString()}},
        {u"grant_types"_s, QJsonArray{u"authorization_code"_s, u"refresh_token"_s}},
        {u"response_types"_s, QJsonArray{u"code"_s}},
        {u"token_endpoint_auth_method"_s, u"none"_s}};
    const Answer answer = send({"POST"_ba,
                                m_discovery.registrationEndpoint,
                                {{"Content-Type"_ba, "application/json"_ba}},
                                toJson(metadata)});
    require(answer.status == 201, u"registration answers %1"_s.arg(answer.status));
    m_clientId = answer.json()["client_id"_L1].toString();
    require(!m_clientId.isEmpty(), u"registration gives no client_id"_s);
    return m_clientId;
}

QUrl McpClient::authorizeUrl()
{
    m_state = randomText();
    m_verifier = randomText();
    const QByteArray challenge =
        QCryptographicHash::hash(m_verifier.toLatin1(), QCryptographicHash::Sha256)
            .toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
    // Billing is left out, so that asking for it later has something to refuse.
    QStringList scopes = m_discovery.scopes;
    scopes.removeAll(u"read:billing"_s);
    QUrl url = m_discovery.authorizationEndpoint;
    url.setQuery(
        QString::fromLatin1(formEncode({{u"response_type"_s, u"code"_s},
                                        {u"client_id"_s, m_clientId},
                                        {u"redirect_uri"_s, redirectUri().toString()},
                                        {u"scope"_s, scopes.join(u' ')},
                                        {u"state"_s, m_state},
                                        {u"code_challenge"_s, QString::fromLatin1(challenge)},
                                        {u"code_challenge_method"_s, u"S256"_s},
                                        {u"resource"_s, m_discovery.resource}})));
    return url;
}

QHash<QString, QString> McpClient::checkRedirect(const QUrl &redirect) const
{
    QHash<QString, QString> parameters;
    for (const auto &[name, value] : QUrlQuery(redirect).queryItems(QUrl::FullyDecoded)) {
        require(!parameters.contains(name), u"\"%1\" comes back twice"_s.arg(name));
        parameters.insert(name, value);
    }
    require(parameters.value(u"state"_s) == m_state, u"the state is not the one that was sent"_s);
    require(parameters.value(u"iss"_s) == m_discovery.issuer,
            u"iss is \"%1\" instead of %2"_s.arg(parameters.value(u"iss"_s), m_discovery.issuer));
    return parameters;
}

Answer McpClient::postForm(const QUrl &endpoint,
                           const QList<std::pair<QString, QString>> &fields) const
{
    return send({"POST"_ba,
                 endpoint,
                 {{"Content-Type"_ba, "application/x-www-form-urlencoded"_ba},
                  {"Accept"_ba, "application/json"_ba}},
                 formEncode(fields)});
}

Tokens McpClient::tokensOf(const Answer &answer) const
{
    const QJsonObject body = answer.json();
    require(
        answer.status == 200,
        u"the token endpoint answers %1, %2"_s.arg(answer.status).arg(body["error"_L1].toString()));
    require(body["token_type"_L1].toString().toLower() == "bearer"_L1,
            u"token_type is not Bearer"_s);
    Tokens tokens{body["access_token"_L1].toString(), body["refresh_token"_L1].toString()};
    require(!tokens.access.isEmpty(), u"the answer has no access_token"_s);
    require(!tokens.refresh.isEmpty(), u"the answer has no refresh_token"_s);
    return tokens;
}

Tokens McpClient::redeem(const QString &code) const
{
    return tokensOf(postForm(m_discovery.tokenEndpoint,
                             {{u"grant_type"_s, u"authorization_code"_s},
                              {u"client_id"_s, m_clientId},
                              {u"code"_s, code},
                              {u"redirect_uri"_s, redirectUri().toString()},
                              {u"code_verifier"_s, m_verifier},
                              {u"resource"_s, m_discovery.resource}}));
}

Tokens McpClient::refresh() const
{
    return tokensOf(postForm(m_discovery.tokenEndpoint,
                             {{u"grant_type"_s, u"refresh_token"_s},
                              {u"client_id"_s, m_clientId},
                              {u"refresh_token"_s, m_tokens.refresh},
                              {u"resource"_s, m_discovery.resource}}));
}

Headers McpClient::mcpHeaders(const QByteArray &accept) const
{
    Headers headers{{"Authorization"_ba, "Bearer " + m_tokens.access.toLatin1()},
                    {"Accept"_ba, accept}};
    if (!m_session.isEmpty())
        headers.append({"Mcp-Session-Id"_ba, m_session});
    if (!m_revision.isEmpty())
        headers.append({"MCP-Protocol-Version"_ba, m_revision});
    return headers;
}

Answer McpClient::post(const QUrl &endpoint, const QJsonObject &message) const
{
    Headers headers = mcpHeaders("application/json, text/event-stream"_ba);
    headers.append({"Content-Type"_ba, "application/json"_ba});
    return send({"POST"_ba, endpoint, headers, toJson(message)});
}

QJsonObject McpClient::request(const QString &method, const QJsonObject &params)
{
    return {{u"jsonrpc"_s, u"2.0"_s},
            {u"id"_s, ++m_lastId},
            {u"method"_s, method},
            {u"params"_s, params}};
}

QJsonObject McpClient::initialize()
{
    m_session.clear();
    m_revision.clear();
    Headers headers = mcpHeaders("application/json, text/event-stream"_ba);
    headers.append({"Content-Type"_ba, "application/json"_ba});
    const QJsonObject params{
        {u"protocolVersion"_s, QString::fromLatin1(kRevision)},
        {u"capabilities"_s, QJsonObject()},
        {u"clientInfo"_s, QJsonObject{{u"name"_s, m_name}, {u"version"_s, u"1.0"_s}}}};
    Exchange exchange({"POST"_ba, m_endpoint, headers, toJson(request(u"initialize"_s, params))});
    require(exchange.head().status == 200, u"initialize answers %1"_s.arg(exchange.head().status));
    m_session = exchange.head().header("mcp-session-id");
    const QJsonObject result = rpcAnswer(exchange)["result"_L1].toObject();
    require(result["protocolVersion"_L1].toString() == QString::fromLatin1(kRevision),
            u"the server speaks \"%1\""_s.arg(result["protocolVersion"_L1].toString()));
    m_revision = kRevision;
    const Answer noted =
        post(m_endpoint, {{u"jsonrpc"_s, u"2.0"_s}, {u"method"_s, u"notifications/initialized"_s}});
    require(noted.status == 202, u"a notification answers %1 instead of 202"_s.arg(noted.status));
    return result;
}

QJsonObject McpClient::rpc(const QString &method, const QJsonObject &params)
{
    Headers headers = mcpHeaders("application/json, text/event-stream"_ba);
    headers.append({"Content-Type"_ba, "application/json"_ba});
    Exchange exchange({"POST"_ba, m_endpoint, headers, toJson(request(method, params))});
    require(exchange.head().status == 200,
            u"%1 answers %2"_s.arg(method).arg(exchange.head().status));
    const QJsonObject answer = rpcAnswer(exchange);
    require(answer["id"_L1].toInt() == m_lastId, u"%1: the answer has another id"_s.arg(method));
    require(answer.contains("result"_L1),
            u"%1: %2"_s.arg(method, answer["error"_L1].toObject()["message"_L1].toString()));
    return answer["result"_L1].toObject();
}

QJsonObject McpClient::callTool(const QString &tool, const QJsonObject &arguments)
{
    return rpc(u"tools/call"_s, {{u"name"_s, tool}, {u"arguments"_s, arguments}});
}

Answer McpClient::tryTool(const QString &tool)
{
    return post(m_endpoint,
                request(u"tools/call"_s, {{u"name"_s, tool}, {u"arguments"_s, QJsonObject()}}));
}

std::unique_ptr<Exchange> McpClient::openStream(const QUrl &endpoint) const
{
    auto stream = std::make_unique<Exchange>(
        Call{"GET"_ba, endpoint, mcpHeaders("text/event-stream"_ba), {}});
    require(stream->head().status == 200,
            u"the stream at %1 answers %2"_s.arg(endpoint.path()).arg(stream->head().status));
    return stream;
}

} // namespace gatehouse::tour
