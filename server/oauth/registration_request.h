// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>
#include <oauth/oauth_error.h>

#include <QStringList>

namespace gatehouse::oauth {

/// What a client asks to be registered as, checked.
struct RegistrationRequest {
    QStringList redirectUris;
    QString name;
    QString authMethod;
    QStringList grantTypes;
};

/// Client metadata (RFC 7591 §2): what is left out has a default; what we do not support is an
/// error.
[[nodiscard]] Result<RegistrationRequest, OAuthError> parseRegistration(const QByteArray &body);

} // namespace gatehouse::oauth
