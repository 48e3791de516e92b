// SPDX-License-Identifier: GPL-3.0-or-later
#include "browser.h"

#include <QtCore/QRegularExpression>
#include <QtCore/QUrlQuery>

using namespace Qt::StringLiterals;

namespace gatehouse::tour {

namespace {

constexpr int kMaxRedirects = 20;

QString unescapeHtml(QString text)
{
    return text.replace("&quot;"_L1, "\""_L1)
        .replace("&#39;"_L1, "'"_L1)
        .replace("&lt;"_L1, "<"_L1)
        .replace("&gt;"_L1, ">"_L1)
        .replace("&amp;"_L1, "&"_L1);
}

/// The value of @p name in the opening tag @p tag; empty when it has none. Our pages use double
/// quotes.
QString attribute(const QString &tag, const QString &name)
{
    const QRegularExpression pattern(uR"-(\s%1="([^"]*)")-"_s.arg(name));
    return unescapeHtml(pattern.match(tag).captured(1));
}

/// What pressing one button of a page sends.
struct Submission {
    bool post = false;
    QString action;
    QUrlQuery fields;
};

Submission submissionOf(const QString &formTag, const QString &content, const QString &buttonTag)
{
    static const QRegularExpression input(u"<input\\b[^>]*>"_s);
    Submission result{
        attribute(formTag, u"method"_s) == "post"_L1, attribute(formTag, u"action"_s), {}};
    for (const QRegularExpressionMatch &match : input.globalMatch(content))
        result.fields.addQueryItem(attribute(match.captured(), u"name"_s),
                                   attribute(match.captured(), u"value"_s));
    const QString name = attribute(buttonTag, u"name"_s);
    if (!name.isEmpty())
        result.fields.addQueryItem(name, attribute(buttonTag, u"value"_s));
    return result;
}

/// What the first button with @p label on the page sends; nothing when there is none.
std::optional<Submission> findButton(const QString &html, const QString &label)
{
    static const QRegularExpression form(u"(<form\\b[^>]*>)(.*?)</form>"_s,
                                         QRegularExpression::DotMatchesEverythingOption);
    static const QRegularExpression button(u"(<button\\b[^>]*>)(.*?)</button>"_s,
                                           QRegularExpression::DotMatchesEverythingOption);
    for (const QRegularExpressionMatch &formMatch : form.globalMatch(html)) {
        const QString content = formMatch.captured(2);
        for (const QRegularExpressionMatch &match : button.globalMatch(content)) {
            if (match.captured(2).contains(label))
                return submissionOf(formMatch.captured(1), content, match.captured(1));
        }
    }
    return std::nullopt;
}

/// Fetch Metadata §2.2: how the page that asks relates to the address that is asked.
QByteArray siteRelation(const std::optional<QUrl> &initiator, const QUrl &target)
{
    if (!initiator)
        return "none"_ba;
    if (initiator->scheme() != target.scheme() || initiator->host() != target.host())
        return "cross-site"_ba;
    return initiator->port() == target.port() ? "same-origin"_ba : "same-site"_ba;
}

/// A chain of redirects is as far away as its farthest hop.
QByteArray farther(const QByteArray &left, const QByteArray &right)
{
    static const QList<QByteArray> order{"none"_ba, "same-origin"_ba, "same-site"_ba,
                                         "cross-site"_ba};
    return order.indexOf(left) > order.indexOf(right) ? left : right;
}

bool isRedirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

} // namespace

Browser::Browser(QUrl stop) : m_stop(std::move(stop)) { }

bool Browser::arrivedAtClient() const
{
    return m_url.host() == m_stop.host() && m_url.port() == m_stop.port()
        && m_url.path() == m_stop.path();
}

void Browser::open(const QUrl &url)
{
    navigate({"GET"_ba, url, {}, {}}, std::nullopt);
}

void Browser::reload()
{
    open(m_url);
}

void Browser::press(const QString &label)
{
    const auto submission = findButton(QString::fromUtf8(m_page.body), label);
    require(submission.has_value(),
            u"the page at %1 has no button \"%2\""_s.arg(m_url.path(), label));
    Call call{"GET"_ba, m_url.resolved(QUrl(submission->action)), {}, {}};
    if (submission->post) {
        // Fetch §3.1: a page with this policy does not say where its forms come from.
        const bool silent = m_page.header("referrer-policy") == "no-referrer";
        const QByteArray origin =
            m_url.toEncoded(QUrl::RemovePath | QUrl::RemoveQuery | QUrl::RemoveFragment);
        call.method = "POST"_ba;
        call.body = submission->fields.toString(QUrl::FullyEncoded).toLatin1();
        call.headers = {{"Content-Type"_ba, "application/x-www-form-urlencoded"_ba},
                        {"Origin"_ba, silent ? "null"_ba : origin}};
    } else {
        call.url.setQuery(submission->fields);
    }
    navigate(call, m_url);
}

void Browser::navigate(Call call, std::optional<QUrl> initiator)
{
    QByteArray site = "none"_ba;
    for (int hop = 0; hop < kMaxRedirects; ++hop) {
        site = farther(site, siteRelation(initiator, call.url));
        m_url = call.url;
        if (arrivedAtClient()) {
            m_page = {};
            return;
        }
        m_page = fetch(call, site);
        keepCookies(m_page, call.url);
        if (!isRedirect(m_page.status))
            return;
        const QByteArray location = m_page.header("location");
        require(!location.isEmpty(), u"a redirect without a Location"_s);
        call = {"GET"_ba, call.url.resolved(QUrl::fromEncoded(location)), {}, {}};
    }
    throw Failure(u"more than %1 redirects"_s.arg(kMaxRedirects));
}

Answer Browser::fetch(Call call, const QByteArray &site)
{
    call.headers += {{"Accept"_ba, "text/html,application/xhtml+xml,*/*;q=0.8"_ba},
                     {"Accept-Language"_ba, "en"_ba},
                     {"User-Agent"_ba, "Mozilla/5.0 (X11; Linux x86_64) Gatehouse-Tour"_ba},
                     {"Upgrade-Insecure-Requests"_ba, "1"_ba},
                     {"Sec-Fetch-Dest"_ba, "document"_ba},
                     {"Sec-Fetch-Mode"_ba, "navigate"_ba},
                     {"Sec-Fetch-Site"_ba, site},
                     {"Sec-Fetch-User"_ba, "?1"_ba}};
    // RFC 6265bis §5.2: Lax cookies do not go along with a POST from another site.
    const QByteArray cookies =
        site == "cross-site" && call.method != "GET" ? QByteArray() : cookiesFor(call.url);
    if (!cookies.isEmpty())
        call.headers.append({"Cookie"_ba, cookies});
    return send(call);
}

void Browser::keepCookies(const Answer &answer, const QUrl &url)
{
    for (const auto &[name, value] : answer.headers) {
        if (name != "set-cookie")
            continue;
        const QList<QByteArray> parts = value.split(';');
        Cookie cookie;
        cookie.name = parts.first().split('=').first().trimmed();
        cookie.value = parts.first().mid(parts.first().indexOf('=') + 1).trimmed();
        cookie.host = url.host();
        cookie.path = u"/"_s;
        bool expired = cookie.value.isEmpty();
        for (const QByteArray &part : parts.mid(1)) {
            const QByteArray text = part.trimmed();
            if (text.toLower().startsWith("path="))
                cookie.path = QString::fromUtf8(text.mid(5));
            if (text.toLower() == "max-age=0")
                expired = true;
        }
        m_cookies.removeIf([&](const Cookie &old) {
            return old.name == cookie.name && old.host == cookie.host && old.path == cookie.path;
        });
        if (!expired)
            m_cookies.append(cookie);
    }
}

QByteArray Browser::cookiesFor(const QUrl &url) const
{
    QByteArray line;
    for (const Cookie &cookie : m_cookies) {
        // RFC 6265 §5.1.4, and a host's cookies go to all of its ports.
        const bool below = url.path() == cookie.path || cookie.path == u"/"_s
            || url.path().startsWith(cookie.path + u'/');
        if (cookie.host == url.host() && below)
            line += (line.isEmpty() ? ""_ba : "; "_ba) + cookie.name + '=' + cookie.value;
    }
    return line;
}

} // namespace gatehouse::tour
