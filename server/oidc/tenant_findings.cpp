// SPDX-License-Identifier: GPL-3.0-or-later
#include <oidc/tenant_findings.h>

#include <base/json.h>
#include <base/text.h>
#include <http/form.h>
#include <oidc/code_flow.h>
#include <oidc/jose.h>
#include <oidc/tenant_network.h>

#include <QHostAddress>

namespace gatehouse::oidc {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kClockTolerance = 60s;
constexpr int kLongestShown = 200;

QString shownUrl(const QUrl &url)
{
    return shownText(url.toString(QUrl::RemoveQuery | QUrl::RemoveFragment), kLongestShown);
}

QString shownLong(const QString &text)
{
    return shownText(text, kLongestShown);
}

QString checkDomain()
{
    return u"Check tenant.domain (or tenant.issuer) in gatehouse.json: it is the Domain under "
           "Applications > (your application) > Settings."_s;
}

QString applicationSettings()
{
    return u"Auth0 dashboard: Applications > Applications > (your application) > Settings"_s;
}

Finding ok(const QString &subject, const QString &found, const QString &hint = {})
{
    return {subject, Verdict::Ok, found, hint};
}

Finding warning(const QString &subject, const QString &found, const QString &remedy)
{
    return {subject, Verdict::Warning, found, remedy};
}

Finding problem(const QString &subject, const QString &found, const QString &remedy)
{
    return {subject, Verdict::Problem, found, remedy};
}

Finding busy(const QString &subject, const TenantReply &reply)
{
    return problem(
        subject,
        u"The tenant answers with status %1 at %2."_s.arg(reply.status).arg(shownUrl(reply.url)),
        u"Try again in a minute. If it stays, look at Monitoring > Logs in the Auth0 "
        "dashboard and at status.auth0.com."_s);
}

/// A network that wants a sign-in of its own answers in place of everybody.
Finding portal(const QString &subject, const TenantReply &reply)
{
    const auto what = reply.isRedirect() ? u"sends us on to %1"_s.arg(shownUrl(reply.location))
                                         : u"shows a web page"_s;
    return problem(subject, u"%1 %2 instead of answering."_s.arg(shownUrl(reply.url), what),
                   u"Open a website in a browser: the network may want you to sign in to it first. "
                   "Otherwise something stands between, or the address is no tenant's. "_s
                       + checkDomain());
}

/// What of a URL's query or a JSON body says why something was refused (RFC 6749 §5.2).
struct Refusal {
    QString code;
    QString description;

