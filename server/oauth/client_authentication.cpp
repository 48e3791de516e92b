// SPDX-License-Identifier: GPL-3.0-or-later
#include <oauth/client_authentication.h>

#include <base/crypto.h>
#include <oauth/authorization_header.h>
#include <store/client_store.h>

namespace gatehouse::oauth {

using namespace Qt::StringLiterals;

namespace {

struct Credentials {
    ClientId id;
    QByteArray secret;
    QString method;
};

Result<Credentials, OAuthError> readCredentials(const http::HttpRequest &request,
                                                const http::FormParameters &form)
{
    const auto authorization = request.headers.value("authorization");
    const bool basic = isBasic(authorization);
    const bool post = form.contains(u"client_secret"_s);
    if (basic && post)
        return fail(OAuthError::invalidRequest(u"Two ways of client authentication at once."_s));
    if (basic) {
        const auto credentials = basicCredentials(authorization);
        if (!credentials)
            return fail(OAuthError::invalidClient(u"The Basic credentials are malformed."_s));
        if (form.contains(u"client_id"_s) && form.value(u"client_id"_s) != credentials->user)
            return fail(OAuthError::invalidRequest(u"client_id differs from the credentials."_s));
        return Credentials{ClientId(credentials->user), credentials->password,
                           u"client_secret_basic"_s};
    }
    return Credentials{ClientId(form.value(u"client_id"_s)),
                       form.value(u"client_secret"_s).toUtf8(),
                       post ? u"client_secret_post"_s : u"none"_s};
}

} // namespace

ClientId presentedClient(const http::HttpRequest &request, const http::FormParameters &form)
{
    const auto credentials = readCredentials(request, form);
    return credentials ? credentials->id : ClientId();
}

Result<store::Client, OAuthError> authenticateClient(const http::HttpRequest &request,
                                                     const http::FormParameters &form,
                                                     const store::ClientStore &clients)
{
    const auto credentials = readCredentials(request, form);
    if (!credentials)
        return fail(credentials.error());
    if (credentials->id.isEmpty())
        return fail(OAuthError::invalidClient(u"client_id is missing."_s));
    auto client = clients.find(credentials->id);
    if (!client)
        return fail(OAuthError::temporarilyUnavailable().withDetail(client.error().detail));
    if (!*client)
        return fail(OAuthError::invalidClient(u"The client is not known here."_s));
    if (credentials->method != (*client)->authMethod)
        return fail(OAuthError::invalidClient(u"The client authenticates in another way than "
                                              "it registered."_s));
    if (credentials->method != "none"_L1
        && !constantTimeEquals(sha256(credentials->secret), (*client)->secretHash))
        return fail(OAuthError::invalidClient(u"The client secret is wrong."_s));
    return std::move(**client);
}

Result<http::FormParameters, OAuthError> parseFormBody(const http::HttpRequest &request)
{
    const auto type = request.headers.value("content-type").split(';').first().trimmed().toLower();
    if (type != "application/x-www-form-urlencoded") {
        return fail(
            OAuthError::invalidRequest(u"The body must be application/x-www-form-urlencoded."_s));
    }
    auto form = http::FormParameters::parse(request.body, {u"resource"_s});
    if (!form)
        return fail(OAuthError::invalidRequest(form.error().message));
    return std::move(*form);
}

} // namespace gatehouse::oauth
