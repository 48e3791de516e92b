// SPDX-License-Identifier: GPL-3.0-or-later
#include <oidc/relying_party.h>

#include <oidc/discovery.h>
#include <oidc/tenant_account_tokens.h>
#include <oidc/tenant_sign_ins.h>

namespace gatehouse::oidc {

/// In the order of dependence; the network ends last, as flows give their replies back to it.
struct RelyingParty::Parts {
    ClientCredentials credentials;
    TenantNetwork network;
    Discovery discovery;
    TenantAccountTokens tokens;
    TenantSignIns signIns;

    Parts(const Deps &deps, const TenantConfig &tenant)
        : network(deps.clock), discovery(network, deps.clock, tenant.issuer),
          tokens({network, discovery, deps.secretStore, deps.clock, credentials, deps.accounts},
                 tenant),
          signIns({network, discovery, tokens, deps.accounts, deps.clock, deps.random, credentials},
                  tenant)
    {
    }
};

RelyingParty::RelyingParty(const Deps &deps, const TenantConfig &tenant)
    : m_parts(std::make_unique<Parts>(deps, tenant))
{
}

RelyingParty::~RelyingParty() = default;

void RelyingParty::setClientSecret(const Secret &secret)
{
    m_parts->credentials.setSecret(secret);
}

const ClientCredentials &RelyingParty::credentials() const
{
    return m_parts->credentials;
}

SignIns &RelyingParty::signIns()
{
    return m_parts->signIns;
}

TenantAccountTokens &RelyingParty::tokens()
{
    return m_parts->tokens;
}

Discovery &RelyingParty::discovery()
{
    return m_parts->discovery;
}

} // namespace gatehouse::oidc
