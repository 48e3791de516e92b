// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "support/fake_client_metadata.h"
#include "support/fake_process_lookup.h"
#include "support/manual_clock.h"
#include "support/recorded_reply.h"

#include <approval/approval_service.h>
#include <base/crypto.h>
#include <base/random.h>
#include <http/form.h>
#include <http/router.h>
#include <oauth/authorization_server.h>
#include <store/account_store.h>
#include <store/activity_store.h>
#include <store/blocked_target_store.h>
#include <store/client_store.h>
#include <store/database.h>
#include <store/grant_store.h>
#include <store/interaction_store.h>
#include <store/token_store.h>

#include <QJsonArray>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>
#include <QUrlQuery>

namespace gatehouse::tests {

using namespace Qt::StringLiterals;

/// A tenant that always knows Alice; each sign-in waits for tenantAnswers().
class FakeSignIns final : public oidc::SignIns {
public:
    void begin(const QString &name, const QUrl &returnTo, const oidc::SignInHints &hints, QObject *,
               Callback<QUrl, oidc::SignInError> then) override
    {
        lastHints = hints;
        returnUrls.insert(name, returnTo);
        if (beginFails) {
            return then(fail(refusal.value_or(oidc::SignInError{
                u"temporarily_unavailable"_s, {u"The tenant does not answer."_s}})));
        }
        then(QUrl(u"https://tenant.example/authorize?state="_s + name));
    }
    [[nodiscard]] Result<QUrl> acceptCallback(const http::FormParameters &parameters) override
    {
        const auto name = parameters.value(u"state"_s);
        if (!returnUrls.contains(name))
            return fail(Error{u"This sign-in is not known."_s});
        ready.append(name);
        return returnUrls.value(name);
    }
    [[nodiscard]] bool isReadyToFinish(const QString &name) const override
    {
        return ready.contains(name);
    }
    void finish(const QString &name, QObject *,
                Callback<oidc::SignInProgress, oidc::SignInError> then) override
    {
        ready.removeAll(name);
        const auto answer = [this, then = std::move(then)] {
            if (refusal)
                return then(fail(*refusal));
            then(oidc::SignInProgress{account, std::exchange(next, {})});
        };
        if (isHeld)
            held = answer;
        else
            answer();
    }

    bool beginFails = false;
    bool isHeld = false; ///< finish() answers when `held` is called
    std::function<void()> held;
    std::optional<oidc::SignInError> refusal;
    QUrl next; ///< where the browser must go once more
    AccountId account{u"alice"_s};
    oidc::SignInHints lastHints;
    QHash<QString, QUrl> returnUrls;
    QStringList ready;
};

class FakeAccountTokens final : public oidc::AccountTokens {
public:
    void accessToken(const AccountId &, const QString &, QObject *,
                     Callback<Secret, oidc::TokenError> then) override
    {
        then(Secret("upstream"));
    }
    void rejectAccessToken(const AccountId &, const QString &, const Secret &) override { }
    [[nodiscard]] bool isSignedIn(const AccountId &account) const override
    {
        return signedIn.contains(account.value);
    }
    [[nodiscard]] bool wasEndedByTenant(const AccountId &) const override { return false; }
    [[nodiscard]] bool isSignedInFor(const AccountId &account, const QStringList &) const override
    {
        return isSignedIn(account);
    }

    QStringList signedIn;
};

/// The authorization server on a real database, called through its router without sockets.
class OAuthWorld {
public:
    static constexpr quint16 kPort = 8377;
    static constexpr auto kRedirectUri = "http://localhost:51234/callback";
    /// A website that the router's policy lists.
    static constexpr auto kListedOrigin = "http://localhost:6274";

    OAuthWorld()
    {
        store::Account alice;
        alice.id = AccountId(u"alice"_s);
        alice.issuer = u"https://tenant.example/"_s;
        alice.subject = u"auth0|alice"_s;
        alice.name = u"Alice"_s;
        alice.signedInAt = clock.now();
        alice.scopes = scopes.defaults;
        if (!accounts.upsert(alice))
            qFatal("no account");
        server.addRoutes(router);
    }

