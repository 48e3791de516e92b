// SPDX-License-Identifier: GPL-3.0-or-later
#include <oauth/token_endpoint.h>

#include <base/crypto.h>
#include <base/logging.h>
#include <base/random.h>
#include <base/text.h>
#include <oauth/grants.h>
#include <oauth/resource.h>
#include <store/client_store.h>
#include <store/database.h>
#include <store/token_store.h>

#include <QJsonObject>
#include <QRegularExpression>

#include <algorithm>

namespace gatehouse::oauth {

using namespace Qt::StringLiterals;

namespace {

OAuthError unavailable(const Error &error)
{
    return OAuthError::temporarilyUnavailable().withDetail(error.message + u' ' + error.detail);
}

OAuthError invalidCode(const QString &detail)
{
    return OAuthError::invalidGrant(u"The authorization code is invalid."_s).withDetail(detail);
}

OAuthError invalidRefreshToken(const QString &detail)
{
    return OAuthError::invalidGrant(u"The refresh token is invalid."_s).withDetail(detail);
}

/// RFC 7636 §4.6.
bool verifies(const QString &verifier, const QString &challenge)
{
    static const QRegularExpression kVerifier(u"\\A[A-Za-z0-9._~-]{43,128}\\z"_s);
    return kVerifier.match(verifier).hasMatch()
        && constantTimeEquals(toBase64Url(sha256(verifier.toLatin1())), challenge.toLatin1());
}

} // namespace

void TokenEndpoint::addRoutes(http::Router &router)
{
    router.add({"/token",
                http::OriginRule::Anyone,
                {},
                {{"POST", [this](const http::HttpRequest &request, http::Reply reply) {
                      reply.send(answer(request));
                  }}}});
}

http::HttpResponse TokenEndpoint::answer(const http::HttpRequest &request)
{
    const auto result = parseFormBody(request).and_then(
        [&](const http::FormParameters &form) -> Result<http::HttpResponse, OAuthError> {
            if (const auto wait = m_gate.check(request, presentedClient(request, form)))
                return fail(OAuthError::tooManyRequests(*wait));
            const auto client = authenticateClient(request, form, m_deps.clients);
            if (!client)
                return fail(client.error());
            if (auto error = checkResource(form))
                return fail(std::move(*error));
            const auto type = form.value(u"grant_type"_s);
            if (type == "authorization_code"_L1)
                return redeemCode(*client, form).and_then([this](Issue i) {
                    return issue(std::move(i));
                });
            if (type == "refresh_token"_L1)
                return refresh(*client, form).and_then([this](Issue i) {
                    return issue(std::move(i));
                });
            if (type.isEmpty())
                return fail(OAuthError::invalidRequest(u"grant_type is missing."_s));
            return fail(OAuthError{400, u"unsupported_grant_type"_s,
                                   u"This grant_type is not supported."_s});
        });
    if (result)
        return *result;
    qCInfo(lcOauth) << "token request refused:" << result.error().code << result.error().description
                    << shownText(result.error().detail, 200);
    return result.error().toResponse();
}

Result<TokenEndpoint::Issue, OAuthError> TokenEndpoint::redeemCode(const store::Client &client,
                                                                   const http::FormParameters &form)
{
    const auto now = m_deps.clock.now();
    const auto value = form.value(u"code"_s);
    if (value.isEmpty())
        return fail(OAuthError::invalidRequest(u"code is missing."_s));
    const auto found = m_deps.tokens.findCode(sha256(value.toLatin1()));
    if (!found)
        return fail(unavailable(found.error()));
    // A stranger's guess, and a code of another client, change nothing.
    if (!*found)
        return fail(invalidCode(u"unknown code"_s));
    const auto &code = **found;
    if (code.client != client.id)
        return fail(invalidCode(u"code of another client"_s));
    const auto redirectUri = form.optional(u"redirect_uri"_s);
    // RFC 6749 §4.1.3 wants it where the request had one; clients of OAuth 2.1 do not send it any
    // more (§10.2), and nothing tells them apart. PKCE, which every client needs, stands in for it.
    if (redirectUri && *redirectUri != code.redirectUri)
        return fail(invalidCode(u"redirect_uri differs"_s));
    if (!verifies(form.value(u"code_verifier"_s), code.codeChallenge))
        return fail(invalidCode(u"code_verifier does not fit"_s));
    const auto grant = activeGrant(code.grant);
    if (!grant)
        return fail(grant.error());
    if (code.consumedAt) {
        // RFC 6749 §4.1.2: somebody has a copy, so nothing that came from it is safe. OAuth 2.1
        // §7.5.2: only after the checks above, or whoever sees a code could end the grant.
        if (const auto revoked = m_deps.grants.revokeMisused(*grant, kWhyCodeReused); !revoked)
            return fail(unavailable(revoked.error()));
        return fail(invalidCode(u"code was used before"_s));
    }
    if (code.expiresAt <= now)
        return fail(invalidCode(u"code has expired"_s));

    auto transaction = store::Transaction::begin(m_deps.database);
    if (!transaction)
        return fail(unavailable(transaction.error()));
    const auto consumed = m_deps.tokens.consumeCode(code.hash, now);
    if (!consumed)
        return fail(unavailable(consumed.error()));
    if (!*consumed)
        return fail(invalidCode(u"code was used meanwhile"_s));
    Issue issue{std::move(*transaction), *grant, grant->scopes};
    if (client.grantTypes.contains("refresh_token"_L1)) {
        issue.refreshToken = Secret(randomToken(m_deps.random));
        const store::RefreshToken record{issue.refreshToken.hash(), grant->id,
                                         limited(now + kRefreshTokenLifetime, *grant)};
        if (const auto stored = m_deps.tokens.insert(record); !stored)
            return fail(unavailable(stored.error()));
    }
    return issue;
}

Result<TokenEndpoint::Issue, OAuthError> TokenEndpoint::refresh(const store::Client &client,
                                                                const http::FormParameters &form)
{
    if (!client.grantTypes.contains("refresh_token"_L1)) {
        return fail(OAuthError{400, u"unauthorized_client"_s,
                               u"The client did not register for refresh tokens."_s});
    }
    const Secret presented(form.value(u"refresh_token"_s).toLatin1());
    if (presented.isEmpty())
        return fail(OAuthError::invalidRequest(u"refresh_token is missing."_s));
    const auto found = m_deps.tokens.findRefresh(presented.hash());
    if (!found)
        return fail(unavailable(found.error()));
    if (!*found)
        return fail(invalidRefreshToken(u"unknown refresh token"_s));
    const auto grant = activeGrant((*found)->grant);
    if (!grant)
        return fail(grant.error());
    if (grant->client != client.id)
        return fail(invalidRefreshToken(u"refresh token of another client"_s));
    Secret successor(toBase64Url(hmacSha256(m_deps.instanceKey.reveal(), presented.reveal())));
    // Before its end is looked at: somebody who uses an old copy is noticed then, too.
    if (auto reused = checkReuse(**found, successor, *grant))
        return fail(std::move(*reused));
    if ((*found)->expiresAt <= m_deps.clock.now())
        return fail(invalidRefreshToken(u"refresh token has expired"_s));

    // Scope may be narrowed. Clients repeat what they once asked for, so that what was not granted
    // is dropped rather than refused.
    QStringList scopes;
    const auto asked = form.value(u"scope"_s).split(u' ', Qt::SkipEmptyParts);
    std::copy_if(grant->scopes.begin(), grant->scopes.end(), std::back_inserter(scopes),
                 [&](const QString &scope) { return asked.isEmpty() || asked.contains(scope); });
    if (scopes.isEmpty() && !grant->scopes.isEmpty())
        return fail(OAuthError::invalidScope(u"None of these scopes was granted."_s));

    auto transaction = store::Transaction::begin(m_deps.database);
    if (!transaction)
        return fail(unavailable(transaction.error()));
    if (!(*found)->consumedAt) {
        const auto now = m_deps.clock.now();
        const store::RefreshToken next{successor.hash(), grant->id,
                                       limited(now + kRefreshTokenLifetime, *grant)};
        const auto rotated =
            m_deps.tokens.consumeRefresh((*found)->hash, successor.hash(), now).and_then([&](bool) {
                return m_deps.tokens.insert(next);
            });
        if (!rotated)
            return fail(unavailable(rotated.error()));
    }
    return Issue{std::move(*transaction), *grant, scopes, std::move(successor)};
}

std::optional<OAuthError> TokenEndpoint::checkReuse(const store::RefreshToken &record,
                                                    const Secret &successor,
                                                    const store::Grant &grant)
{
    if (!record.consumedAt)
        return std::nullopt;
    const auto age = m_deps.clock.now() - *record.consumedAt;
    if (age <= kRefreshGrace
        && age >= -kRefreshGrace) { // a clock may be set back, but not for long
        if (constantTimeEquals(successor.hash(), record.successorHash))
            return std::nullopt;
        // The instance key is new, as it is when secrets were kept in memory: the answer that got
        // lost cannot be given again, but nobody has copied anything.
        return invalidRefreshToken(u"its successor was made with another key"_s);
    }
    // RFC 9700 §4.14.2: reuse means that somebody holds a copy; all of the family ends.
    const auto revoked = m_deps.grants.revokeMisused(grant, kWhyTokenReused);
    if (!revoked)
        return unavailable(revoked.error());
    return invalidRefreshToken(u"refresh token was used before"_s);
}

Result<store::Grant, OAuthError> TokenEndpoint::activeGrant(const GrantId &id) const
{
    auto grant = m_deps.grants.find(id);
    if (!grant)
        return fail(unavailable(grant.error()));
    if (!*grant || !isActive(**grant, m_deps.clock.now())) {
        return fail(OAuthError::invalidGrant(u"The permission was revoked or has ended."_s));
    }
    return std::move(**grant);
}

Result<http::HttpResponse, OAuthError> TokenEndpoint::issue(Issue issue)
{
    const auto now = m_deps.clock.now();
    const Secret access(randomToken(m_deps.random));
    const auto expiresAt = limited(now + kAccessTokenLifetime, issue.grant);
    const store::AccessToken record{access.hash(), issue.grant.id, issue.scopes, expiresAt};
    const auto stored = m_deps.tokens.insert(record).and_then(
        [&](std::monostate) { return issue.transaction.commit(); });
    if (!stored)
        return fail(unavailable(stored.error()));
    qCInfo(lcOauth) << "token issued" << issue.grant.id.shortId() << issue.scopes;
    QJsonObject answer{
        {u"access_token"_s, QString::fromLatin1(access.reveal())},
        {u"token_type"_s, u"Bearer"_s},
        {u"expires_in"_s,
         qint64(std::chrono::duration_cast<std::chrono::seconds>(expiresAt - now).count())},
        {u"scope"_s, issue.scopes.join(u' ')}};
    if (!issue.refreshToken.isEmpty())
        answer.insert(u"refresh_token"_s, QString::fromLatin1(issue.refreshToken.reveal()));
    return http::HttpResponse::json(200, answer).with("Pragma", "no-cache");
}

std::optional<OAuthError> TokenEndpoint::checkResource(const http::FormParameters &form) const
{
    const auto resources = form.values(u"resource"_s);
    for (const auto &resource : resources) {
        if (!isOwnResource(resource, m_deps.port))
            return OAuthError::invalidTarget(u"The requested resource is not this server."_s);
    }
    return std::nullopt;
}

Instant TokenEndpoint::limited(Instant wanted, const store::Grant &grant) const
{
    return grant.expiresAt ? std::min(wanted, *grant.expiresAt) : wanted;
}

} // namespace gatehouse::oauth
