// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <base/random.h>
#include <base/result.h>
#include <demo/tenant_state.h>

#include <optional>
#include <variant>

namespace gatehouse::demo {

/// Refresh tokens that rotate: each is good once, and a used one that comes again ends its whole
/// family (RFC 9700 §4.14.2), unless it is the latest and comes within the overlap period. Lives as
/// long as the tenant.
class RefreshTokens {
public:
    struct Deps {
        Clock &clock;
        RandomSource &random;
        TenantState &state;
        const TenantOptions &options;
    };
    struct Rotated {
        QByteArray token;
        TenantGrant grant;
    };

    explicit RefreshTokens(Deps deps) : m_deps(deps) { }

    /// The first token of a new family.
    [[nodiscard]] Result<QByteArray> issue(const TenantGrant &grant);
    /// The successor, or nothing when the token is not good for this client.
    [[nodiscard]] Result<std::optional<Rotated>> rotate(const QByteArray &token,
                                                        const QString &clientId);
    /// Ends the family of this token when it belongs to the client; unknown ones are done already.
    [[nodiscard]] Result<std::monostate> revoke(const QByteArray &token, const QString &clientId);

private:
    using Families = QHash<QByteArray, RefreshFamily>;

    [[nodiscard]] Families liveFamilies() const;
    [[nodiscard]] bool isGood(const RefreshFamily &family, const QByteArray &token) const;
    [[nodiscard]] QByteArray makeToken(const QByteArray &familyPart) const;
    [[nodiscard]] Result<std::monostate> end(const QByteArray &name);

    Deps m_deps;
};

} // namespace gatehouse::demo