    std::shared_ptr<RecordedReply> send(http::HttpRequest request)
    {
        if (!request.headers.contains("host"))
            request.headers.append("Host", "localhost:8377");
        auto record = std::make_shared<RecordedReply>();
        router.handle(std::move(request), http::Reply(std::make_unique<RecordingChannel>(record)));
        return record;
    }
    std::shared_ptr<RecordedReply> get(const QByteArray &target,
                                       const QList<std::pair<QByteArray, QByteArray>> &headers = {})
    {
        return look("GET", target, headers);
    }
    /// With GET or HEAD.
    std::shared_ptr<RecordedReply>
    look(const QByteArray &method, const QByteArray &target,
         const QList<std::pair<QByteArray, QByteArray>> &headers = {})
    {
        http::HttpRequest request;
        request.method = method;
        const auto mark = target.indexOf('?');
        request.path = mark < 0 ? target : target.left(mark);
        request.query = mark < 0 ? QByteArray() : target.mid(mark + 1);
        for (const auto &[name, value] : headers)
            request.headers.append(name, value);
        return send(std::move(request));
    }
    std::shared_ptr<RecordedReply>
    post(const QByteArray &path, const QByteArray &body,
         const QByteArray &type = "application/x-www-form-urlencoded",
         const QList<std::pair<QByteArray, QByteArray>> &headers = {})
    {
        http::HttpRequest request;
        request.method = "POST";
        request.path = path;
        request.body = body;
        request.headers.append("Content-Type", type);
        for (const auto &[name, value] : headers)
            request.headers.append(name, value);
        return send(std::move(request));
    }
    using Form = QList<std::pair<QString, QString>>;
    /// The same with another value of one parameter, which is added where it is missing.
    static Form changed(Form values, const QString &name, const QString &value)
    {
        const auto found = std::find_if(values.begin(), values.end(),
                                        [&](const auto &each) { return each.first == name; });
        if (found == values.end())
            values.append({name, value});
        else
            found->second = value;
        return values;
    }
    static QByteArray form(const Form &values)
    {
        QByteArrayList pairs;
        for (const auto &[key, value] : values)
            pairs.append(key.toLatin1() + '=' + QUrl::toPercentEncoding(value));
        return pairs.join('&');
    }

