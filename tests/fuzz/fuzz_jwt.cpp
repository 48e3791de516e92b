// SPDX-License-Identifier: GPL-3.0-or-later
// What a tenant sends: tokens against a fixed set of keys, claims, and sets of keys.
#include "fuzz_target.h"
#include "signed_tokens.h"

#include <base/json.h>
#include <oidc/id_token.h>
#include <oidc/jose.h>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace gatehouse;

namespace {

const auto kIssuer = u"https://acme.example/"_s;
const auto kClient = u"gatehouse-client"_s;

const oidc::JwkSet &fixedKeys()
{
    static const auto keys = oidc::JwkSet::parse(parseJsonObject(fuzz::kKeySet).value()).value();
    return keys;
}

/// The part that the signature is over.
QByteArray signingInput(const QByteArray &token)
{
    return token.left(token.lastIndexOf('.'));
}

void checkClaims(const QJsonObject &claims)
{
    const auto now = fromMilliseconds(1'800'000'000'000);
    const oidc::IdTokenExpectation expected{kIssuer, kClient, Secret("the-nonce")};
    if (!oidc::checkIdToken(claims, expected, now))
        return;
    const auto aud = claims.value("aud"_L1);
    fuzz::require(claims.value("iss"_L1) == kIssuer, "§3.1.3.7.2: from our tenant");
    fuzz::require(aud == kClient || aud.toArray().contains(kClient), "§3.1.3.7.3: for us");
    fuzz::require(claims.value("nonce"_L1) == u"the-nonce"_s, "§3.1.3.7.11: for this sign-in");
    fuzz::require(!claims.value("sub"_L1).toString().isEmpty(), "about somebody");
    fuzz::require(claims.value("exp"_L1).toDouble() > 1'799'999'000, "§3.1.3.7.9: and still good");
}

} // namespace

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const auto input = fuzz::inputOf(data, size);
    [[maybe_unused]] const auto kid = oidc::unverifiedKid(input);
    if (const auto claims = oidc::verifyJws(input, fixedKeys())) {
        const bool known = std::any_of(
            std::begin(fuzz::kSignedTokens), std::end(fuzz::kSignedTokens),
            [&](const char *token) { return signingInput(token) == signingInput(input); });
        fuzz::require(known, "only what was signed verifies");
    }
    if (const auto object = parseJsonObject(input)) {
        checkClaims(*object);
        if (const auto keys = oidc::JwkSet::parse(*object)) {
            for (const char *token : fuzz::kSignedTokens)
                [[maybe_unused]] const auto result = oidc::verifyJws(token, *keys);
        }
    }
    return 0;
}

/// The target would see nothing if its own tokens did not verify.
extern "C" int LLVMFuzzerInitialize(int *, char ***)
{
    for (const char *token : fuzz::kSignedTokens)
        fuzz::require(oidc::verifyJws(token, fixedKeys()).has_value(), "a signed token verifies");
    return 0;
}
