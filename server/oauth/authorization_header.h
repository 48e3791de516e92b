// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

#include <optional>

namespace gatehouse::oauth {

/// The token of an Authorization header (RFC 6750 §2.1). Nothing for another scheme; an empty token
/// for a malformed value.
[[nodiscard]] std::optional<QByteArray> bearerToken(QByteArrayView authorization);

struct BasicCredentials {
    QString user;
    QByteArray password;
};

[[nodiscard]] bool isBasic(QByteArrayView authorization);

/// Client credentials of an Authorization header that isBasic() (RFC 6749 §2.3.1: both halves are
/// form-encoded inside). Nothing for a malformed value.
[[nodiscard]] std::optional<BasicCredentials> basicCredentials(QByteArrayView authorization);

} // namespace gatehouse::oauth
