// SPDX-License-Identifier: GPL-3.0-or-later
#include <support/tenant_browser.h>

#include <QEventLoop>
#include <QNetworkReply>
#include <QRegularExpression>

#include <memory>

namespace gatehouse::tests {

using namespace Qt::StringLiterals;

namespace {

constexpr int kPatience = 10'000;

QNetworkRequest requestFor(const QUrl &url)
{
    QNetworkRequest request(url);
    request.setTransferTimeout(kPatience);
    request.setAttribute(QNetworkRequest::RedirectPolicyAttribute,
                         QNetworkRequest::ManualRedirectPolicy);
    request.setRawHeader("Accept", "text/html");
    return request;
}

QString inPage(const TenantBrowser::Page &page, const QString &pattern)
{
    return QRegularExpression(pattern).match(QString::fromUtf8(page.body)).captured(1);
}

} // namespace

TenantBrowser::Page TenantBrowser::open(const QUrl &url)
{
    return follow(m_network.get(requestFor(url)));
}

TenantBrowser::Page TenantBrowser::post(const QUrl &url, const QUrlQuery &form)
{
    auto request = requestFor(url);
    request.setHeader(QNetworkRequest::ContentTypeHeader, u"application/x-www-form-urlencoded"_s);
    return follow(m_network.post(request, form.query(QUrl::FullyEncoded).toLatin1()));
}

TenantBrowser::Page TenantBrowser::choose(const Page &page, const QString &person)
{
    return answer(page, u"user"_s, person);
}

TenantBrowser::Page TenantBrowser::cancel(const Page &page)
{
    return answer(page, u"cancel"_s, u"true"_s);
}

TenantBrowser::Page TenantBrowser::answer(const Page &page, const QString &name,
                                          const QString &value)
{
    QUrlQuery form{{name, value}};
    const auto transaction = inPage(page, u"name=\"transaction\" value=\"([^\"]+)\""_s);
    if (!transaction.isEmpty())
        form.addQueryItem(u"transaction"_s, transaction);
    const QUrl action(inPage(page, u"<form method=\"post\" action=\"([^\"]+)\""_s));
    return post(page.url.resolved(action), form);
}

QUrl TenantBrowser::signIn(const QUrl &url, const QString &person)
{
    const auto page = open(url);
    return page.leadsTo.isEmpty() ? choose(page, person).leadsTo : page.leadsTo;
}

TenantBrowser::Page TenantBrowser::follow(QNetworkReply *first)
{
    const std::unique_ptr<QNetworkReply> reply(first);
    QEventLoop loop;
    QObject::connect(first, &QNetworkReply::finished, &loop, &QEventLoop::quit);
    loop.exec(); // the network gives up by itself
    Page page{reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt(), reply->url(),
              reply->readAll()};
    const auto location = reply->rawHeader("Location");
    if (location.isEmpty())
        return page;
    const auto target = page.url.resolved(QUrl::fromEncoded(location));
    if (target.authority() == page.url.authority())
        return open(target);
    page.leadsTo = target;
    return page;
}

} // namespace gatehouse::tests
