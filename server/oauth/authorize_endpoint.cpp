// SPDX-License-Identifier: GPL-3.0-or-later
#include <oauth/authorize_endpoint.h>

#include <approval/approval_service.h>
#include <approval/redirect_target.h>
#include <base/logging.h>
#include <base/random.h>
#include <base/secret.h>
#include <base/text.h>
#include <http/cookies.h>
#include <oauth/interaction_endpoint.h>
#include <oauth/oauth_error.h>
#include <oauth/redirect_uri.h>

#include <QJsonObject>

#include <memory>

namespace gatehouse::oauth {

using namespace Qt::StringLiterals;

namespace {

/// A program that probes its registration (fetch with Accept: application/json), not a person.
bool wantsJson(const http::HttpRequest &request)
{
    const auto accept = request.headers.value("accept");
    return accept.contains("application/json") && !accept.contains("text/html");
}

/// A document that a browser goes to, as far as it says (Fetch Metadata): not an image, a frame, a
/// script's fetch, or a look ahead with HEAD. Programs that are no browsers say nothing.
bool isNavigation(const http::HttpRequest &request)
{
    const auto destination = request.headers.value("sec-fetch-dest");
    return request.method == "GET" && (destination.isEmpty() || destination == "document");
}

/// Whether something may be read from the web for this request: for a person who goes to the page,
/// and for a program, but not because a page of another site has a picture, a frame or a script
/// here, or a browser looks ahead. An Origin has passed the router's list.
bool mayReadWeb(const http::HttpRequest &request)
{
    const auto &headers = request.headers;
    if (headers.value("sec-purpose").contains("prefetch")
        || headers.value("purpose").contains("prefetch"))
        return false;
    if (isNavigation(request))
        return true;
    const auto site = headers.value("sec-fetch-site");
    const bool isForeignPage =
        !site.isEmpty() && site != "none" && site != "same-origin" && !headers.contains("origin");
    return wantsJson(request) && !isForeignPage;
}

int statusOf(const QString &code)
{
    if (code == "server_error"_L1 || code == "temporarily_unavailable"_L1)
        return 503;
    return code == "access_denied"_L1 ? 403 : 400;
}

/// For a program that probes.
http::HttpResponse jsonError(const QString &code, const QString &description)
{
    OAuthError error{statusOf(code), code, description};
    if (error.status == 503)
        error.retryAfter = kRetryAfterTrouble;
    return error.toResponse();
}

/// RFC 9700 §4.11.2: whether the browser may be sent there before the person has seen who asks.
/// Anybody can register an address, and then send people here with a request that cannot succeed,
/// so that a link to Gatehouse ends on a page of theirs. Loopback addresses stay on this computer.
bool isTrusted(const store::Client &client, const QString &redirectUri)
{
    return client.lastUsedAt || client.kind == store::ClientKind::PreRegistered
        || approval::redirectTargetOf(redirectUri).kind == approval::TargetKind::Loopback;
}

} // namespace

AuthorizeEndpoint::AuthorizeEndpoint(Deps deps, QObject *parent)
    : QObject(parent), m_deps(deps), m_resolver({deps.clock, deps.clients, deps.documents}),
      m_parser(deps.scopes, deps.port), m_gate(deps.clock, deps.clients)
{
}

void AuthorizeEndpoint::addRoutes(http::Router &router)
{
    // RFC 9700 §2.6: no page may read what is said here; browsers are sent here, they do not fetch.
    router.add({"/authorize",
                http::OriginRule::OwnPages,
                {},
                {{"GET", [this](const http::HttpRequest &request, http::Reply reply) {
                      authorize(request, std::move(reply));
                  }}}});
}

void AuthorizeEndpoint::authorize(const http::HttpRequest &request, http::Reply reply)
{
    const auto parameters = http::FormParameters::parse(request.query, {u"resource"_s});
    if (!parameters) {
        return reply.send(
            refuse(request,
                   PageError{u"invalid_request"_s, u"This request cannot continue"_s,
                             parameters.error().message, u"Start again from the program."_s}));
    }
    const ClientId id(parameters->value(u"client_id"_s));
    if (const auto wait = m_gate.check(request, id))
        return reply.send(askLater(request, *wait));
    // A reply that waits in a std::function, which must be copyable.
    const auto waiting = std::make_shared<http::Reply>(std::move(reply));
    const auto hasLeft = std::make_shared<bool>(false);
    waiting->whenClientLeaves(this, [hasLeft] { *hasLeft = true; });
    m_resolver.resolve(id, mayReadWeb(request), this,
                       [this, request, parameters, waiting,
                        hasLeft](const Result<store::Client, PageError> &found) {
                           if (!found)
                               return waiting->send(refuse(request, found.error()));
                           // Nobody would come for its page, so it makes no interaction.
                           waiting->send(*hasLeft ? http::HttpResponse{408}
                                                  : goOn(request, *parameters, *found));
                       });
}

http::HttpResponse AuthorizeEndpoint::goOn(const http::HttpRequest &request,
                                           const http::FormParameters &parameters,
                                           const store::Client &client)
{
    const auto parsed = m_parser.parse(parameters, client);
    if (!parsed)
        return refuse(request, contained(parsed.error(), client));
    if (const auto blocked = checkBlocked(parsed->redirectUri, client))
        return refuse(request, *blocked);
    if (wantsJson(request)) {
        // The registration is fine; a probe is no reason to disturb the person.
        return http::HttpResponse::json(200, {{u"status"_s, u"ready"_s}});
    }
    if (!isNavigation(request)) {
        return refuse(request,
                      PageError{u"invalid_request"_s, u"This request cannot continue"_s,
                                u"It was not opened as a page of its own."_s,
                                u"Start again from the program."_s});
    }
    return beginInteraction(request, *parsed);
}

http::HttpResponse AuthorizeEndpoint::askLater(const http::HttpRequest &request,
                                               std::chrono::seconds wait) const
{
    if (wantsJson(request))
        return OAuthError::tooManyRequests(wait).toResponse();
    return m_deps.pages
        .error(429, request,
               PageError{u"temporarily_unavailable"_s, u"Too many requests at once"_s,
                         u"Programs have asked for access very often in the last minute."_s,
                         u"Wait a minute, then reload this page."_s})
        .with("Retry-After", QByteArray::number(qint64(wait.count())));
}

/// Says so to the person alone: what they blocked gets no answer either.
std::optional<PageError> AuthorizeEndpoint::checkBlocked(const QString &redirectUri,
                                                         const store::Client &client) const
{
    const auto blocked = m_deps.approvals.isBlocked(redirectUri);
    if (!blocked) {
        return PageError{u"server_error"_s, u"This request cannot continue"_s,
                         blocked.error().message, blocked.error().remedy};
    }
    if (!*blocked)
        return std::nullopt;
    return PageError{
        u"access_denied"_s,
        u"This request is blocked"_s,
        u"You have blocked requests from %1."_s.arg(describeRedirectTarget(redirectUri)),
        u"Unblock it in the Gatehouse window."_s,
        client.name,
        redirectUri};
}

/// What of a failure may leave Gatehouse: an error for an untrusted address becomes a page.
AuthorizeFailure AuthorizeEndpoint::contained(const AuthorizeFailure &failure,
                                              const store::Client &client) const
{
    const auto *redirect = std::get_if<RedirectError>(&failure);
    if (redirect == nullptr)
        return failure;
    if (const auto blocked = checkBlocked(redirect->redirectUri, client))
        return *blocked;
    if (isTrusted(client, redirect->redirectUri))
        return failure;
    return PageError{
        redirect->code,
        u"This request cannot continue"_s,
        u"%1 Gatehouse does not send you on to the program's address, because you have never "
        "allowed this program."_s.arg(redirect->description),
        u"Close this page and start again from the program. If you did not start this, you need "
        "not do anything. Nothing was shared."_s,
        client.name,
        redirect->redirectUri};
}

http::HttpResponse AuthorizeEndpoint::refuse(const http::HttpRequest &request,
                                             const AuthorizeFailure &failure) const
{
    if (const auto *redirect = std::get_if<RedirectError>(&failure)) {
        qCInfo(lcOauth) << "authorization refused:" << redirect->code << redirect->description;
        // It would follow the redirect to its own address, and read the answer of that.
        if (wantsJson(request))
            return jsonError(redirect->code, redirect->description);
        return redirectToClient(
            redirect->redirectUri,
            {{u"error"_s, redirect->code}, {u"error_description"_s, redirect->description}},
            redirect->state, request.ownOrigin());
    }
    const auto &page = std::get<PageError>(failure);
    qCInfo(lcOauth) << "authorization refused on a page:" << page.code
                    << shownText(page.clientName);
    if (wantsJson(request))
        return jsonError(page.code, page.explanation);
    return m_deps.pages.error(statusOf(page.code), request, page);
}

http::HttpResponse AuthorizeEndpoint::beginInteraction(const http::HttpRequest &request,
                                                       const AuthorizeRequest &authorize)
{
    const Secret browserKey(randomToken(m_deps.random));
    store::Interaction asked;
    asked.client = authorize.client.id;
    asked.clientName = authorize.client.name;
    asked.redirectUri = authorize.redirectUri;
    asked.redirectUriGiven = authorize.redirectUriGiven;
    asked.scopes = authorize.scopes;
    asked.resource = authorize.resource;
    asked.clientState = authorize.state;
    asked.codeChallenge = authorize.codeChallenge;
    asked.prompt = authorize.prompt;
    asked.loginHint = authorize.loginHint;
    asked.maxAge = authorize.maxAge;
    asked.origin = request.ownOrigin();
    asked.browserHash = browserKey.hash();
    asked.registrar = authorize.client.registeredBy;
    const auto opened = m_deps.approvals.open(asked);
    if (!opened) {
        return refuse(request,
                      contained(RedirectError{authorize.redirectUri, authorize.state,
                                              u"temporarily_unavailable"_s, opened.error().message},
                                authorize.client));
    }
    const auto path = interactionPath(opened->id);
    // RFC 9700 §4.12: 303, so that nothing of this request is sent along.
    return http::HttpResponse::redirect(303, QUrl(QString::fromLatin1(request.ownOrigin()) + path))
        .with(
            "Set-Cookie",
            http::setCookie(kInteractionCookie, browserKey.reveal(), path.toLatin1(),
                            int(std::chrono::seconds(2 * approval::kInteractionLifetime).count())));
}

http::HttpResponse redirectToClient(const QString &redirectUri,
                                    QList<std::pair<QString, QString>> parameters,
                                    const QString &state, const QByteArray &issuer)
{
    if (!state.isEmpty())
        parameters.append({u"state"_s, state});
    parameters.append({u"iss"_s, QString::fromLatin1(issuer)});
    QStringList pairs;
    for (const auto &[key, value] : std::as_const(parameters)) {
        pairs.append(key + u'=' + QString::fromLatin1(QUrl::toPercentEncoding(value)));
    }
    // The registered text stays as it is: going through QUrl could rewrite it.
    const QChar separator = redirectUri.contains(u'?') ? u'&' : u'?';
    http::HttpResponse response{302};
    response.headers.append("Location", (redirectUri + separator + pairs.join(u'&')).toLatin1());
    response.headers.append("Cache-Control", "no-store");
    response.headers.append("Referrer-Policy", "no-referrer");
    return response;
}

} // namespace gatehouse::oauth
