// SPDX-License-Identifier: GPL-3.0-or-later
#include <demo/todos_api.h>

#include <base/logging.h>
#include <demo/people.h>
#include <demo/todos_openapi.h>
#include <http/form.h>

#include <QJsonArray>

namespace gatehouse::demo {

using namespace Qt::StringLiterals;
using http::HttpRequest;
using http::HttpResponse;

namespace {

/// The longest valid body is a title of 200 characters, each written as two \u escapes.
constexpr qsizetype kMaxBody = 4096;

HttpResponse problem(int status, const QString &error, const QString &message)
{
    return HttpResponse::json(status, {{u"error"_s, error}, {u"message"_s, message}});
}

HttpResponse storeProblem(const Error &error)
{
    qCWarning(lcDemo) << error.message << error.detail;
    return problem(500, u"server_error"_s, error.message);
}

HttpResponse noSuchTodo()
{
    return problem(404, u"not_found"_s, u"You have no todo of this id."_s);
}

/// RFC 6750 §3: the challenge of a request without credentials says nothing about an error.
HttpResponse challenge(TokenProblem why)
{
    switch (why) {
    case TokenProblem::Malformed:
        return problem(400, u"invalid_request"_s, u"The Authorization header is not understood."_s)
            .with("WWW-Authenticate",
                  "Bearer realm=\"todos-api\", error=\"invalid_request\", "
                  "error_description=\"The Authorization header is not understood.\"");
    case TokenProblem::Invalid:
        return problem(401, u"invalid_token"_s, u"The access token is not valid here."_s)
            .with("WWW-Authenticate",
                  "Bearer realm=\"todos-api\", error=\"invalid_token\", "
                  "error_description=\"The access token is not valid here.\"");
    case TokenProblem::Missing:
        break;
    }
    return problem(401, u"unauthorized"_s, u"Send an access token of the demo tenant."_s)
        .with("WWW-Authenticate", "Bearer realm=\"todos-api\"");
}

HttpResponse insufficientScope(const QString &scope)
{
    return problem(403, u"insufficient_scope"_s,
                   u"The access token lacks the scope %1."_s.arg(scope))
        .with("WWW-Authenticate",
              "Bearer realm=\"todos-api\", error=\"insufficient_scope\", "
              "error_description=\"The access token lacks a scope.\", scope=\""
                  + scope.toLatin1() + '"');
}

/// A refusal, or nothing when the body may be read as JSON.
std::optional<HttpResponse> checkBody(const HttpRequest &request)
{
    if (request.body.size() > kMaxBody) {
        return problem(413, u"too_large"_s, u"The body is longer than %1 bytes."_s.arg(kMaxBody));
    }
    const auto type = request.headers.value("content-type").split(';').value(0).trimmed().toLower();
    if (!request.body.isEmpty() && type != "application/json")
        return problem(415, u"unsupported_media_type"_s, u"Send application/json."_s);
    return std::nullopt;
}

/// The `done` filter; an error is the sentence for the caller.
Result<std::optional<bool>, QString> parseDoneFilter(const QByteArray &query)
{
    const auto parameters = http::FormParameters::parse(query);
    if (!parameters)
        return fail(parameters.error().message);
    const auto done = parameters->optional(u"done"_s);
    if (!done)
        return std::optional<bool>();
    if (*done != u"true" && *done != u"false")
        return fail(u"done: must be true or false."_s);
    return *done == u"true";
}

HttpResponse billing()
{
    return HttpResponse::json(200,
                              {{u"billing"_s,
                                QJsonObject{{u"plan"_s, u"Demo"_s},
                                            {u"method"_s, u"credit-card"_s},
                                            {u"last4"_s, u"1234"_s},
                                            {u"expiration"_s, u"01/2030"_s}}}});
}

HttpResponse whoAmI(const Caller &caller)
{
    return HttpResponse::json(200,
                              {{u"subject"_s, caller.subject},
                               {u"scopes"_s, QJsonArray::fromStringList(caller.scopes)},
                               {u"permissions"_s, QJsonArray::fromStringList(caller.permissions)}});
}

QString todoId(const HttpRequest &request)
{
    return request.pathParameters.value("id");
}

} // namespace

TodosApi::TodosApi(Deps deps, Options options)
    : m_deps(deps), m_options(std::move(options)),
      m_tokens(deps.clock, {m_options.issuer, m_options.audience, m_options.keys}),
      m_router(http::SitePolicy{m_options.port})
{
    addRoutes();
}

TodosApi::~TodosApi() = default;

Result<std::monostate> TodosApi::start()
{
    auto store = TodosStore::open(m_options.databasePath, {m_deps.clock, m_deps.random});
    if (!store)
        return fail(store.error());
    m_store = std::move(*store);
    m_server = http::makeHttpServer(m_router);
    if (const auto listening = m_server->listen(m_options.port); !listening) {
        stop();
        return fail(listening.error());
    }
    return {};
}

void TodosApi::stop()
{
    m_server.reset();
    m_store.reset();
}

void TodosApi::addRoutes()
{
    const auto guard = [this](HttpRequest &request) { return authenticate(request); };
    const auto bind = [this](auto function) {
        return [this, function](const HttpRequest &request, const Caller &caller) {
            return (this->*function)(request, caller);
        };
    };
    const auto openApi =
        todosOpenApi(u"http://127.0.0.1:%1"_s.arg(m_options.port), m_options.issuer);

    m_router.setNotFound([](const HttpRequest &, http::Reply reply) {
        reply.send(problem(404, u"not_found"_s, u"There is nothing at this address."_s));
    });
    m_router.add({"/openapi.json",
                  http::OriginRule::Anyone,
                  {},
                  {{"GET", [openApi](const HttpRequest &, http::Reply reply) {
                        reply.send(HttpResponse::json(200, openApi));
                    }}}});
    m_router.add(
        {"/api/health",
         http::OriginRule::Anyone,
         {},
         {{"GET", [this](const HttpRequest &, http::Reply reply) { reply.send(health()); }}}});
    m_router.add({"/api/me",
                  http::OriginRule::Listed,
                  guard,
                  {{"GET", needs({}, [](const HttpRequest &, const Caller &caller) {
                        return whoAmI(caller);
                    })}}});
    m_router.add({"/api/todos",
                  http::OriginRule::Listed,
                  guard,
                  {{"GET", needs(u"read:todos"_s, bind(&TodosApi::listTodos))},
                   {"POST", needs(u"write:todos"_s, bind(&TodosApi::createTodo))}}});
    m_router.add({"/api/todos/{id}",
                  http::OriginRule::Listed,
                  guard,
                  {{"GET", needs(u"read:todos"_s, bind(&TodosApi::showTodo))},
                   {"PATCH", needs(u"write:todos"_s, bind(&TodosApi::changeTodo))},
                   {"DELETE", needs(u"write:todos"_s, bind(&TodosApi::deleteTodo))}}});
    m_router.add({"/api/billing",
                  http::OriginRule::Listed,
                  guard,
                  {{"GET", needs(u"read:billing"_s, [](const HttpRequest &, const Caller &) {
                        return billing();
                    })}}});
}

std::optional<HttpResponse> TodosApi::authenticate(HttpRequest &request) const
{
    if (request.headers.count("authorization") > 1)
        return challenge(TokenProblem::Malformed);
    auto caller = m_tokens.check(request.headers.value("authorization"));
    if (!caller)
        return challenge(caller.error());
    request.principal = std::move(*caller);
    return std::nullopt;
}

http::Handler TodosApi::needs(const QString &scope, ScopedHandler handler)
{
    return
        [this, scope, handler = std::move(handler)](const HttpRequest &request, http::Reply reply) {
            const auto caller = std::any_cast<Caller>(request.principal);
            if (!scope.isEmpty() && !caller.scopes.contains(scope))
                return reply.send(insufficientScope(scope));
            if (const auto person = personBySubject(caller.subject)) {
                if (const auto seeded = m_store->seedOnce(caller.subject, person->todos); !seeded)
                    return reply.send(storeProblem(seeded.error()));
            }
            reply.send(handler(request, caller));
        };
}

HttpResponse TodosApi::health() const
{
    return HttpResponse::json(200,
                              {{u"status"_s, u"ok"_s}, {u"time"_s, toRfc3339(m_deps.clock.now())}});
}

HttpResponse TodosApi::listTodos(const HttpRequest &request, const Caller &caller) const
{
    const auto done = parseDoneFilter(request.query);
    if (!done)
        return problem(400, u"invalid_request"_s, done.error());
    const auto todos = m_store->list(caller.subject, *done);
    if (!todos)
        return storeProblem(todos.error());
    QJsonArray list;
    for (const auto &todo : *todos)
        list.append(todo.toJson());
    return HttpResponse::json(200, {{u"todos"_s, list}});
}

HttpResponse TodosApi::createTodo(const HttpRequest &request, const Caller &caller)
{
    if (auto refused = checkBody(request))
        return *std::move(refused);
    const auto input = parseNewTodo(request.body);
    if (!input)
        return problem(400, u"invalid_request"_s, input.error());
    const auto todo = m_store->add(caller.subject, *input);
    if (!todo)
        return storeProblem(todo.error());
    if (!*todo) {
        return problem(409, u"too_many_todos"_s,
                       u"You have %1 todos, as many as the demo keeps. Delete some first."_s.arg(
                           kMaxTodosPerPerson));
    }
    return HttpResponse::json(201, (*todo)->toJson())
        .with("Location", "/api/todos/" + (*todo)->id.toLatin1());
}

HttpResponse TodosApi::showTodo(const HttpRequest &request, const Caller &caller) const
{
    const auto todo = m_store->find(caller.subject, todoId(request));
    if (!todo)
        return storeProblem(todo.error());
    return *todo ? HttpResponse::json(200, (*todo)->toJson()) : noSuchTodo();
}

HttpResponse TodosApi::changeTodo(const HttpRequest &request, const Caller &caller)
{
    if (auto refused = checkBody(request))
        return *std::move(refused);
    const auto input = parseTodoChange(request.body);
    if (!input)
        return problem(400, u"invalid_request"_s, input.error());
    const auto todo = m_store->change(caller.subject, todoId(request), *input);
    if (!todo)
        return storeProblem(todo.error());
    return *todo ? HttpResponse::json(200, (*todo)->toJson()) : noSuchTodo();
}

HttpResponse TodosApi::deleteTodo(const HttpRequest &request, const Caller &caller)
{
    const auto removed = m_store->remove(caller.subject, todoId(request));
    if (!removed)
        return storeProblem(removed.error());
    return *removed ? HttpResponse::empty(204) : noSuchTodo();
}

} // namespace gatehouse::demo
