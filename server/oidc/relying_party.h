// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/secret.h>
#include <oidc/sign_in.h>

#include <memory>

namespace gatehouse {
class Clock;
class RandomSource;
} // namespace gatehouse

namespace gatehouse::secrets {
class SecretStore;
}

namespace gatehouse::store {
class AccountStore;
}

namespace gatehouse::oidc {

class ClientCredentials;
class Discovery;
class TenantAccountTokens;

/// Everything towards one tenant: discovery, sign-ins and tokens. Lives as long as the service, on
/// its main thread; the composition root makes it.
class RelyingParty {
public:
    struct Deps {
        Clock &clock;
        RandomSource &random;
        store::AccountStore &accounts;
        secrets::SecretStore &secretStore;
    };
    RelyingParty(const Deps &deps, const TenantConfig &tenant);
    ~RelyingParty();

    /// Authenticates at the token endpoint with this secret from now on (RFC 6749 §2.3.1); empty,
    /// as at first, for a public (native) application, which has none.
    void setClientSecret(const Secret &secret);
    [[nodiscard]] const ClientCredentials &credentials() const;
    [[nodiscard]] SignIns &signIns();
    /// Also loads, adopts and signs out; see there.
    [[nodiscard]] TenantAccountTokens &tokens();
    [[nodiscard]] Discovery &discovery();

private:
    struct Parts;
    std::unique_ptr<Parts> m_parts;
};

} // namespace gatehouse::oidc
