// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <app/verb_result.h>

namespace gatehouse {
class Gatehouse;
}

namespace gatehouse::app {

/// The verb `signout`: forgets an account's tokens and has the tenant revoke them. `id` names the
/// account, or its email; without one it is the only account that is signed in. With `ask` nothing
/// is done, and the answer says what would be.
void signOut(Gatehouse &gatehouse, const QString &verbOptions, const VerbCall &call,
             const VerbAnswer &answer);

/// What the answer means for the person: how many clients' calls fail from now on, or would.
[[nodiscard]] QString signOutConsequence(const QJsonObject &answer);
/// The same with what was done, and the page that ends the session of the person's browser.
[[nodiscard]] QString signOutText(const QJsonObject &answer, const QString &verbOptions);

} // namespace gatehouse::app
