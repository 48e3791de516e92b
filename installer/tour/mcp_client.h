// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire.h"

#include <QtCore/QJsonArray>
#include <QtCore/QStringList>
#include <QtNetwork/QTcpServer>

namespace gatehouse::tour {

/// What a client learned about the server (RFC 9728, RFC 8414).
struct Discovery {
    QString resource;
    QString issuer;
    QUrl authorizationEndpoint;
    QUrl tokenEndpoint;
    QUrl registrationEndpoint;
    QStringList scopes;
};

/// An answer of the token endpoint (RFC 6749 §5.1).
struct Tokens {
    QString access;
    QString refresh;
};

/// One MCP client that is new to the server: discovers, registers, asks for access, calls tools.
/// Lives as long as the tour. It holds its own redirect port, as a real one does.
class McpClient {
public:
    McpClient(QString name, QUrl endpoint);

    const QString &name() const { return m_name; }
    QUrl redirectUri() const;
    const Discovery &discovery() const { return m_discovery; }
    const Tokens &tokens() const { return m_tokens; }
    void setTokens(Tokens tokens) { m_tokens = std::move(tokens); }

    /// The challenge of an answer without a token (RFC 6750 §3): the address of the resource's
    /// metadata.
    QUrl challenge() const;
    /// Follows the challenge to both metadata documents.
    void discover(const QUrl &resourceMetadata);
    /// Registers dynamically (RFC 7591); its client_id.
    QString registerClient();
    /// The address to open in the browser, with a fresh state and PKCE challenge.
    QUrl authorizeUrl();
    /// Checks state and iss (RFC 9207) of what the browser brought back; the parameters.
    QHash<QString, QString> checkRedirect(const QUrl &redirect) const;
    /// Redeems the code.
    Tokens redeem(const QString &code) const;
    /// Uses the refresh token; the new pair.
    Tokens refresh() const;

    /// Starts a session; the server's answer.
    QJsonObject initialize();
    /// Calls a JSON-RPC method; the result. Throws on an error answer.
    QJsonObject rpc(const QString &method, const QJsonObject &params);
    /// Calls a tool; its result.
    QJsonObject callTool(const QString &tool, const QJsonObject &arguments = {});
    /// The bare HTTP answer to a tool call, for refusals.
    Answer tryTool(const QString &tool);
    /// Opens the session's stream, or one of the older transport at @p endpoint.
    std::unique_ptr<Exchange> openStream(const QUrl &endpoint) const;
    QUrl endpoint() const { return m_endpoint; }
    /// Posts a JSON-RPC message of the older transport.
    Answer post(const QUrl &endpoint, const QJsonObject &message) const;

private:
    Answer postForm(const QUrl &endpoint, const QList<std::pair<QString, QString>> &fields) const;
    Tokens tokensOf(const Answer &answer) const;
    Headers mcpHeaders(const QByteArray &accept) const;
    QJsonObject request(const QString &method, const QJsonObject &params);

    QString m_name;
    QUrl m_endpoint;
    QTcpServer m_listener;
    Discovery m_discovery;
    QString m_clientId;
    QString m_state;
    QString m_verifier;
    Tokens m_tokens;
    QByteArray m_session;
    QByteArray m_revision;
    int m_lastId = 0;
};

/// The JSON that a tool answered: its structured content, or the text of its first content block.
QJsonValue toolOutput(const QJsonObject &result);

} // namespace gatehouse::tour