    /// A public client with refresh tokens, as mcp-remote registers.
    ClientId registerClient(const QString &authMethod = u"none"_s,
                            const QStringList &redirectUris = {QLatin1String(kRedirectUri)})
    {
        const QJsonObject body{
            {u"client_name"_s, u"Claude Code"_s},
            {u"redirect_uris"_s, QJsonArray::fromStringList(redirectUris)},
            {u"grant_types"_s, QJsonArray{u"authorization_code"_s, u"refresh_token"_s}},
            {u"token_endpoint_auth_method"_s, authMethod}};
        const auto reply = post("/register", QJsonDocument(body).toJson(), "application/json");
        clientSecret = reply->json()[u"client_secret"_s].toString();
        return ClientId(reply->json()[u"client_id"_s].toString());
    }
    static QString challengeFor(const QByteArray &verifier)
    {
        return QString::fromLatin1(toBase64Url(sha256(verifier)));
    }
    Form authorizeParameters(const ClientId &client,
                             const QString &scope = u"read:todos write:todos openid"_s) const
    {
        return {{u"client_id"_s, client.value},
                {u"redirect_uri"_s, QLatin1String(kRedirectUri)},
                {u"response_type"_s, u"code"_s},
                {u"code_challenge"_s, challengeFor(verifier)},
                {u"code_challenge_method"_s, u"S256"_s},
                {u"scope"_s, scope},
                {u"state"_s, u"client state/+"_s}};
    }
    std::shared_ptr<RecordedReply>
    authorize(const Form &parameters, const QList<std::pair<QByteArray, QByteArray>> &headers = {})
    {
        return get("/authorize?" + form(parameters), headers);
    }
    /// Opens /authorize as a browser does and keeps its cookie; answers the interaction's id.
    InteractionId openInteraction(const ClientId &client,
                                  const QString &scope = u"read:todos write:todos openid"_s)
    {
        return interactionOf(*authorize(authorizeParameters(client, scope)));
    }
    InteractionId interactionOf(const RecordedReply &opened)
    {
        const auto location = opened.header("location");
        const auto set = opened.header("set-cookie");
        cookie = set.left(set.indexOf(';'));
        return InteractionId(QString::fromLatin1(location.mid(location.lastIndexOf('/') + 1)));
    }
    std::shared_ptr<RecordedReply> visit(const InteractionId &id, const QByteArray &suffix = {},
                                         const QByteArray &method = "GET")
    {
        return look(
            method, "/interaction/" + id.value.toLatin1() + suffix,
            {{"Cookie", cookie}, {"Sec-Fetch-Dest", "document"}, {"Sec-Fetch-Site", "none"}});
    }
    /// The whole way of a browser, allowed; answers the code in the redirect to the client.
    QString obtainCode(const ClientId &client, const approval::Decision &decision = {true})
    {
        return obtainCode(openInteraction(client), decision);
    }
    QString obtainCode(const InteractionId &id, const approval::Decision &decision = {true})
    {
        (void)visit(id);
        const auto decided = approvals.decide(id, decision);
        if (!decided)
            qFatal("not decided: %s", qUtf8Printable(decided.error().message));
        (void)visit(id, "/continue");
        (void)get("/callback?code=x&state=" + id.value.toLatin1());
        const auto done = visit(id, "/continue");
        return parameter(done->header("location"), u"code"_s);
    }
    static QString parameter(const QByteArray &url, const QString &name)
    {
        return QUrlQuery(QUrl(QString::fromLatin1(url))).queryItemValue(name, QUrl::FullyDecoded);
    }
    /// What a public client sends to /token (RFC 6749 §4.1.3).
    Form codeForm(const ClientId &client, const QString &code) const
    {
        return {{u"grant_type"_s, u"authorization_code"_s},
                {u"client_id"_s, client.value},
                {u"code"_s, code},
                {u"redirect_uri"_s, QLatin1String(kRedirectUri)},
                {u"code_verifier"_s, QString::fromLatin1(verifier)}};
    }
    /// RFC 6749 §6.
    static Form refreshForm(const ClientId &client, const QString &token)
    {
        return {{u"grant_type"_s, u"refresh_token"_s},
                {u"client_id"_s, client.value},
                {u"refresh_token"_s, token}};
    }
    std::shared_ptr<RecordedReply> redeem(const ClientId &client, const QString &code)
    {
        return post("/token", form(codeForm(client, code)));
    }
    /// The whole way of a client that is allowed what it asks for.
    QJsonDocument obtainTokens(const ClientId &client, const approval::Decision &decision = {true})
    {
        return redeem(client, obtainCode(client, decision))->json();
    }
    std::shared_ptr<RecordedReply> refresh(const ClientId &client, const QString &token,
                                           const QString &scope = {})
    {
        return post("/token", form(changed(refreshForm(client, token), u"scope"_s, scope)));
    }
    [[nodiscard]] bool accepts(const QString &accessToken)
    {
        return server.verifier().verify("Bearer " + accessToken.toLatin1()).has_value();
    }

    QTemporaryDir directory;
    ManualClock clock;
    SystemRandom random;
    std::unique_ptr<store::Database> database =
        std::move(*store::Database::open(directory.filePath(u"gatehouse.db"_s)));
    store::AccountStore accounts{*database};
    store::BlockedTargetStore blockedTargets{*database};
    store::ClientStore clients{*database};
    store::GrantStore grants{*database};
    store::InteractionStore interactions{*database};
    store::TokenStore tokens{*database};
    FakeProcessLookup processes;
    FakeClientMetadata documents;
    approval::ApprovalService approvals{{clock,
                                         random,
                                         *database,
                                         interactions,
                                         blockedTargets,
                                         accounts,
                                         processes,
                                         {},
                                         u"https://tenant.example/"_s}};
    FakeSignIns signIns;
    FakeAccountTokens accountTokens;
    oauth::ScopeCatalog scopes{{u"read:todos"_s, u"write:todos"_s, u"read:billing"_s},
                               {u"read:todos"_s, u"write:todos"_s},
                               {{u"read:todos"_s, u"Read your todos"_s}}};
    Secret instanceKey{"0123456789abcdef0123456789abcdef"};
    oauth::AuthorizationServer server{
        {clock,     random,       *database, clients,
         documents, interactions, grants,    tokens,
         accounts,  approvals,    signIns,   accountTokens,
         scopes,    instanceKey,  processes, kPort,
         {},        {},           {},        u"https://tenant.example/"_s}};
    http::Router router{http::SitePolicy{kPort, {kListedOrigin}}};
    QByteArray verifier = "a-verifier-of-sufficient-length-0123456789-abcdef";
    QByteArray cookie;
    QString clientSecret;
};

} // namespace gatehouse::tests
