// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/desk_state.h>

#include <utility>

namespace gatehouse::ui {

bool isDanger(const AccessRequest &request)
{
    return request.risk.level == approval::RiskLevel::Danger;
}

AccessRequest forAccount(AccessRequest request, const std::optional<AccountId> &account)
{
    const auto allowed = account ? request.allowedFor.value(*account) : QStringList();
    request.allowedScopes.clear();
    for (const auto &line : std::exchange(request.scopes, {}))
        (allowed.contains(line.scope) ? request.allowedScopes : request.scopes).append(line);
    return request;
}

} // namespace gatehouse::ui
