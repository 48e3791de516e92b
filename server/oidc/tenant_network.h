// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <base/result.h>
#include <base/secret.h>
#include <http/freshness.h>

#include <QJsonObject>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QPointer>
#include <QUrl>

#include <functional>
#include <optional>

namespace gatehouse::oidc {

/// Why the tenant gave no usable answer. `temporary` when trying again later may help.
struct TenantFailure {
    bool temporary = false;
    Error error;
    /// How long the tenant asks to be left alone (RFC 9110 §10.2.3); zero when it does not say.
    std::chrono::seconds retryAfter{0};
};

/// True for https, and for http on loopback; without user information and fragment. Everything that
/// is sent to a tenant goes to such a URL.
[[nodiscard]] bool isAcceptableTenantUrl(const QUrl &url);

/// What one call to the tenant came to: status 0 without a complete HTTP answer.
struct TenantAnswer {
    int status = 0;
    QByteArray body;
    QString transportError; ///< for the log, when status is 0
    bool isUntrusted = false; ///< the certificate was not accepted, so nothing was said
    QByteArray contentType = {};
    std::chrono::seconds retryAfter{0};
    http::CachingHeaders caching = {};

    /// A page for people, where there should be data: the sign-in page of a hotel's network answers
    /// so, whoever is asked.
    [[nodiscard]] bool isPage() const;
};
/// Reads a finished reply.
[[nodiscard]] TenantAnswer readAnswer(QNetworkReply &reply);

/// "The tenant cannot be reached", with the reason for the log.
[[nodiscard]] TenantFailure outage(const QString &detail);
/// What a complete answer is that can only be the network's or a tenant's in trouble (408, 429,
/// 5xx, a page), or nothing. `place` is for the log.
[[nodiscard]] std::optional<TenantFailure> troubleIn(const TenantAnswer &answer,
                                                     const QString &place);

/// A JSON document of the tenant, and how long it may be used.
struct TenantDocument {
    QJsonObject object;
    std::chrono::seconds freshFor; ///< by its headers (RFC 9111 §4.2), between a minute and a day
};

/// All connections to the tenant. Lives as long as the relying party. Every request gets the same
/// rules: no redirects, no cookies, no stored credentials, no cache, at most 1 MiB, 10 s of silence
/// and 30 s in all; TLS errors end it.
class TenantNetwork final : public QNetworkAccessManager {
    Q_OBJECT

public:
    explicit TenantNetwork(Clock &clock);

    /// Fetches a JSON object; anything but a 200 is a failure.
    void getJson(const QUrl &url, QObject *context, Callback<TenantDocument, TenantFailure> then);
    /// Sends a form and answers with whatever came back.
    void postForm(const QUrl &url, const QByteArray &form, const Secret &authorization,
                  QObject *context, const std::function<void(const TenantAnswer &)> &then);
    /// The reply to the request that `work` makes, or null when it made none: for a flow that does
    /// not hand out its replies. `authorization` is sent as the header of that name, unless empty.
    [[nodiscard]] QNetworkReply *replyMadeBy(const std::function<void()> &work,
                                             const Secret &authorization = {});

protected:
    QNetworkReply *createRequest(Operation operation, const QNetworkRequest &request,
                                 QIODevice *body) override;

private:
    Clock &m_clock;
    QPointer<QNetworkReply> m_latestReply;
    Secret m_authorization; ///< of the request that is being made
};

} // namespace gatehouse::oidc
