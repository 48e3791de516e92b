// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>

#include <QNetworkReply>
#include <QUrl>

#include <optional>

namespace gatehouse::oidc {

/// All that a check looks at in one answer of the tenant. A value.
struct TenantReply {
    QUrl url; ///< asked
    int status = 0; ///< 0 without a complete HTTP answer
    QNetworkReply::NetworkError error = QNetworkReply::NoError;
    QString errorText = {}; ///< of the transport, made harmless
    QByteArray body = {};
    bool isHtml = false;
    QUrl location = {}; ///< where a redirect leads
    std::optional<Instant> date = {}; ///< the tenant's clock (RFC 9110 §6.6.1)

    [[nodiscard]] bool isRedirect() const { return status / 100 == 3 && location.isValid(); }
    /// Answers that another try may change.
    [[nodiscard]] bool isBusy() const { return status == 408 || status == 429 || status >= 500; }
};

/// Reads a finished reply.
[[nodiscard]] TenantReply readTenantReply(QNetworkReply &reply);

} // namespace gatehouse::oidc
