// SPDX-License-Identifier: GPL-3.0-or-later
#include <approval/redirect_target.h>

#include <QUrl>

namespace gatehouse::approval {

using namespace Qt::StringLiterals;

namespace {

constexpr int kHttpPort = 80;

} // namespace

RedirectTarget redirectTargetOf(const QString &uri)
{
    if (uri.isEmpty())
        return {TargetKind::Terminal, u"terminal"_s};
    const QUrl url(uri, QUrl::StrictMode);
    const auto scheme = url.scheme().toLower();
    if (scheme == "http"_L1) { // registered for loopback only
        const auto port = url.port(kHttpPort);
        return {TargetKind::Loopback, u"loopback:%1"_s.arg(port), quint16(port)};
    }
    if (scheme == "https"_L1) // as ASCII, so that no letter looks like another
        return {TargetKind::Website, url.host(QUrl::FullyEncoded).toLower()};
    return {TargetKind::AppLink, scheme + u"://"_s};
}

} // namespace gatehouse::approval
