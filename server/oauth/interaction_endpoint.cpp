// SPDX-License-Identifier: GPL-3.0-or-later
#include <oauth/interaction_endpoint.h>

#include <approval/approval_service.h>
#include <base/crypto.h>
#include <base/logging.h>
#include <http/cookies.h>
#include <oauth/authorize_endpoint.h>
#include <oauth/client_metadata_document.h>
#include <oauth/grants.h>
#include <oauth/redirect_uri.h>
#include <store/account_store.h>
#include <store/client_store.h>

#include <QJsonObject>

#include <algorithm>
#include <memory>

namespace gatehouse::oauth {

using namespace Qt::StringLiterals;

namespace {

PageError expired()
{
    return {u"expired"_s, u"This request has expired"_s,
            u"It was not answered in time, or it is finished already."_s,
            u"Start again from the program."_s};
}

/// Absent is not broken: the request may well be there.
PageError unavailable(const Error &error)
{
    return {u"server_error"_s, u"This request cannot continue now"_s, error.message,
            error.remedy.isEmpty() ? u"Reload this page to try again."_s : error.remedy};
}

int statusOf(const PageError &error)
{
    if (error.code == "server_error"_L1)
        return 503;
    return error.code == "expired"_L1 ? 410 : 403;
}

PageError otherBrowser()
{
    return {u"access_denied"_s, u"This request was started in another browser"_s,
            u"Only the browser that started a request can go on with it."_s,
            u"Go back to that browser, or start again from the program."_s};
}

/// Whether the person made this navigation: typed or opened by a program, not by another website,
/// and not fetched ahead of time (Fetch Metadata).
bool isOwnNavigation(const http::HttpRequest &request)
{
    return request.method == "GET" && request.headers.value("sec-fetch-dest") == "document"
        && request.headers.value("sec-fetch-site") == "none"
        && !request.headers.value("sec-purpose").contains("prefetch")
        && !request.headers.value("purpose").contains("prefetch");
}

PageError foreignPort(const store::Interaction &interaction)
{
    return {u"access_denied"_s,
            u"This request cannot continue"_s,
            u"The answer would go to %1, where another user of this computer listens. Gatehouse "
            "sends it nothing."_s.arg(describeRedirectTarget(interaction.redirectUri)),
            u"Close this page and start again from the program. Nothing was shared."_s,
            interaction.clientName,
            interaction.redirectUri};
}

QUrl urlOf(const store::Interaction &interaction, const QString &suffix = {})
{
    return QUrl(QString::fromLatin1(interaction.origin) + interactionPath(interaction.id) + suffix);
}

/// A reply that waits in a std::function, which must be copyable.
std::shared_ptr<http::Reply> shared(http::Reply reply)
{
    return std::make_shared<http::Reply>(std::move(reply));
}

} // namespace

QString interactionPath(const InteractionId &id)
{
    return u"/interaction/"_s + id.value;
}

InteractionEndpoint::InteractionEndpoint(Deps deps, QObject *parent) : QObject(parent), m_deps(deps)
{
}

void InteractionEndpoint::addRoutes(http::Router &router)
{
    using Self = InteractionEndpoint;
    const QByteArray page = "/interaction/{id}";
    addStep(router, page, "GET", &Self::showPage);
    addStep(router, page + "/status", "GET", &Self::tellStatus);
    addStep(router, page + "/raise", "POST", &Self::raise);
    addStep(router, page + "/cancel", "POST", &Self::cancel);
    addStep(router, page + "/continue", "GET", &Self::goOn, http::HeadRule::Refused);
    router.add({"/callback",
                http::OriginRule::OwnPages,
                {},
                {{"GET",
                  [this](const http::HttpRequest &request, http::Reply reply) {
                      acceptCallback(request, std::move(reply));
                  }}},
                http::HeadRule::Refused});
}

/// RFC 9700 §2.6: what belongs to the authorization endpoint is for our own pages alone.
void InteractionEndpoint::addStep(http::Router &router, const QByteArray &pattern,
                                  const QByteArray &method, Step step, http::HeadRule head)
{
    router.add({pattern,
                http::OriginRule::OwnPages,
                {},
                {{method,
                  [this, step](const http::HttpRequest &request, http::Reply reply) {
                      const auto found = findForBrowser(request);
                      if (!found) {
                          return reply.send(
                              m_deps.pages.error(statusOf(found.error()), request, found.error()));
                      }
                      (this->*step)(request, *found, std::move(reply));
                  }}},
                head});
}

Result<store::Interaction, PageError>
InteractionEndpoint::findForBrowser(const http::HttpRequest &request) const
{
    auto found = m_deps.approvals.find(InteractionId(request.pathParameters.value("id")));
    if (!found)
        return fail(unavailable(found.error()));
    if (!*found)
        return fail(expired());
    const auto cookies = http::cookieValues(request, kInteractionCookie);
    const bool bound = std::any_of(cookies.begin(), cookies.end(), [&](const QByteArray &value) {
        return constantTimeEquals(sha256(value), (*found)->browserHash);
    });
    if (!bound) {
        qCInfo(lcOauth) << "request" << (*found)->id.shortId() << "came without its cookie";
        return fail(otherBrowser());
    }
    return std::move(**found);
}

void InteractionEndpoint::showPage(const http::HttpRequest &request,
                                   const store::Interaction &interaction, http::Reply reply)
{
    if (interaction.raised || !isOwnNavigation(request))
        return reply.send(currentPage(request, interaction.id));
    raiseThen(request, interaction, std::move(reply),
              [this, request, id = interaction.id] { return currentPage(request, id); });
}

http::HttpResponse InteractionEndpoint::currentPage(const http::HttpRequest &request,
                                                    const InteractionId &id) const
{
    const auto found = m_deps.approvals.find(id);
    if (!found)
        return m_deps.pages.error(503, request, unavailable(found.error()));
    if (!*found)
        return m_deps.pages.error(410, request, expired());
    const auto &interaction = **found;
    if (interaction.state != store::InteractionState::Pending)
        return http::HttpResponse::redirect(303, urlOf(interaction, u"/continue"_s));
    const auto client = m_deps.clients.find(interaction.client);
    return m_deps.pages.waiting(request, interaction, documentHost(client.value_or(std::nullopt)));
}

/// Asks for the interaction to be shown to the person, then answers with `respond`.
void InteractionEndpoint::raiseThen(const http::HttpRequest &request,
                                    const store::Interaction &interaction, http::Reply reply,
                                    std::function<http::HttpResponse()> respond)
{
    const auto waiting = shared(std::move(reply));
    m_deps.approvals.raise(
        interaction.id, this,
        [this, request, interaction, waiting,
         respond](const Result<approval::RaiseOutcome> &outcome) {
            if (outcome && *outcome == approval::RaiseOutcome::ForeignPort) {
                return waiting->send(m_deps.pages.error(403, request, foreignPort(interaction)));
            }
            if (!outcome)
                qCInfo(lcOauth) << "a request is not shown:" << outcome.error().message;
            waiting->send(respond());
        });
}

void InteractionEndpoint::tellStatus(const http::HttpRequest &,
                                     const store::Interaction &interaction, http::Reply reply)
{
    reply.send(http::HttpResponse::json(200, {{u"state"_s, stateWord(interaction)}}));
}

void InteractionEndpoint::raise(const http::HttpRequest &request,
                                const store::Interaction &interaction, http::Reply reply)
{
    raiseThen(request, interaction, std::move(reply),
              [interaction] { return http::HttpResponse::redirect(303, urlOf(interaction)); });
}

void InteractionEndpoint::cancel(const http::HttpRequest &, const store::Interaction &interaction,
                                 http::Reply reply)
{
    // A decision that came first stands; either way the next step tells the client.
    if (const auto denied = m_deps.approvals.cancel(interaction.id); !denied)
        qCInfo(lcOauth) << "cancelled too late:" << interaction.id.shortId();
    reply.send(http::HttpResponse::redirect(303, urlOf(interaction, u"/continue"_s)));
}

void InteractionEndpoint::goOn(const http::HttpRequest &request,
                               const store::Interaction &interaction, http::Reply reply)
{
    switch (interaction.state) {
    case store::InteractionState::Pending:
        return reply.send(http::HttpResponse::redirect(303, urlOf(interaction)));
    case store::InteractionState::Finished:
        return reply.send(m_deps.pages.error(410, request, expired()));
    case store::InteractionState::Denied:
        return answerError(interaction, u"access_denied"_s, u"The person denied this request."_s,
                           std::move(reply));
    case store::InteractionState::Allowed:
        break;
    }
    const auto name = interaction.id.value;
    if (m_deps.signIns.isReadyToFinish(name))
        return finishSignIn(request, interaction, std::move(reply));
    if (mayActNow(interaction))
        return finish(request, interaction, *interaction.account, std::move(reply));
    beginSignIn(request, interaction, std::move(reply));
}

/// True when the approved account is signed in, and its tokens were asked for with all that was
/// allowed now. A client that wants a fresh sign-in gets one; consent and the choice of an account
/// have just been asked for in Gatehouse.
bool InteractionEndpoint::mayActNow(const store::Interaction &interaction) const
{
    const auto &granted = interaction.grantedScopes;
    if (hintsOf(interaction).wantsFreshSignIn() || !interaction.account
        || !m_deps.tokens.isSignedInFor(*interaction.account, granted))
        return false;
    const auto account = m_deps.accounts.find(*interaction.account);
    if (!account || !*account)
        return false;
    return std::all_of(granted.begin(), granted.end(),
                       [&](const QString &scope) { return (*account)->scopes.contains(scope); });
}

bool InteractionEndpoint::isAnyoneSignedIn() const
{
    const auto accounts = m_deps.accounts.list().value_or(QList<store::Account>());
    return std::any_of(accounts.begin(), accounts.end(), [this](const store::Account &account) {
        return m_deps.tokens.isSignedIn(account.id);
    });
}

oidc::SignInHints InteractionEndpoint::hintsOf(const store::Interaction &interaction) const
{
    oidc::SignInHints hints{interaction.prompt, interaction.loginHint, interaction.maxAge};
    if (interaction.account)
        hints.scopes = m_deps.grants.activeScopes(*interaction.account).value_or(QStringList());
    hints.scopes += interaction.grantedScopes;
    hints.wanted = interaction.grantedScopes;
    hints.account = interaction.account;
    if (!interaction.account && hints.prompt.isEmpty() && isAnyoneSignedIn())
        hints.prompt = u"login"_s; // another account was chosen; the tenant would give the same
    return hints;
}

void InteractionEndpoint::beginSignIn(const http::HttpRequest &request,
                                      const store::Interaction &interaction, http::Reply reply)
{
    const auto waiting = shared(std::move(reply));
    m_deps.signIns.begin(
        interaction.id.value, urlOf(interaction, u"/continue"_s), hintsOf(interaction), this,
        [this, request, interaction, waiting](const Result<QUrl, oidc::SignInError> &tenant) {
            if (tenant)
                return waiting->send(http::HttpResponse::redirect(302, *tenant));
            // The person may try again with the same approval once the tenant answers.
            const auto &error = tenant.error().error;
            qCWarning(lcOauth) << "sign-in cannot begin:" << error.message << error.detail;
            waiting->send(m_deps.pages.error(
                503, request,
                PageError{tenant.error().oauthError, u"The sign-in cannot begin"_s, error.message,
                          error.remedy.isEmpty() ? u"Reload this page to try again."_s
                                                 : error.remedy}));
        });
}

void InteractionEndpoint::finishSignIn(const http::HttpRequest &request,
                                       const store::Interaction &interaction, http::Reply reply)
{
    const auto waiting = shared(std::move(reply));
    const auto hasLeft = std::make_shared<bool>(false);
    waiting->whenClientLeaves(this, [hasLeft] { *hasLeft = true; });
    m_deps.signIns.finish(
        interaction.id.value, this,
        [this, request, interaction, waiting,
         hasLeft](const Result<oidc::SignInProgress, oidc::SignInError> &progress) {
            // Nobody would come for the answer: the approval stays for when the page is reloaded.
            if (*hasLeft)
                return waiting->send(http::HttpResponse{408});
            if (progress && !progress->next.isEmpty())
                return waiting->send(http::HttpResponse::redirect(302, progress->next));
            if (progress)
                return finish(request, interaction, progress->account, std::move(*waiting));
            const auto &failure = progress.error();
            qCInfo(lcOauth) << "sign-in failed:" << failure.error.message << failure.error.detail;
            auto words = failure.error.message;
            if (!failure.error.remedy.isEmpty())
                words += u' ' + failure.error.remedy;
            answerError(interaction, failure.oauthError, words, std::move(*waiting));
        });
}

void InteractionEndpoint::finish(const http::HttpRequest &request,
                                 const store::Interaction &interaction, const AccountId &account,
                                 http::Reply reply)
{
    if (interaction.account && *interaction.account != account) {
        return answerError(interaction, u"access_denied"_s,
                           u"The person signed in with another account than the approved one."_s,
                           std::move(reply));
    }
    const auto code = m_deps.grants.finish(interaction, account);
    if (!code) {
        qCWarning(lcOauth) << "no grant:" << code.error().message << code.error().detail;
        return reply.send(
            m_deps.pages.error(503, request,
                               PageError{u"server_error"_s, u"This request cannot continue"_s,
                                         code.error().message, code.error().remedy}));
    }
    if (code->isEmpty()) // another tab was faster
        return reply.send(m_deps.pages.error(410, request, expired()));
    reply.send(redirectToClient(interaction.redirectUri,
                                {{u"code"_s, QString::fromLatin1(code->reveal())}},
                                interaction.clientState, interaction.origin));
}

void InteractionEndpoint::answerError(const store::Interaction &interaction, const QString &code,
                                      const QString &description, http::Reply reply)
{
    const auto closed = m_deps.grants.close(interaction);
    if (!closed)
        qCWarning(lcOauth) << "an interaction stays open:" << closed.error().message;
    reply.send(redirectToClient(interaction.redirectUri,
                                {{u"error"_s, code}, {u"error_description"_s, description}},
                                interaction.clientState, interaction.origin));
}

void InteractionEndpoint::acceptCallback(const http::HttpRequest &request, http::Reply reply)
{
    const auto parameters = http::FormParameters::parse(request.query);
    const auto next =
        parameters ? m_deps.signIns.acceptCallback(*parameters) : fail(parameters.error());
    if (next)
        return reply.send(http::HttpResponse::redirect(303, *next));
    qCInfo(lcOauth) << "callback refused:" << next.error().message << next.error().detail;
    reply.send(m_deps.pages.error(
        400, request,
        PageError{u"invalid_request"_s, u"This sign-in cannot continue"_s, next.error().message,
                  next.error().remedy.isEmpty() ? u"Start again from the program."_s
                                                : next.error().remedy}));
}

} // namespace gatehouse::oauth
