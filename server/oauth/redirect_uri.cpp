// SPDX-License-Identifier: GPL-3.0-or-later
#include <oauth/redirect_uri.h>

#include <base/text.h>

#include <QRegularExpression>
#include <QUrl>
#include <QUrlQuery>

#include <algorithm>
#include <array>
#include <optional>

namespace gatehouse::oauth {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kLongestUri = 2000;
/// RFC 1035 §2.3.4, with a port.
constexpr int kLongestHost = 253 + 6;

/// Schemes that a browser or the desktop would act on by itself instead of handing to a client.
constexpr std::array kRefusedSchemes{
    "javascript"_L1, "data"_L1,      "file"_L1,   "vbscript"_L1, "blob"_L1,        "about"_L1,
    "mailto"_L1,     "ftp"_L1,       "ws"_L1,     "wss"_L1,      "view-source"_L1, "filesystem"_L1,
    "chrome"_L1,     "tel"_L1,       "sms"_L1,    "ssh"_L1,      "smb"_L1,         "jar"_L1,
    "intent"_L1,     "search-ms"_L1, "search"_L1, "nfs"_L1,      "dav"_L1,         "sftp"_L1};
/// Windows hands these to its own parts, several of which start programs.
constexpr auto kWindowsPrefix = "ms-"_L1;

/// What answers add themselves (RFC 6749 §4.1.2, §4.1.2.1; RFC 9207 §2), each of them once (§3.1).
constexpr std::array kAnswerParameters{"code"_L1, "state"_L1, "iss"_L1, "error"_L1,
                                       "error_description"_L1};

/// Only visible ASCII, and no backslash, which browsers read as a slash.
bool isPlain(const QString &uri)
{
    return !uri.isEmpty() && uri.size() <= kLongestUri
        && std::all_of(uri.begin(), uri.end(), [](QChar c) {
               return c.unicode() > 0x20 && c.unicode() < 0x7f && c != u'\\' && c != u'"'
                   && c != u'<' && c != u'>';
           });
}

/// Line ends, NUL and the like, which come out when whoever is called decodes the address.
bool hasEncodedControl(const QString &uri)
{
    static const QRegularExpression kControl(u"%(?:[01][0-9a-f]|7f)"_s,
                                             QRegularExpression::CaseInsensitiveOption);
    return kControl.match(uri).hasMatch();
}

bool hasAnswerParameter(const QUrl &url)
{
    const auto items = QUrlQuery(url).queryItems(QUrl::FullyDecoded);
    return std::any_of(items.begin(), items.end(), [](const std::pair<QString, QString> &item) {
        return std::find(kAnswerParameters.begin(), kAnswerParameters.end(), item.first)
            != kAnswerParameters.end();
    });
}

struct LoopbackUri {
    QString host;
    QString rest; ///< path and query as written

    friend bool operator==(const LoopbackUri &, const LoopbackUri &) = default;
};

std::optional<LoopbackUri> asLoopback(const QString &uri)
{
    static const QRegularExpression kPattern(
        u"\\Ahttp://(localhost|127\\.0\\.0\\.1|\\[::1\\])(?::(\\d{1,5}))?((?:[/?].*)?)\\z"_s);
    const auto match = kPattern.match(uri);
    if (!match.hasMatch() || match.captured(2).toInt() > 65535)
        return std::nullopt;
    return LoopbackUri{match.captured(1), match.captured(3)};
}

} // namespace

Result<std::monostate> checkRegisteredRedirectUri(const QString &uri)
{
    if (!isPlain(uri))
        return fail(Error{u"A redirect URI must be plain ASCII without spaces, at most 2000 "
                          "characters long."_s});
    if (hasEncodedControl(uri))
        return fail(Error{u"A redirect URI must not have encoded control characters."_s});
    const QUrl url(uri, QUrl::StrictMode);
    if (!url.isValid() || url.scheme().isEmpty())
        return fail(Error{u"A redirect URI must be an absolute URI."_s});
    if (uri.contains(u'#'))
        return fail(Error{u"A redirect URI must not have a fragment."_s}); // RFC 6749 §3.1.2
    if (!url.userInfo().isEmpty() || url.authority().contains(u'@'))
        return fail(Error{u"A redirect URI must not carry a user name."_s});
    if (hasAnswerParameter(url))
        return fail(Error{u"A redirect URI must not have parameters that answers add, such as "
                          "code and state."_s});
    const auto scheme = url.scheme().toLower();
    if (scheme == "https"_L1) {
        if (url.host().isEmpty())
            return fail(Error{u"A redirect URI must name a host."_s});
        return std::monostate();
    }
    if (scheme == "http"_L1) {
        if (!asLoopback(uri))
            return fail(Error{u"An http redirect URI must be on localhost, 127.0.0.1 or [::1]."_s});
        return std::monostate();
    }
    if (scheme.startsWith(kWindowsPrefix)
        || std::find(kRefusedSchemes.begin(), kRefusedSchemes.end(), scheme)
            != kRefusedSchemes.end())
        return fail(Error{u"A redirect URI must not use the scheme %1."_s.arg(scheme)});
    return std::monostate();
}

bool matchesRegistered(const QString &requested, const QStringList &registered)
{
    if (!isPlain(requested) || requested.contains(u'#'))
        return false;
    const auto loopback = asLoopback(requested);
    return std::any_of(registered.begin(), registered.end(), [&](const QString &uri) {
        return uri == requested || (loopback && asLoopback(uri) == loopback);
    });
}

QString describeRedirectTarget(const QString &uri)
{
    const QUrl url(uri, QUrl::StrictMode);
    if (asLoopback(uri))
        return u"%1 on this computer"_s.arg(url.authority());
    // All of it, as the end of a host name says whose it is, and encoded, as letters of other
    // scripts look like Latin ones.
    if (url.scheme() == "https"_L1)
        return shownText(url.authority(QUrl::FullyEncoded), kLongestHost);
    return u"the app link %1://"_s.arg(shownText(url.scheme()));
}

} // namespace gatehouse::oauth
