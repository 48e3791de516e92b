// SPDX-License-Identifier: GPL-3.0-or-later
#include <app/client_secret.h>

#include <app/terminal.h>
#include <base/crypto.h>
#include <base/platform/console.h>

#include <algorithm>

namespace gatehouse::app {

using namespace Qt::StringLiterals;

namespace {

/// Those of Auth0 have 64 characters.
constexpr qsizetype kLongestSecret = 1024;

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
    if (text.size() > kLongestSecret)
        return refused(u"The client secret is longer than %1 characters."_s.arg(kLongestSecret));
    if (!isVisibleAscii(text))
        return refused(u"The client secret holds characters that no client secret has."_s);
    return Secret(text.toByteArray());
}

Result<Secret> askForClientSecret()
{
    auto line = platform::readHiddenLine(kLongestSecret + 2, [] {
        if (platform::isInputTerminal())
            sayAside(u"Paste the client secret, then press Enter. It is not shown."_s);
    });
    auto secret = checkClientSecret(line);
    wipe(line);
    return secret;
}

} // namespace gatehouse::app
