// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <http/reply.h>

#include <QByteArrayList>
#include <QSet>

#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace gatehouse::http {

using Handler = std::function<void(const HttpRequest &, Reply)>;
/// Looks at a request before its method and body; an answer refuses it. May set `principal`.
using Guard = std::function<std::optional<HttpResponse>(HttpRequest &)>;

/// Which web pages may call a path. A request without Origin comes from no page and passes.
enum class OriginRule {
    Listed, ///< our own origin and those of the policy; any other is 403
    Anyone, ///< public data without credentials: any origin may read it
    OwnPages, ///< our own pages' forms: our origin, or "null" (no-referrer pages) of the same site
};

/// What becomes of HEAD where there is GET.
enum class HeadRule {
    AsGet, ///< the handler of GET answers it, and the gateway leaves the body out
    Refused, ///< GET changes something here, and a look ahead must not (RFC 9110 §9.2.1)
};

/// One path and everything that may be done with it.
struct Resource {
    /// "/interaction/{id}/cancel": a segment in braces matches one non-empty segment.
    QByteArray pattern;
    OriginRule origins = OriginRule::Listed;
    Guard guard = {};
    std::map<QByteArray, Handler> methods = {};
    HeadRule head = HeadRule::AsGet;
};

struct SitePolicy {
    /// The port that Host must carry.
    quint16 port = 0;
    /// Origins other than our own that may call `Listed` resources, as browsers send them.
    QSet<QByteArray> allowedOrigins = {};
};

/// Host → Origin and CORS → guard → method → handler, always in this order (ARCHITECTURE, "One
/// request"). Unknown path 404, unlisted method 405 with Allow, HEAD as GET unless the resource
/// refuses it, OPTIONS by itself. Lives as long as the service; resources are added before the
/// first request.
class Router final : public RequestHandler {
public:
    explicit Router(SitePolicy policy);

    void add(Resource resource);
    /// Answers paths that no resource has; without one they get a plain JSON 404.
    void setNotFound(Handler handler);

    void handle(HttpRequest request, Reply reply) override;

private:
    [[nodiscard]] const Resource *find(HttpRequest &request) const;
    [[nodiscard]] std::optional<HttpResponse> checkHost(HttpRequest &request) const;
    [[nodiscard]] std::optional<HttpResponse> checkOrigin(const HttpRequest &request,
                                                          OriginRule rule) const;

    struct Entry {
        Resource resource;
        QByteArrayList segments; ///< of a pattern with parameters
    };

    SitePolicy m_policy;
    QByteArrayList m_hosts; ///< the three values of Host that name this server
    std::vector<Entry> m_entries;
    Handler m_notFound;
};

} // namespace gatehouse::http
