// SPDX-License-Identifier: GPL-3.0-or-later
#include <demo/authorization_codes.h>

#include <base/crypto.h>

namespace gatehouse::demo {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kCodeLifetime = 60s;
// RFC 7636 §4.1
constexpr qsizetype kShortestVerifier = 43;
constexpr qsizetype kLongestVerifier = 128;

bool verifierFits(const QByteArray &verifier, const QString &challenge)
{
    return verifier.size() >= kShortestVerifier && verifier.size() <= kLongestVerifier
        && constantTimeEquals(toBase64Url(sha256(verifier)), challenge.toLatin1());
}

} // namespace

AuthorizationCodes::AuthorizationCodes(Clock &clock, RandomSource &random)
    : m_random(random), m_codes(clock, kCodeLifetime)
{
}

QByteArray AuthorizationCodes::issue(CodeGrant grant)
{
    const auto code = randomToken(m_random);
    m_codes.insert(sha256(code), {std::move(grant), false, {}});
    return code;
}

Result<CodeGrant, CodeRefusal> AuthorizationCodes::redeem(const CodeUse &use)
{
    auto *entry = m_codes.find(sha256(use.code));
    if (entry == nullptr || entry->grant.grant.clientId != use.clientId)
        return fail(CodeRefusal{u"Invalid authorization code"_s});
    if (std::exchange(entry->used, true))
        return fail(CodeRefusal{u"Invalid authorization code"_s, entry->refreshToken});
    if (entry->grant.redirectUri != use.redirectUri)
        return fail(CodeRefusal{u"The redirect URI is wrong"_s});
    if (!verifierFits(use.verifier, entry->grant.codeChallenge))
        return fail(CodeRefusal{u"Failed to verify code verifier"_s});
    return entry->grant;
}

void AuthorizationCodes::rememberRefreshToken(const QByteArray &code,
                                              const QByteArray &refreshToken)
{
    if (auto *entry = m_codes.find(sha256(code)))
        entry->refreshToken = refreshToken;
}

} // namespace gatehouse::demo
