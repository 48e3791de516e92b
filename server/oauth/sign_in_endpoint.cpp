// SPDX-License-Identifier: GPL-3.0-or-later
#include <oauth/sign_in_endpoint.h>

#include <base/crypto.h>
#include <base/logging.h>
#include <base/random.h>
#include <base/secret.h>
#include <http/cookies.h>
#include <oauth/grants.h>
#include <store/account_store.h>

#include <algorithm>
#include <memory>

namespace gatehouse::oauth {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kLifetime = 10min;
constexpr auto kCookie = "gatehouse_signin";

QString pathOf(const QString &id)
{
    return u"/signin/"_s + id;
}

PageError troublePage(const oidc::SignInError &trouble, const QString &title)
{
    const auto &error = trouble.error;
    return {trouble.oauthError, title, error.message,
            error.remedy.isEmpty() ? u"Start the sign-in again where you started it."_s
                                   : error.remedy};
}

} // namespace

SignInEndpoint::SignInEndpoint(Deps deps, QObject *parent) : QObject(parent), m_deps(deps) { }

void SignInEndpoint::addRoutes(http::Router &router)
{
    router.add({"/signin/{id}",
                http::OriginRule::Listed,
                {},
                {{"GET",
                  [this](const http::HttpRequest &request, http::Reply reply) {
                      open(request, std::move(reply));
                  }}},
                http::HeadRule::Refused});
    router.add({"/signin/{id}/continue",
                http::OriginRule::Listed,
                {},
                {{"GET",
                  [this](const http::HttpRequest &request, http::Reply reply) {
                      finish(request, std::move(reply));
                  }}},
                http::HeadRule::Refused});
    addSignedOut(router);
}

void SignInEndpoint::addSignedOut(http::Router &router)
{
    router.add({"/signed-out",
                http::OriginRule::Listed,
                {},
                {{"GET", [this](const http::HttpRequest &request, http::Reply reply) {
                      reply.send(m_deps.pages.signedOut(request));
                  }}}});
}

QUrl SignInEndpoint::begin()
{
    const auto now = m_deps.clock.now();
    m_pending.removeIf([&](const std::pair<const QString &, Pending &> &item) {
        return item.second.expiresAt <= now;
    });
    // Whoever knows the address may open it, so it is as hard to guess as a token.
    const auto id = QString::fromLatin1(randomToken(m_deps.random));
    m_pending.insert(id, {{}, now + kLifetime});
    return urlOf(id);
}

QUrl SignInEndpoint::offer()
{
    const auto offered = m_pending.constFind(m_offered);
    if (offered != m_pending.constEnd() && offered->browserHash.isEmpty()
        && offered->expiresAt > m_deps.clock.now() + kLifetime / 2)
        return urlOf(m_offered);
    const auto url = begin();
    m_offered = url.path().section(u'/', -1);
    return url;
}

QUrl SignInEndpoint::urlOf(const QString &id) const
{
    return QUrl(u"http://localhost:%1%2"_s.arg(m_deps.port).arg(pathOf(id)));
}

void SignInEndpoint::open(const http::HttpRequest &request, http::Reply reply)
{
    const auto id = request.pathParameters.value("id");
    const auto pending = m_pending.find(id);
    if (pending == m_pending.end() || pending->expiresAt <= m_deps.clock.now()
        || !pending->browserHash.isEmpty())
        return answerGone(request, std::move(reply));
    const Secret browserKey(randomToken(m_deps.random));
    pending->browserHash = browserKey.hash();
    const auto cookie = http::setCookie(kCookie, browserKey.reveal(), pathOf(id).toLatin1(),
                                        int(std::chrono::seconds(kLifetime).count()));
    QUrl back(QString::fromLatin1(request.ownOrigin()) + pathOf(id) + u"/continue"_s);
    const auto waiting = std::make_shared<http::Reply>(std::move(reply));
    m_deps.signIns.begin(
        id, back, hints(), this,
        [this, request, waiting, cookie](const Result<QUrl, oidc::SignInError> &tenant) {
            if (tenant) {
                return waiting->send(
                    http::HttpResponse::redirect(302, *tenant).with("Set-Cookie", cookie));
            }
            const auto &error = tenant.error().error;
            qCWarning(lcOauth) << "sign-in cannot begin:" << error.message << error.detail;
            waiting->send(m_deps.pages.error(
                503, request, troublePage(tenant.error(), u"The sign-in cannot begin"_s)));
        });
}

/// Somebody who is not signed in for everything is meant most likely. While another one is, a
/// tenant that remembers the browser would give the same account again, so it must ask. Nobody in
/// particular gets what is configured.
oidc::SignInHints SignInEndpoint::hints() const
{
    oidc::SignInHints hints;
    const auto accounts = m_deps.accounts.list().value_or(QList<store::Account>());
    for (const auto &account : accounts) {
        if (account.issuer != m_deps.issuer)
            continue;
        if (m_deps.tokens.isSignedIn(account.id))
            hints.prompt = u"login"_s;
        const auto scopes = m_deps.grants.activeScopes(account.id).value_or(QStringList());
        if (hints.expected || m_deps.tokens.isSignedInFor(account.id, scopes))
            continue;
        hints.expected = account.id;
        hints.loginHint = account.email;
        hints.scopes = scopes;
        hints.wanted = scopes;
    }
    return hints;
}

void SignInEndpoint::finish(const http::HttpRequest &request, http::Reply reply)
{
    const auto id = request.pathParameters.value("id");
    const auto pending = m_pending.constFind(id);
    if (pending == m_pending.constEnd() || !m_deps.signIns.isReadyToFinish(id))
        return answerGone(request, std::move(reply));
    const auto cookies = http::cookieValues(request, kCookie);
    const bool bound = std::any_of(cookies.begin(), cookies.end(), [&](const QByteArray &value) {
        return constantTimeEquals(sha256(value), pending->browserHash);
    });
    if (!bound)
        return answerGone(request, std::move(reply));
    const auto waiting = std::make_shared<http::Reply>(std::move(reply));
    m_deps.signIns.finish(
        id, this,
        [this, request, waiting,
         id](const Result<oidc::SignInProgress, oidc::SignInError> &progress) {
            if (progress && !progress->next.isEmpty())
                return waiting->send(http::HttpResponse::redirect(302, progress->next));
            m_pending.remove(id);
            if (!progress) {
                const auto &error = progress.error().error;
                qCInfo(lcOauth) << "sign-in failed:" << error.message << error.detail;
                return waiting->send(m_deps.pages.error(
                    400, request, troublePage(progress.error(), u"You are not signed in"_s)));
            }
            const auto found = m_deps.accounts.find(progress->account);
            const bool known = found && *found;
            waiting->send(m_deps.pages.signedIn(request, known ? (*found)->name : QString(),
                                                known ? (*found)->email : QString()));
        });
}

void SignInEndpoint::answerGone(const http::HttpRequest &request, http::Reply reply) const
{
    reply.send(m_deps.pages.error(
        410, request,
        PageError{u"expired"_s, u"This sign-in cannot continue"_s,
                  u"It has expired, was used before, or was started in another browser."_s,
                  u"Start the sign-in again where you started it."_s}));
}

} // namespace gatehouse::oauth
