// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <base/random.h>
#include <base/result.h>
#include <demo/access_token_check.h>
#include <demo/todos_store.h>
#include <http/http_server.h>
#include <http/router.h>

#include <memory>
#include <variant>

namespace gatehouse::demo {

/// The sample API that the demo protects: todos per person, behind access tokens of the tenant,
/// which it verifies by itself as an organisation's API would. Owned by Demo, on its thread.
class TodosApi {
public:
    struct Deps {
        Clock &clock;
        RandomSource &random;
    };
    struct Options {
        quint16 port = 8379;
        QString issuer;
        QString audience;
        QString databasePath;
        KeySource keys;
    };

    TodosApi(Deps deps, Options options);
    ~TodosApi();

    /// Opens the database and serves on both loopback addresses.
    [[nodiscard]] Result<std::monostate> start();
    void stop();

private:
    using ScopedHandler =
        std::function<http::HttpResponse(const http::HttpRequest &, const Caller &)>;

    void addRoutes();
    [[nodiscard]] std::optional<http::HttpResponse> authenticate(http::HttpRequest &request) const;
    /// A handler that runs only when the token has `scope` and the person has their samples.
    [[nodiscard]] http::Handler needs(const QString &scope, ScopedHandler handler);

    [[nodiscard]] http::HttpResponse health() const;
    [[nodiscard]] http::HttpResponse listTodos(const http::HttpRequest &request,
                                               const Caller &caller) const;
    [[nodiscard]] http::HttpResponse createTodo(const http::HttpRequest &request,
                                                const Caller &caller);
    [[nodiscard]] http::HttpResponse showTodo(const http::HttpRequest &request,
                                              const Caller &caller) const;
    [[nodiscard]] http::HttpResponse changeTodo(const http::HttpRequest &request,
                                                const Caller &caller);
    [[nodiscard]] http::HttpResponse deleteTodo(const http::HttpRequest &request,
                                                const Caller &caller);

    Deps m_deps;
    Options m_options;
    AccessTokenCheck m_tokens;
    http::Router m_router;
    std::unique_ptr<TodosStore> m_store;
    std::unique_ptr<http::HttpServer> m_server;
};

} // namespace gatehouse::demo
