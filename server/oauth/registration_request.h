// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>
#include <oauth/oauth_error.h>

#include <QStringList>

namespace gatehouse::oauth {

/// What a program says about itself when it registers (RFC 7591 §2), with defaults filled in.
struct RegistrationRequest {
    QStringList redirectUris; ///< verbatim
    QString name;
    QString authMethod;
    QStringList grantTypes;
    QString applicationType; ///< native or web
};

/// A client's own description as JSON → RegistrationRequest. What is left out has a default; what
/// is not supported is an error (RFC 7591 §3.2.2).
[[nodiscard]] Result<RegistrationRequest, OAuthError> parseRegistration(const QByteArray &body);

} // namespace gatehouse::oauth
