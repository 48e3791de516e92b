// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/finding.h>
#include <base/secret.h>
#include <oidc/sign_in.h>
#include <oidc/tenant_reply.h>

#include <QJsonObject>

namespace gatehouse::oidc {

/// What a checkup of the tenant begins with.
struct CheckupSubject {
    TenantConfig tenant;
    Secret clientSecret = {}; ///< empty: none
    /// False when nobody could tell whether there is a client secret.
    bool secretKnown = true;
};

// Each of these judges one answer; none of them asks anything. The places named are those of the
// Auth0 dashboard.

/// Why there is no answer at all, in words: DNS, TLS, time, proxy, network.
[[nodiscard]] Finding transportFinding(const QString &subject, const TenantReply &reply);

/// Whether the tenant describes itself (OIDC Discovery §4.2).
[[nodiscard]] Finding discoveryFinding(const TenantReply &reply);
/// §4.3: byte by byte what is configured.
[[nodiscard]] Finding issuerFinding(const QJsonObject &document, const QString &configured);
/// Whether the endpoints may be used.
[[nodiscard]] Finding endpointsFinding(const QJsonObject &document);
/// How far this computer's clock is from the tenant's.
[[nodiscard]] Finding clockFinding(const TenantReply &reply, Instant now);
[[nodiscard]] Finding keysFinding(const TenantReply &reply);
/// What the authorization endpoint says to a silent request for this audience (may be empty): about
/// client ID and callback URL, then about the audience.
[[nodiscard]] Findings authorizationFindings(const TenantReply &reply,
                                             const CheckupSubject &subject,
                                             const TenantAudience &audience);
/// What the token endpoint says to a code that it never gave.
[[nodiscard]] Finding clientFinding(const TenantReply &reply, const CheckupSubject &subject);
[[nodiscard]] Finding offlineFinding(const QJsonObject &document, const TenantConfig &tenant);
/// Nobody but the person can see whether this one is allowed.
[[nodiscard]] Finding logoutFinding(const TenantConfig &tenant);

} // namespace gatehouse::oidc