    [[nodiscard]] QString shown() const
    {
        const auto words = description.isEmpty() ? QString() : u": "_s + shownLong(description);
        return shownText(code) + words;
    }
};

Refusal refusalIn(const QUrl &url)
{
    const auto parameters = http::FormParameters::parse(url.query(QUrl::FullyEncoded).toLatin1());
    if (!parameters)
        return {};
    return {parameters->value(u"error"_s), parameters->value(u"error_description"_s)};
}

Refusal refusalIn(const QByteArray &body)
{
    const auto object = parseJsonObject(body).value_or(QJsonObject());
    return {object.value("error"_L1).toString(), object.value("error_description"_L1).toString()};
}

QString grantTypes()
{
    return applicationSettings()
        + u" > Advanced Settings > Grant Types: tick Authorization Code and Refresh Token."_s;
}

Finding unknownApplication(const QString &why, const TenantConfig &tenant)
{
    const auto callback = tenant.callbackUrl.toString();
    const bool callbackAlone = why.contains("callback"_L1, Qt::CaseInsensitive)
        || why.contains("redirect_uri"_L1, Qt::CaseInsensitive);
    const bool clientAlone = why.contains("unknown client"_L1, Qt::CaseInsensitive);
    const auto addCallback = u"add this line to Allowed Callback URLs, exactly: %1"_s.arg(callback);
    if (callbackAlone) {
        return problem(u"application"_s,
                       u"The tenant does not allow the callback URL %1."_s.arg(callback),
                       applicationSettings() + u": "_s + addCallback);
    }
    const auto copyId = u"tenant.clientId in gatehouse.json must be its Client ID"_s;
    if (clientAlone) {
        return problem(u"application"_s,
                       u"The tenant knows no application with the client ID %1."_s.arg(
                           shownText(tenant.clientId)),
                       applicationSettings() + u": "_s + copyId + u'.');
    }
    return problem(u"application"_s,
                   u"The tenant does not know the client ID %1, or does not allow the callback URL "
                   "%2."_s.arg(shownText(tenant.clientId), callback),
                   applicationSettings() + u": "_s + copyId + u"; "_s + addCallback);
}

/// A silent request cannot succeed without a session: any of these says that nothing else is wrong
/// (OIDC Core §3.1.2.6).
bool wantsThePerson(const QString &code)
{
    return code.isEmpty() || code == "login_required"_L1 || code == "consent_required"_L1
        || code == "interaction_required"_L1 || code == "account_selection_required"_L1;
}

Finding refusedRequest(const Refusal &refusal, const CheckupSubject &subject,
                       const TenantAudience &asked)
{
    const auto &audience = asked.audience;
    const auto name = u"api"_s;
    if (refusal.description.startsWith("Service not found"_L1, Qt::CaseInsensitive)
        || refusal.code == "invalid_target"_L1) {
        return problem(
            name, u"The tenant knows no API with the identifier %1."_s.arg(shownLong(audience)),
            u"Auth0 dashboard: Applications > APIs > Create API. The Identifier must be "
            "exactly %1, as \"audience\" in gatehouse.json."_s.arg(shownLong(audience)));
    }
    const auto found = u"The tenant refuses a sign-in for this API with %1."_s.arg(refusal.shown());
    if (refusal.code == "unauthorized_client"_L1) {
        return problem(
            name, found,
            grantTypes()
                + u" If the API limits who may use it: Applications > APIs > (the API) > "
                  "Application Access, authorize this application."_s);
    }
    if (refusal.code == "invalid_scope"_L1) {
        return problem(
            name, found,
            u"Auth0 dashboard: Applications > APIs > (the API) > Permissions, add what is missing "
            "of: %1."_s.arg(shownLong(askedScopes(subject.tenant, asked, {}).join(u' '))));
    }
    if (refusal.code == "invalid_request"_L1) {
        return problem(name, found,
                       u"The tenant finds the request itself wrong: its description names what it "
                       "does not accept. See Monitoring > Logs in the Auth0 dashboard."_s);
    }
    return problem(
        name, found,
        u"Look at Monitoring > Logs in the Auth0 dashboard; a rule or an action may have "
        "refused it."_s);
}

/// Where the answer says that this application is another kind than configured.
Finding refusedClient(const Refusal &refusal, const CheckupSubject &subject)
{
    const auto name = u"client"_s;
    const auto said = refusal.code.isEmpty() ? u"status 401"_s : refusal.shown();
    const auto give = u"run `gatehouse tenant secret` and paste the Client Secret of "
                      "Applications > Applications > (your application) > Settings"_s;
    if (!subject.secretKnown) {
        return warning(
            name,
            u"The tenant wants a client secret of this application (%1), and none can be "
            "seen from here."_s.arg(said),
            u"If signing in fails, %1."_s.arg(give));
    }
    if (subject.clientSecret.isEmpty()) {
        return problem(name,
                       u"The tenant wants a client secret of this application (%1), and there is "
                       "none."_s.arg(said),
                       u"With an application of the type Regular Web, %1. Or set its Application "
                       "Type to Native there, which needs no secret."_s.arg(give));
    }
    return problem(
        name, u"The tenant refuses the client secret (%1)."_s.arg(said),
        u"Once more %1. Under Credentials there, the authentication method must be Client "
        "Secret (Post) or (Basic), as tenant.tokenEndpointAuthMethod says if it is "
        "set."_s.arg(give));
}

QString difference(std::chrono::seconds apart)
{
    using std::chrono::duration_cast;
    if (apart < 2min)
        return u"%1 seconds"_s.arg(apart.count());
    if (apart < 2h)
        return u"%1 minutes"_s.arg(duration_cast<std::chrono::minutes>(apart).count());
    if (apart < 48h)
        return u"%1 hours"_s.arg(duration_cast<std::chrono::hours>(apart).count());
    return u"%1 days"_s.arg(duration_cast<std::chrono::hours>(apart).count() / 24);
}

bool isThisComputer(const QUrl &url)
{
    return url.host() == "localhost"_L1 || QHostAddress(url.host()).isLoopback();
}

} // namespace

