// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <base/result.h>

#include <QJsonObject>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QPointer>
#include <QUrl>

#include <functional>

namespace gatehouse::oidc {

/// Why the tenant gave no usable answer. `temporary` when trying again later may help.
struct TenantFailure {
    bool temporary = false;
    Error error;
};

/// True for https, and for http on loopback; without user information and fragment. Everything that
/// is sent to a tenant goes to such a URL.
[[nodiscard]] bool isAcceptableTenantUrl(const QUrl &url);

/// What one call to the tenant came to: status 0 without a complete HTTP answer.
struct TenantAnswer {
    int status = 0;
    QByteArray body;
    QString transportError; ///< for the log, when status is 0
};
/// Reads a finished reply.
[[nodiscard]] TenantAnswer readAnswer(QNetworkReply &reply);

/// "The tenant cannot be reached", with the reason for the log.
[[nodiscard]] TenantFailure outage(const QString &detail);

/// All connections to the tenant. Lives as long as the relying party. Every request gets the same
/// rules: no redirects, no cookies, no stored credentials, no cache, at most 1 MiB, 10 s of silence
/// and 30 s in all; TLS errors end it.
class TenantNetwork final : public QNetworkAccessManager {
    Q_OBJECT

public:
    explicit TenantNetwork(Clock &clock);

    /// Fetches a JSON object; anything but a 200 is a failure.
    void getJson(const QUrl &url, QObject *context, Callback<QJsonObject, TenantFailure> then);
    /// The reply to the request that `work` makes, or null when it made none: for a flow that does
    /// not hand out its replies.
    [[nodiscard]] QNetworkReply *replyMadeBy(const std::function<void()> &work);

protected:
    QNetworkReply *createRequest(Operation operation, const QNetworkRequest &request,
                                 QIODevice *body) override;

private:
    Clock &m_clock;
    QPointer<QNetworkReply> m_latestReply;
};

} // namespace gatehouse::oidc
