// SPDX-License-Identifier: GPL-3.0-or-later
#include <apis/api_network.h>

#include <base/body_once.h>

#include <QNetworkCookieJar>
#include <QNetworkRequest>

#include <algorithm>

namespace gatehouse::apis {

namespace {

/// Qt opens at most six connections to one host per manager; further calls would wait for slow
/// ones.
constexpr int kCallsPerManager = 6;
constexpr size_t kMostManagers = 8;

/// One person's cookie must not go out with another's token.
class NoCookies final : public QNetworkCookieJar {
public:
    [[nodiscard]] QList<QNetworkCookie> cookiesForUrl(const QUrl &) const override { return {}; }
    bool setCookiesFromUrl(const QList<QNetworkCookie> &, const QUrl &) override { return false; }
};

QNetworkRequest networkRequest(const ApiRequest &request, const Secret &token)
{
    QNetworkRequest network(request.url);
    network.setRawHeader("Authorization", "Bearer " + token.reveal());
    network.setRawHeader("Accept", "application/json");
    network.setRawHeader("User-Agent", "Gatehouse/" GATEHOUSE_VERSION);
    if (request.body)
        network.setRawHeader("Content-Type", "application/json");
    network.setAttribute(QNetworkRequest::RedirectPolicyAttribute,
                         QNetworkRequest::ManualRedirectPolicy);
    network.setAttribute(QNetworkRequest::CacheLoadControlAttribute,
                         QNetworkRequest::AlwaysNetwork);
    network.setAttribute(QNetworkRequest::CacheSaveControlAttribute, false);
    network.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
    network.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    network.setAttribute(QNetworkRequest::AuthenticationReuseAttribute, QNetworkRequest::Manual);
    return network;
}

std::unique_ptr<QNetworkReply> sendWith(QNetworkAccessManager &manager, const ApiRequest &request,
                                        QNetworkRequest head)
{
    const bool onlyReads = request.method == "GET" || request.method == "HEAD";
    if (onlyReads && !request.body) {
        return std::unique_ptr<QNetworkReply>(manager.sendCustomRequest(head, request.method));
    }
    const auto text = request.body.value_or(QByteArray());
    // Both are needed for a body that comes from a device.
    head.setHeader(QNetworkRequest::ContentLengthHeader, text.size());
    head.setAttribute(QNetworkRequest::DoNotBufferUploadDataAttribute, true);
    auto *const body = new BodyOnce(text, &manager);
    std::unique_ptr<QNetworkReply> reply(manager.sendCustomRequest(head, request.method, body));
    body->setParent(reply.get());
    return reply;
}

} // namespace

std::unique_ptr<QNetworkReply> ApiNetwork::send(const ApiRequest &request, const Secret &token)
{
    const auto &value = token.reveal();
    const bool isFit = !value.isEmpty()
        && std::all_of(value.begin(), value.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    if (!isFit)
        return nullptr;
    auto &manager = leastBusy();
    auto reply = sendWith(*manager.network, request, networkRequest(request, token));
    ++manager.running;
    QObject::connect(reply.get(), &QObject::destroyed, manager.network.get(),
                     [&manager] { --manager.running; });
    return reply;
}

ApiNetwork::Manager &ApiNetwork::leastBusy()
{
    const auto found =
        std::min_element(m_managers.begin(), m_managers.end(),
                         [](const auto &a, const auto &b) { return a->running < b->running; });
    const bool isFull = m_managers.size() == kMostManagers;
    if (found != m_managers.end() && (isFull || (*found)->running < kCallsPerManager))
        return **found;
    auto manager = std::make_unique<Manager>();
    manager->network = std::make_unique<QNetworkAccessManager>();
    manager->network->setCookieJar(new NoCookies); // the manager becomes its parent
    manager->network->setRedirectPolicy(QNetworkRequest::ManualRedirectPolicy);
    m_managers.push_back(std::move(manager));
    return *m_managers.back();
}

} // namespace gatehouse::apis
