// SPDX-License-Identifier: GPL-3.0-or-later
#include <http/router.h>

#include <base/logging.h>
#include <base/text.h>

#include <QJsonObject>

namespace gatehouse::http {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kAllowedRequestHeaders =
    "Authorization, Content-Type, Accept, Mcp-Session-Id, MCP-Protocol-Version, Last-Event-ID, "
    "Mcp-Method, Mcp-Name";
constexpr auto kExposedHeaders =
    "Mcp-Session-Id, WWW-Authenticate, Last-Event-Id, MCP-Protocol-Version, Retry-After";

HttpResponse refusal(int status, const QString &error, const QString &description)
{
    return HttpResponse::json(status, {{u"error"_s, error}, {u"error_description"_s, description}});
}

bool matches(const QByteArrayList &pattern, const QByteArrayList &path,
             QHash<QByteArray, QString> &parameters)
{
    if (pattern.size() != path.size())
        return false;
    for (qsizetype i = 0; i < pattern.size(); ++i) {
        const auto &wanted = pattern.at(i);
        const auto &segment = path.at(i);
        if (wanted.startsWith('{')) {
            if (segment.isEmpty())
                return false;
            parameters.insert(wanted.mid(1, wanted.size() - 2),
                              QString::fromUtf8(QByteArray::fromPercentEncoding(segment)));
        } else if (wanted != segment) {
            return false;
        }
    }
    return true;
}

QByteArray allowedMethods(const Resource &resource)
{
    QByteArrayList methods;
    for (const auto &[method, handler] : resource.methods) {
        methods.append(method);
        if (method == "GET" && resource.head == HeadRule::AsGet)
            methods.append("HEAD");
    }
    methods.append("OPTIONS");
    return methods.join(", ");
}

/// Who may read the answer. Credentials mode is never allowed: our cookies are for navigations.
void addCors(HttpResponse &response, const QByteArray &origin, OriginRule rule)
{
    response.headers.append("Vary", "Origin");
    if (origin.isEmpty() || rule == OriginRule::OwnPages)
        return;
    response.headers.set("Access-Control-Allow-Origin",
                         rule == OriginRule::Anyone ? QByteArray("*") : origin);
    response.headers.set("Access-Control-Expose-Headers", kExposedHeaders);
}

HttpResponse preflight(const HttpRequest &request, const Resource &resource)
{
    auto response = HttpResponse::empty(204).with("Allow", allowedMethods(resource));
    if (!request.headers.contains("origin") || resource.origins == OriginRule::OwnPages)
        return response;
    QByteArray headers = kAllowedRequestHeaders;
    const auto asked = request.headers.value("access-control-request-headers").split(',');
    for (const auto &name : asked) {
        // Mcp-Param-* names come from tool schemas, so they cannot be listed beforehand.
        if (name.trimmed().toLower().startsWith("mcp-param-"))
            headers += ", " + name.trimmed();
    }
    response.headers.append("Access-Control-Allow-Methods", allowedMethods(resource));
    response.headers.append("Access-Control-Allow-Headers", headers);
    response.headers.append("Access-Control-Max-Age", "600");
    if (request.headers.value("access-control-request-private-network") == "true")
        response.headers.append("Access-Control-Allow-Private-Network", "true");
    return response;
}

} // namespace

Router::Router(SitePolicy policy) : m_policy(std::move(policy))
{
    const auto port = ':' + QByteArray::number(m_policy.port);
    m_hosts = {"localhost" + port, "127.0.0.1" + port, "[::1]" + port};
}

void Router::add(Resource resource)
{
    QByteArrayList segments;
    if (resource.pattern.contains('{'))
        segments = resource.pattern.split('/');
    m_entries.push_back({std::move(resource), std::move(segments)});
}

void Router::setNotFound(Handler handler)
{
    m_notFound = std::move(handler);
}

void Router::handle(HttpRequest request, Reply reply)
{
    if (const auto refused = checkHost(request))
        return reply.send(*refused);

    const Resource *resource = find(request);
    const auto rule = resource != nullptr ? resource->origins : OriginRule::Listed;
    if (const auto refused = checkOrigin(request, rule))
        return reply.send(*refused);
    reply.addFilter([origin = request.headers.value("origin"), rule](HttpResponse &response) {
        addCors(response, origin, rule);
    });

    if (resource == nullptr) {
        if (m_notFound)
            return m_notFound(request, std::move(reply));
        return reply.send(refusal(404, u"not_found"_s, u"There is nothing at this address."_s));
    }
    if (request.method == "OPTIONS")
        return reply.send(preflight(request, *resource));
    if (resource->guard) {
        if (const auto refused = resource->guard(request))
            return reply.send(*refused);
    }
    const bool isGet = request.method == "HEAD" && resource->head == HeadRule::AsGet;
    const auto handler = resource->methods.find(isGet ? QByteArray("GET") : request.method);
    if (handler == resource->methods.end()) {
        return reply.send(
            refusal(405, u"method_not_allowed"_s, u"This address does not take that method."_s)
                .with("Allow", allowedMethods(*resource)));
    }
    handler->second(request, std::move(reply));
}

const Resource *Router::find(HttpRequest &request) const
{
    QByteArrayList segments;
    for (const auto &entry : m_entries) {
        if (entry.segments.isEmpty()) {
            if (entry.resource.pattern == request.path)
                return &entry.resource;
            continue;
        }
        if (segments.isEmpty())
            segments = request.path.split('/');
        QHash<QByteArray, QString> parameters;
        if (matches(entry.segments, segments, parameters)) {
            request.pathParameters = parameters;
            return &entry.resource;
        }
    }
    return nullptr;
}

/// DNS rebinding: a page of another name that resolves to 127.0.0.1 still sends its own name.
std::optional<HttpResponse> Router::checkHost(HttpRequest &request) const
{
    const auto host = request.headers.value("host").toLower();
    if (request.headers.count("host") == 1 && m_hosts.contains(host)) {
        request.host = host;
        return std::nullopt;
    }
    qCInfo(lcHttp) << "refused a foreign Host:" << shownText(QString::fromLatin1(host));
    return refusal(421, u"misdirected_request"_s,
                   u"Gatehouse answers only as localhost, 127.0.0.1 or [::1]."_s);
}

std::optional<HttpResponse> Router::checkOrigin(const HttpRequest &request, OriginRule rule) const
{
    if (rule == OriginRule::Anyone || !request.headers.contains("origin"))
        return std::nullopt;
    const auto origin = request.headers.value("origin");
    const bool single = request.headers.count("origin") == 1;
    if (single && origin == request.ownOrigin())
        return std::nullopt;
    // Fetch §3.1: a form on a page with Referrer-Policy no-referrer posts with "Origin: null".
    if (single && rule == OriginRule::OwnPages && origin == "null"
        && request.headers.value("sec-fetch-site") == "same-origin")
        return std::nullopt;
    if (single && rule == OriginRule::Listed && m_policy.allowedOrigins.contains(origin))
        return std::nullopt;
    qCInfo(lcHttp) << "refused a foreign Origin:" << shownText(QString::fromLatin1(origin));
    return refusal(403, u"forbidden_origin"_s, u"This website may not talk to Gatehouse."_s);
}

} // namespace gatehouse::http
