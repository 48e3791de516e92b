// SPDX-License-Identifier: GPL-3.0-or-later
#include <app/client_secret.h>

#include <app/terminal.h>
#include <base/crypto.h>
#include <base/platform/console.h>
#include <service/client_secret.h>

namespace gatehouse::app {

using namespace Qt::StringLiterals;

Result<Secret> askForClientSecret()
{
    auto line = platform::readHiddenLine(kLongestClientSecret + 2, [] {
        if (platform::isInputTerminal())
            sayAside(u"Paste the client secret, then press Enter. It is not shown."_s);
    });
    auto secret = checkClientSecret(line);
    wipe(line);
    return secret;
}

} // namespace gatehouse::app
