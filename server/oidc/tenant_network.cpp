// SPDX-License-Identifier: GPL-3.0-or-later
#include <oidc/tenant_network.h>

#include <base/json.h>
#include <base/text.h>

#include <QHostAddress>
#include <QNetworkProxy>

namespace gatehouse::oidc {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 kLargestAnswer = 1024 * 1024;
constexpr auto kSilence = 10s;
// The transfer timeout starts again with every byte; this one does not.
constexpr auto kWholeCall = 30s;
constexpr int kTooManyRequests = 429;
constexpr int kFirstServerError = 500;

bool isLoopback(const QString &host)
{
    return host.compare("localhost"_L1, Qt::CaseInsensitive) == 0
        || QHostAddress(host).isLoopback();
}

/// The system's proxies, except for loopback: a proxy would look for the tenant on itself.
class ProxiesExceptLoopback final : public QNetworkProxyFactory {
public:
    QList<QNetworkProxy> queryProxy(const QNetworkProxyQuery &query) override
    {
        if (isLoopback(query.peerHostName()))
            return {QNetworkProxy(QNetworkProxy::NoProxy)};
        return systemProxyForQuery(query);
    }
};

Result<QJsonObject, TenantFailure> toJson(const TenantAnswer &answer, const QUrl &url)
{
    const auto place = shownText(url.toString(QUrl::RemoveQuery), 200);
    if (answer.status == 0)
        return fail(outage(u"%1: %2"_s.arg(place, answer.transportError)));
    if (answer.status == kTooManyRequests || answer.status >= kFirstServerError)
        return fail(outage(u"%1: status %2"_s.arg(place).arg(answer.status)));
    const Error wrong{u"The tenant's answer makes no sense."_s,
                      u"Check the issuer in the configuration."_s};
    if (answer.status != 200) {
        return fail(TenantFailure{
            false, Error(wrong).withDetail(u"%1: status %2"_s.arg(place).arg(answer.status))});
    }
    auto object = parseJsonObject(answer.body);
    if (!object)
        return fail(TenantFailure{false, Error(wrong).withDetail(place + u": not JSON"_s)});
    return *std::move(object);
}

} // namespace

bool isAcceptableTenantUrl(const QUrl &url)
{
    const bool protectedOrLocal =
        url.scheme() == "https"_L1 || (url.scheme() == "http"_L1 && isLoopback(url.host()));
    return url.isValid() && protectedOrLocal && !url.host().isEmpty() && url.userInfo().isEmpty()
        && !url.hasFragment();
}

TenantAnswer readAnswer(QNetworkReply &reply)
{
    // Codes below 200 are about the transport (QNetworkReply::NetworkError); a reply may have a
    // status and still have broken off.
    const bool broken = reply.error() != QNetworkReply::NoError
        && reply.error() < QNetworkReply::ContentAccessDenied;
    const int status = reply.attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    if (broken || status == 0)
        return {0, {}, shownText(reply.errorString(), 200)};
    return {status, reply.isOpen() ? reply.readAll() : QByteArray(), {}};
}

TenantFailure outage(const QString &detail)
{
    return {true,
            Error{u"The tenant cannot be reached."_s}
                .withRemedy(u"Check the network connection, then try again."_s)
                .withDetail(detail)};
}

TenantNetwork::TenantNetwork(Clock &clock) : m_clock(clock)
{
    setProxyFactory(new ProxiesExceptLoopback);
    setAutoDeleteReplies(true);
}

void TenantNetwork::getJson(const QUrl &url, QObject *context,
                            Callback<QJsonObject, TenantFailure> then)
{
    auto *reply = get(QNetworkRequest(url));
    connect(reply, &QNetworkReply::finished, context,
            [reply, url, then = std::move(then)] { then(toJson(readAnswer(*reply), url)); });
}

QNetworkReply *TenantNetwork::replyMadeBy(const std::function<void()> &work)
{
    m_latestReply.clear();
    work();
    return m_latestReply;
}

QNetworkReply *TenantNetwork::createRequest(Operation operation, const QNetworkRequest &original,
                                            QIODevice *body)
{
    QNetworkRequest request(original);
    request.setAttribute(QNetworkRequest::RedirectPolicyAttribute,
                         QNetworkRequest::ManualRedirectPolicy);
    request.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::AuthenticationReuseAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::CacheLoadControlAttribute,
                         QNetworkRequest::AlwaysNetwork);
    request.setAttribute(QNetworkRequest::CacheSaveControlAttribute, false);
    request.setTransferTimeout(static_cast<int>(std::chrono::milliseconds(kSilence).count()));
    request.setRawHeader("Accept", "application/json");
    // The size limit counts what arrives; a compressed megabyte could become a gigabyte.
    request.setRawHeader("Accept-Encoding", "identity");

    auto *reply = QNetworkAccessManager::createRequest(operation, request, body);
    connect(reply, &QIODevice::readyRead, reply, [reply] {
        if (reply->bytesAvailable() > kLargestAnswer)
            reply->abort();
    });
    m_clock.after(kWholeCall, reply, [reply] { reply->abort(); });
    m_latestReply = reply;
    return reply;
}

} // namespace gatehouse::oidc
