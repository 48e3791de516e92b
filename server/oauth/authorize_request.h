// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>
#include <http/form.h>
#include <oauth/scope_catalog.h>
#include <store/records.h>

#include <variant>

namespace gatehouse::oauth {

/// The redirect URI is not trusted: the error is shown here and goes nowhere else.
struct PageError {
    QString code; ///< as in JSON answers and under "Details for support"
    QString title;
    QString explanation;
    QString advice;
    QString clientName = {};
    QString address = {};
};

/// The client and its redirect URI are known: the error goes back to it (RFC 6749 §4.1.2.1).
struct RedirectError {
    QString redirectUri;
    QString state;
    QString code;
    QString description;
};

using AuthorizeFailure = std::variant<PageError, RedirectError>;

/// An authorization request whose every parameter has been checked.
struct AuthorizeRequest {
    store::Client client;
    QString redirectUri;
    bool redirectUriGiven = false;
    QString state;
    QString codeChallenge;
    QStringList scopes;
    QString resource;
    QString prompt;
    QString loginHint;
    QString maxAge;
};

/// The parameters of a known client → AuthorizeRequest or AuthorizeFailure, by checks in a fixed
/// order. Who the client is says ClientResolver.
class AuthorizeRequestParser {
public:
    AuthorizeRequestParser(const ScopeCatalog &scopes, quint16 port)
        : m_scopes(scopes), m_port(port)
    {
    }
    [[nodiscard]] Result<AuthorizeRequest, AuthorizeFailure>
    parse(const http::FormParameters &parameters, const store::Client &client) const;

private:
    struct Checking;
    using Check = std::optional<AuthorizeFailure> (AuthorizeRequestParser::*)(Checking &) const;

    [[nodiscard]] std::optional<AuthorizeFailure> checkRedirectUri(Checking &) const;
    [[nodiscard]] std::optional<AuthorizeFailure> checkState(Checking &) const;
    [[nodiscard]] std::optional<AuthorizeFailure> checkUnsupported(Checking &) const;
    [[nodiscard]] std::optional<AuthorizeFailure> checkResponseType(Checking &) const;
    [[nodiscard]] std::optional<AuthorizeFailure> checkPkce(Checking &) const;
    [[nodiscard]] std::optional<AuthorizeFailure> checkScope(Checking &) const;
    [[nodiscard]] std::optional<AuthorizeFailure> checkResource(Checking &) const;
    [[nodiscard]] std::optional<AuthorizeFailure> checkSignInHints(Checking &) const;

    const ScopeCatalog &m_scopes;
    quint16 m_port;
};

} // namespace gatehouse::oauth