Finding transportFinding(const QString &subject, const TenantReply &reply)
{
    const auto host = shownText(reply.url.host());
    const auto reason = u" ("_s + shownLong(reply.errorText) + u")."_s;
    switch (reply.error) {
    case QNetworkReply::HostNotFoundError:
        return problem(subject, u"The name %1 is not known to the DNS."_s.arg(host),
                       u"Check the network connection. "_s + checkDomain());
    case QNetworkReply::SslHandshakeFailedError:
        return problem(
            subject, u"There is no safe (TLS) connection to %1"_s.arg(host) + reason,
            u"A network that wants you to sign in, a wrong clock, or a program that "
            "reads along can be the cause. The authority of a company's proxy must be "
            "among the system's certificates (on Debian /usr/local/share/ca-certificates "
            "and update-ca-certificates)."_s);
    case QNetworkReply::TimeoutError:
    case QNetworkReply::OperationCanceledError:
        return problem(subject, u"%1 did not answer in time."_s.arg(host),
                       u"Check the network connection and the firewall: %1 must be reachable on "
                       "port %2."_s.arg(host)
                           .arg(reply.url.port(443)));
    case QNetworkReply::ConnectionRefusedError:
        return problem(
            subject,
            u"Nothing answers at %1, port %2: the connection is refused."_s.arg(host).arg(
                reply.url.port(443)),
            isThisComputer(reply.url)
                ? u"Start the tenant on this computer; for the demo, start `gatehouse "
                  "--demo`."_s
                : checkDomain());
    case QNetworkReply::ProxyConnectionRefusedError:
    case QNetworkReply::ProxyConnectionClosedError:
    case QNetworkReply::ProxyNotFoundError:
    case QNetworkReply::ProxyTimeoutError:
    case QNetworkReply::ProxyAuthenticationRequiredError:
    case QNetworkReply::UnknownProxyError:
        return problem(subject,
                       u"The proxy in front of %1 does not pass us on"_s.arg(host) + reason,
                       u"Check the proxy settings of the system (https_proxy, no_proxy). A proxy "
                       "that asks for a password is not supported."_s);
    default:
        return problem(subject, u"%1 cannot be reached"_s.arg(host) + reason,
                       u"Check the network connection. "_s + checkDomain());
    }
}

Finding discoveryFinding(const TenantReply &reply)
{
    const auto name = u"tenant"_s;
    constexpr int kNetworkAuthenticationRequired = 511;
    if (reply.status == 0)
        return transportFinding(name, reply);
    if (reply.isRedirect() || reply.status == kNetworkAuthenticationRequired
        || (reply.status == 200 && reply.isHtml))
        return portal(name, reply);
    if (reply.isBusy())
        return busy(name, reply);
    if (reply.status != 200) {
        return problem(name,
                       u"There is no tenant at this address: %1 answers with status %2."_s
                           .arg(shownUrl(reply.url))
                           .arg(reply.status),
                       checkDomain());
    }
    if (!parseJsonObject(reply.body)) {
        return problem(name,
                       u"%1 answers with something that is no JSON."_s.arg(shownUrl(reply.url)),
                       checkDomain());
    }
    return ok(name, u"The tenant answers at %1."_s.arg(shownUrl(reply.url)));
}

