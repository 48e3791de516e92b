// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <approval/risk.h>
#include <base/clock.h>
#include <base/result.h>
#include <store/records.h>

#include <QHash>
#include <QStringList>

#include <optional>

namespace gatehouse::apis {
class ScopeWords;
}
namespace gatehouse::store {
class ClientStore;
class GrantStore;
} // namespace gatehouse::store

namespace gatehouse {

/// What the person should know about an access request beside the request itself.
struct RequestBackground {
    std::optional<store::Client> client = {}; ///< its record as it is now
    std::optional<Instant> allowedAt = {}; ///< when this client was allowed last
    /// Chosen then; empty with allowedAt: until revoked.
    std::optional<std::chrono::milliseconds> lastDuration = {};
    QHash<AccountId, QStringList> allowedScopes = {}; ///< what it may do already, as whom
    approval::Risk risk = {};

    /// Whether it may do this already as every account that it acts for.
    [[nodiscard]] bool isAllowedEverywhere(const QString &scope) const;
};

/// Gathers what speaks for and against an access request from what the person has allowed before.
/// Lives as long as the service; reads the history of grants, so it is not for the request path.
class RequestJudge {
public:
    struct Deps {
        Clock &clock;
        const store::ClientStore &clients;
        const store::GrantStore &grants;
        const apis::ScopeWords &words;
    };
    explicit RequestJudge(const Deps &deps);

    /// An error when the database cannot be read.
    [[nodiscard]] Result<RequestBackground> background(const store::Interaction &request) const;

private:
    [[nodiscard]] Result<RequestBackground> historyOf(const ClientId &client) const;
    [[nodiscard]] Result<approval::Risk> riskOf(const store::Interaction &request,
                                                const RequestBackground &background) const;
    [[nodiscard]] Result<QList<approval::KnownName>> knownNames() const;
    void countNewScopes(const store::Interaction &request, const RequestBackground &background,
                        approval::RiskInput &input) const;

    Deps m_deps;
};

} // namespace gatehouse
