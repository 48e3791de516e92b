// SPDX-License-Identifier: GPL-3.0-or-later
#include <oidc/sign_in.h>

#include <algorithm>

namespace gatehouse::oidc {

using namespace Qt::StringLiterals;

bool SignInHints::wantsFreshSignIn() const
{
    return prompt.split(u' ').contains("login"_L1) || !maxAge.isEmpty();
}

TokenError signedOut(const QString &detail)
{
    return {TokenTrouble::SignedOut,
            Error{u"This account is signed out."_s}
                .withRemedy(u"Sign in to Gatehouse again."_s)
                .withDetail(detail)};
}

TokenError signInNeeded(const QString &detail)
{
    return {TokenTrouble::SignInNeeded,
            Error{u"The tenant wants one more sign-in for this API."_s}
                .withRemedy(u"Sign in to Gatehouse again."_s)
                .withDetail(detail)};
}

QList<TenantAudience> audiencesOf(const TenantConfig &tenant, const QStringList &scopes)
{
    QList<TenantAudience> found;
    std::copy_if(tenant.audiences.begin(), tenant.audiences.end(), std::back_inserter(found),
                 [&scopes](const TenantAudience &audience) {
                     return std::any_of(scopes.begin(), scopes.end(), [&](const QString &scope) {
                         return audience.known.contains(scope) || audience.scopes.contains(scope);
                     });
                 });
    return found.isEmpty() ? tenant.audiences.first(1) : found;
}

} // namespace gatehouse::oidc