Finding issuerFinding(const QJsonObject &document, const QString &configured)
{
    const auto name = u"issuer"_s;
    const auto issuer = document.value("issuer"_L1).toString();
    if (issuer == configured)
        return ok(name, u"The tenant calls itself %1, as configured."_s.arg(shownLong(issuer)));
    const auto write = u"Write in gatehouse.json: \"issuer\": \"%1\""_s.arg(shownLong(issuer));
    if (issuer == configured + u'/') {
        return problem(name,
                       u"A slash is missing at the end of tenant.issuer: the tenant calls itself "
                       "%1."_s.arg(shownLong(issuer)),
                       write);
    }
    if (configured == issuer + u'/') {
        return problem(name,
                       u"There is a slash too much at the end of tenant.issuer: the tenant calls "
                       "itself %1."_s.arg(shownLong(issuer)),
                       write);
    }
    if (issuer.isEmpty())
        return problem(name, u"The tenant does not say its name (issuer)."_s, checkDomain());
    return problem(name,
                   u"The tenant calls itself %1, but %2 is configured."_s.arg(
                       shownLong(issuer), shownLong(configured)),
                   write + u", if that is your tenant."_s);
}

Finding endpointsFinding(const QJsonObject &document)
{
    const auto name = u"endpoints"_s;
    for (const auto key : {"authorization_endpoint"_L1, "token_endpoint"_L1, "jwks_uri"_L1}) {
        const auto text = document.value(key).toString();
        if (isAcceptableTenantUrl(QUrl(text, QUrl::StrictMode)))
            continue;
        return problem(name,
                       text.isEmpty()
                           ? u"The tenant's description names no %1."_s.arg(key)
                           : u"The tenant's %1 is neither https nor on this computer: %2."_s.arg(
                               key, shownLong(text)),
                       checkDomain());
    }
    return ok(name, u"The tenant names all addresses that signing in needs."_s);
}

Finding clockFinding(const TenantReply &reply, Instant now)
{
    const auto name = u"clock"_s;
    if (!reply.date) {
        if (isThisComputer(reply.url))
            return ok(name, u"The tenant runs on this computer, so both have the same clock."_s);
        return warning(name,
                       u"The tenant does not tell its time, so the clocks were not compared."_s,
                       u"Look whether this computer's clock is right."_s);
    }
    const auto ahead = std::chrono::floor<std::chrono::seconds>(now - *reply.date);
    const auto apart = std::chrono::abs(ahead);
    if (apart <= kClockTolerance)
        return ok(name, u"This computer's clock agrees with the tenant's."_s);
    return problem(name,
                   u"This computer's clock is %1 %2 the tenant's, so tokens look %3."_s.arg(
                       difference(apart), ahead > 0s ? u"ahead of"_s : u"behind"_s,
                       ahead > 0s ? u"expired"_s : u"as if they came from the future"_s),
                   u"Switch on that the time is set from the network, for example with `sudo "
                   "timedatectl set-ntp true`."_s);
}

Finding keysFinding(const TenantReply &reply)
{
    const auto name = u"keys"_s;
    if (reply.status == 0)
        return transportFinding(name, reply);
    if (reply.isBusy())
        return busy(name, reply);
    const auto document = parseJsonObject(reply.body);
    const auto keys =
        reply.status == 200 && document ? JwkSet::parse(*document) : Result<JwkSet>(JwkSet());
    const auto count = keys ? keys->keys().size() : 0;
    if (count > 0)
        return ok(name, u"The tenant's signatures can be checked (usable keys: %1)."_s.arg(count));
    return problem(
        name,
        u"%1 has no key with which the tenant's signatures could be checked."_s.arg(
            shownUrl(reply.url)),
        u"Auth0 dashboard: Applications > Applications > (your application) > Settings > "
        "Advanced Settings > OAuth: the algorithm must be RS256."_s);
}

