// SPDX-License-Identifier: GPL-3.0-or-later
#include <oidc/tenant_network.h>

#include <base/body_once.h>
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
constexpr int kRequestTimeout = 408;
constexpr int kTooManyRequests = 429;
constexpr int kFirstServerError = 500;
/// Of a document that does not say how long it may be used.
constexpr std::chrono::seconds kAssumedFreshness = 1h;
/// A tenant that forbids caching is still not asked before each call.
constexpr std::chrono::seconds kShortestFreshness = 1min;
/// Nobody is left alone for longer than a person would wait.
constexpr std::chrono::seconds kLongestRetryAfter = 10min;

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

std::chrono::seconds usableFor(const http::CachingHeaders &headers, Instant now)
{
    if (headers.cacheControl.isEmpty() && headers.expires.isEmpty())
        return kAssumedFreshness;
    return std::max(http::freshnessOf(headers, now), kShortestFreshness);
}

Result<TenantDocument, TenantFailure> toDocument(const TenantAnswer &answer, const QUrl &url,
                                                 Instant now)
{
    const auto place = shownText(url.toString(QUrl::RemoveQuery), 200);
    if (auto trouble = troubleIn(answer, place))
        return fail(*std::move(trouble));
    const Error wrong{u"The tenant's answer makes no sense."_s,
                      u"Check the issuer in the configuration."_s};
    if (answer.status != 200) {
        return fail(TenantFailure{
            false, Error(wrong).withDetail(u"%1: status %2"_s.arg(place).arg(answer.status))});
    }
    auto object = parseJsonObject(answer.body);
    if (!object)
        return fail(TenantFailure{false, Error(wrong).withDetail(place + u": not JSON"_s)});
    return TenantDocument{*std::move(object), usableFor(answer.caching, now)};
}

/// RFC 9110 §10.2.3 allows a date too, which no tenant sends; it counts as not said.
std::chrono::seconds retryAfterOf(const QNetworkReply &reply)
{
    bool isNumber = false;
    const auto seconds = reply.rawHeader("Retry-After").trimmed().toUInt(&isNumber);
    return isNumber ? std::min(std::chrono::seconds(seconds), kLongestRetryAfter)
                    : std::chrono::seconds(0);
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
        return {0,
                {},
                shownText(reply.errorString(), 200),
                reply.error() == QNetworkReply::SslHandshakeFailedError};
    return {status,
            reply.isOpen() ? reply.readAll() : QByteArray(),
            {},
            false,
            reply.rawHeader("Content-Type"),
            retryAfterOf(reply),
            {reply.rawHeader("Cache-Control"), reply.rawHeader("Expires"), reply.rawHeader("Date"),
             reply.rawHeader("Age")}};
}

bool TenantAnswer::isPage() const
{
    return contentType.trimmed().toLower().startsWith("text/html")
        || body.trimmed().startsWith('<');
}

std::optional<TenantFailure> troubleIn(const TenantAnswer &answer, const QString &place)
{
    const int status = answer.status;
    if (answer.isUntrusted) {
        return TenantFailure{
            true,
            Error{u"The connection to the tenant is not secure, so nothing was sent."_s}
                .withRemedy(u"Another program or network may stand between. If your organisation "
                            "has a certificate of its own, install it on this computer."_s)
                .withDetail(u"%1: %2"_s.arg(place, answer.transportError))};
    }
    if (status == 0)
        return outage(u"%1: %2"_s.arg(place, answer.transportError));
    if (status == kTooManyRequests || status == kRequestTimeout || status >= kFirstServerError) {
        auto failure = outage(u"%1: status %2"_s.arg(place).arg(status));
        failure.retryAfter = answer.retryAfter;
        if (status == kTooManyRequests) {
            failure.error.message = u"The tenant gets more requests than it allows."_s;
            failure.error.remedy = u"Try again in a while."_s;
        }
        return failure;
    }
    if (status == 200 && answer.isPage()) {
        return TenantFailure{
            true,
            Error{u"Something else answered in place of the tenant."_s}
                .withRemedy(u"If this network has a sign-in page of its own, sign in there with a "
                            "browser; else check the issuer in the configuration."_s)
                .withDetail(place + u": a page instead of JSON"_s)};
    }
    return std::nullopt;
}

TenantFailure outage(const QString &detail)
{
    return {
        true,
        Error{u"The tenant cannot be reached."_s}
            .withRemedy(
                u"Check the network connection, then try again. `gatehouse doctor` says what is wrong."_s)
            .withDetail(detail)};
}

TenantNetwork::TenantNetwork(Clock &clock) : m_clock(clock)
{
    setProxyFactory(new ProxiesExceptLoopback);
    setAutoDeleteReplies(true);
}

void TenantNetwork::getJson(const QUrl &url, QObject *context,
                            Callback<TenantDocument, TenantFailure> then)
{
    auto *reply = get(QNetworkRequest(url));
    connect(reply, &QNetworkReply::finished, context, [this, reply, url, then = std::move(then)] {
        then(toDocument(readAnswer(*reply), url, m_clock.now()));
    });
}

void TenantNetwork::postForm(const QUrl &url, const QByteArray &form, const Secret &authorization,
                             QObject *context,
                             const std::function<void(const TenantAnswer &)> &then)
{
    QNetworkRequest request(url);
    request.setHeader(QNetworkRequest::ContentTypeHeader,
                      QByteArray("application/x-www-form-urlencoded"));
    auto *reply = replyMadeBy([&] { post(request, form); }, authorization);
    connect(reply, &QNetworkReply::finished, context, [reply, then] { then(readAnswer(*reply)); });
}

QNetworkReply *TenantNetwork::replyMadeBy(const std::function<void()> &work,
                                          const Secret &authorization)
{
    m_latestReply.clear();
    m_authorization = authorization;
    work();
    m_authorization = {};
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
    if (!m_authorization.isEmpty())
        request.setRawHeader("Authorization", m_authorization.reveal());

    // A refresh token or a code that comes twice looks stolen to the tenant (RFC 9700 §4.14.2).
    BodyOnce *once = nullptr;
    if (body != nullptr) {
        const auto form = body->readAll();
        request.setHeader(QNetworkRequest::ContentLengthHeader, form.size());
        request.setAttribute(QNetworkRequest::DoNotBufferUploadDataAttribute, true);
        once = new BodyOnce(form, this);
    }
    auto *reply = QNetworkAccessManager::createRequest(operation, request, once);
    if (once != nullptr)
        once->setParent(reply);
    connect(reply, &QIODevice::readyRead, reply, [reply] {
        if (reply->bytesAvailable() > kLargestAnswer)
            reply->abort();
    });
    m_clock.after(kWholeCall, reply, [reply] { reply->abort(); });
    m_latestReply = reply;
    return reply;
}

} // namespace gatehouse::oidc
