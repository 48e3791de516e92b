// SPDX-License-Identifier: GPL-3.0-or-later
#include <service/client_secret.h>

#include <algorithm>

namespace gatehouse {

using namespace Qt::StringLiterals;

namespace {

Result<Secret> refused(const QString &why)
{
    return fail(Error{why,
                      u"Copy the client secret from the application's settings in the dashboard of "
                      "the tenant."_s});
}

} // namespace

bool isVisibleAscii(QByteArrayView text)
{
    return !text.isEmpty()
        && std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

Result<Secret> checkClientSecret(const QByteArray &given)
{
    auto text = QByteArrayView(given);
    while (text.endsWith('\n') || text.endsWith('\r'))
        text.chop(1);
    if (text.isEmpty())
        return refused(u"The client secret is empty."_s);
    if (text.size() > kLongestClientSecret)
        return refused(
            u"The client secret is longer than %1 characters."_s.arg(kLongestClientSecret));
    if (!isVisibleAscii(text))
        return refused(u"The client secret holds characters that no client secret has."_s);
    return Secret(text.toByteArray());
}

} // namespace gatehouse