Findings authorizationFindings(const TenantReply &reply, const CheckupSubject &subject,
                               const TenantAudience &asked)
{
    const auto &audience = asked.audience;
    const auto name = u"application"_s;
    const auto &tenant = subject.tenant;
    if (reply.status == 0)
        return {transportFinding(name, reply)};
    if (reply.isBusy())
        return {busy(name, reply)};
    if (!reply.isRedirect() && reply.status / 100 == 4)
        return {unknownApplication(QString::fromUtf8(reply.body), tenant)};
    const auto refusal = refusalIn(reply.location);
    const auto target = reply.location.adjusted(QUrl::RemoveQuery | QUrl::RemoveFragment);
    if (reply.isRedirect() && target == tenant.callbackUrl) {
        Findings findings{ok(name,
                             u"The tenant knows the client ID %1 and the callback URL %2."_s.arg(
                                 shownText(tenant.clientId), tenant.callbackUrl.toString()))};
        if (!wantsThePerson(refusal.code))
            findings.append(refusedRequest(refusal, subject, asked));
        else if (!audience.isEmpty())
            findings.append(
                ok(u"api"_s,
                   u"The tenant knows the API with the identifier %1."_s.arg(shownLong(audience))));
        return findings;
    }
    // A tenant with an error page of its own sends the browser there.
    if (!refusal.code.isEmpty())
        return {unknownApplication(refusal.description, tenant)};
    return {warning(name,
                    u"The tenant does not say whether it knows the client ID and the callback URL: "
                    "it answers with %1."_s.arg(reply.isRedirect()
                                                    ? u"the way to "_s + shownUrl(reply.location)
                                                    : u"status %1"_s.arg(reply.status)),
                    applicationSettings()
                        + u": compare the Client ID, and Allowed Callback URLs with %1"_s.arg(
                            tenant.callbackUrl.toString()))};
}

Finding clientFinding(const TenantReply &reply, const CheckupSubject &subject)
{
    const auto name = u"client"_s;
    if (reply.status == 0)
        return transportFinding(name, reply);
    if (reply.isBusy())
        return busy(name, reply);
    const auto refusal = refusalIn(reply.body);
    if (refusal.code == "invalid_grant"_L1) {
        return ok(name,
                  subject.clientSecret.isEmpty()
                      ? u"The tenant lets this application in without a client secret."_s
                      : u"The tenant lets this application in with its client secret."_s);
    }
    if (refusal.code == "unauthorized_client"_L1) {
        return problem(
            name,
            u"The tenant does not let this application redeem codes (%1)."_s.arg(refusal.shown()),
            grantTypes());
    }
    if (reply.status == 401 || refusal.code == "invalid_client"_L1
        || refusal.code == "access_denied"_L1)
        return refusedClient(refusal, subject);
    return warning(
        name,
        u"The tenant's token endpoint answers with status %1%2, which says nothing about "
        "the client secret."_s.arg(reply.status)
            .arg(refusal.code.isEmpty() ? QString() : u", "_s + refusal.shown()),
        u"If signing in fails, look at Monitoring > Logs in the Auth0 dashboard."_s);
}

Finding offlineFinding(const QJsonObject &document, const TenantConfig &tenant)
{
    const auto name = u"offline"_s;
    if (!tenant.scopes.contains("offline_access"_L1)) {
        return warning(name,
                       u"tenant.scopes in gatehouse.json leaves out offline_access: you sign in "
                       "again whenever an access token ends."_s,
                       u"Add offline_access there, unless that is wanted."_s);
    }
    const auto supported = document.value("scopes_supported"_L1);
    if (supported.isArray() && !supported.toArray().contains(u"offline_access"_s)) {
        return warning(name,
                       u"The tenant does not list offline_access: you may have to sign in again "
                       "whenever an access token ends."_s,
                       u"Auth0 dashboard: Applications > APIs > (the API) > Settings: turn Allow "
                       "Offline Access on."_s);
    }
    return ok(
        name, u"The tenant can keep you signed in (offline_access)."_s,
        u"Look in the Auth0 dashboard that Allow Offline Access is on under Applications > APIs "
        "> (the API) > Settings, and under Applications > (your application) > Settings Refresh "
        "Token Rotation, with an overlap period of at least 30 seconds."_s);
}

Finding logoutFinding(const TenantConfig &tenant)
{
    auto url = tenant.callbackUrl;
    url.setPath(kSignedOutPath);
    return ok(
        u"logout"_s,
        u"After signing out the browser is to come back to %1; the tenant does not say whether it may."_s
            .arg(url.toString()),
        applicationSettings() + u": Allowed Logout URLs should hold "_s + url.toString());
}

} // namespace gatehouse::oidc
