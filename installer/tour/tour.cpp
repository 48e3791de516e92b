// SPDX-License-Identifier: GPL-3.0-or-later
#include "tour.h"

#include <QtCore/QElapsedTimer>
#include <QtCore/QHash>
#include <QtCore/QJsonDocument>
#include <QtCore/QRegularExpression>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace gatehouse::tour {

namespace {

constexpr auto kRevokeLimit = 1s;
constexpr int kSampleTodos = 5; // Alice's, at first

/// The code on the waiting page that the person compares.
QString shownCode(const Browser &browser)
{
    static const QRegularExpression pattern(u"class=\"code\".*?aria-hidden=\"true\">([A-Z0-9]+)<"_s,
                                            QRegularExpression::DotMatchesEverythingOption);
    const QRegularExpressionMatch match = pattern.match(QString::fromUtf8(browser.page().body));
    require(browser.page().status == 200,
            u"the waiting page answers %1"_s.arg(browser.page().status));
    require(match.hasMatch(), u"the waiting page shows no code"_s);
    return match.captured(1);
}

QString errorText(const QJsonObject &result)
{
    return result["content"_L1].toArray().first().toObject()["text"_L1].toString();
}

} // namespace

Tour::Tour(QString binary, QString workDir)
    : m_out(stdout), m_service(std::move(binary), std::move(workDir))
{
}

const std::vector<Tour::Step> &Tour::steps()
{
    static const std::vector<Step> all{
        {u"start"_s, &Tour::start},
        {u"challenge"_s, &Tour::challenge},
        {u"discovery"_s, &Tour::discovery},
        {u"registration"_s, &Tour::registration},
        {u"waiting-page"_s, &Tour::waitingPage},
        {u"approvals"_s, &Tour::approvals},
        {u"approve"_s, &Tour::approve},
        {u"sign-in"_s, &Tour::signIn},
        {u"redirect"_s, &Tour::redirect},
        {u"token"_s, &Tour::token},
        {u"initialize"_s, &Tour::initialize},
        {u"tools"_s, &Tour::tools},
        {u"list-todos"_s, &Tour::listTodos},
        {u"create-todo"_s, &Tour::createTodo},
        {u"missing-scope"_s, &Tour::missingScope},
        {u"older-transport"_s, &Tour::olderTransport},
        {u"refresh"_s, &Tour::refresh},
        {u"second-session"_s, &Tour::secondSession},
        {u"pause"_s, &Tour::pause},
        {u"resume"_s, &Tour::resume},
        {u"deny"_s, &Tour::deny},
        {u"revoke"_s, &Tour::revoke},
        {u"stop"_s, &Tour::stop},
    };
    return all;
}

bool Tour::run()
{
    QElapsedTimer timer;
    timer.start();
    int number = 0;
    for (const Step &step : steps()) {
        if (!play(step, ++number))
            return false;
    }
    m_out << u"\nAll %1 steps worked, in %2 ms.\n"_s.arg(number).arg(timer.elapsed()) << Qt::flush;
    return true;
}

bool Tour::play(const Step &step, int number)
{
    QElapsedTimer timer;
    timer.start();
    const auto line = [&](const QString &what) {
        return u"%1. %2 %3 ms  %4\n"_s.arg(number, 2)
            .arg(step.name, -16)
            .arg(timer.elapsed(), 5)
            .arg(what);
    };
    try {
        const QString seen = (this->*step.play)();
        m_out << line(seen) << Qt::flush;
        return true;
    } catch (const Failure &failure) {
        m_out << line(u"FAILED: "_s + failure.reason())
              << u"\nThe tour failed at step \"%1\": %2\nThe log of Gatehouse: %3\n"_s.arg(
                     step.name, failure.reason(), m_service.logFile())
              << Qt::flush;
        return false;
    }
}

QString Tour::start()
{
    m_service.start();
    const Answer health = send({"GET"_ba, m_service.url().resolved(QUrl(u"/healthz"_s)), {}, {}});
    require(health.status == 200, u"/healthz answers %1"_s.arg(health.status));
    m_client =
        std::make_unique<McpClient>(u"Tour Client"_s, m_service.url().resolved(QUrl(u"/mcp"_s)));
    m_browser = std::make_unique<Browser>(m_client->redirectUri());
    return u"Gatehouse answers at %1."_s.arg(m_service.url().toString());
}

QString Tour::challenge()
{
    m_resourceMetadata = m_client->challenge();
    return u"A client without a token gets 401 and is told where to read on: %1."_s.arg(
        m_resourceMetadata.path());
}

QString Tour::discovery()
{
    m_client->discover(m_resourceMetadata);
    return u"The client finds the authorization server %1, which offers %2."_s.arg(
        m_client->discovery().issuer, m_client->discovery().scopes.join(u", "_s));
}

QString Tour::registration()
{
    m_client->registerClient();
    return u"The client registers itself as \"%1\"."_s.arg(m_client->name());
}

QString Tour::waitingPage()
{
    m_browser->open(m_client->authorizeUrl());
    m_code = shownCode(*m_browser);
    return u"The client opens the browser. The page waits for the person and shows the code %1."_s
        .arg(m_code);
}

QJsonObject Tour::pendingApproval(const QString &code)
{
    const QJsonArray list = m_service.verb({u"approvals"_s}).toArray();
    require(list.size() == 1, u"%1 requests are waiting instead of 1"_s.arg(list.size()));
    const QJsonObject approval = list.first().toObject();
    require(
        approval["code"_L1].toString() == code,
        u"the approval shows the code %1, the page %2"_s.arg(approval["code"_L1].toString(), code));
    return approval;
}

QString Tour::approvals()
{
    const QJsonObject approval = pendingApproval(m_code);
    const QString name = approval["client"_L1].toObject()["name"_L1].toString();
    require(name == m_client->name(), u"the approval names \"%1\""_s.arg(name));
    require(approval["redirectUri"_L1].toString() == m_client->redirectUri().toString(),
            u"the approval shows another redirect address"_s);
    m_approvalId = approval["id"_L1].toString();
    return u"\"gatehouse approvals\" lists \"%1\" with the same code."_s.arg(name);
}

QString Tour::approve()
{
    m_browser->reload();
    require(shownCode(*m_browser) == m_code, u"the page went on before anybody had approved"_s);
    m_service.verb({u"approve"_s, m_approvalId});
    require(m_service.verb({u"approvals"_s}).toArray().isEmpty(),
            u"the request is still waiting after it was approved"_s);
    return u"The person types \"gatehouse approve %1\"."_s.arg(m_approvalId);
}

QString Tour::signIn()
{
    m_browser->reload();
    require(!m_browser->arrivedAtClient(), u"nobody had to sign in"_s);
    const QUrl tenant = m_browser->url();
    require(tenant.port() != m_service.url().port(),
            u"the browser is not at the tenant but at %1 (status %2)"_s.arg(tenant.path())
                .arg(m_browser->page().status));
    m_browser->press(u"Alice"_s);
    require(m_browser->arrivedAtClient(),
            u"the browser stays at %1 (status %2)"_s.arg(m_browser->url().path())
                .arg(m_browser->page().status));
    return u"The browser goes on to the demo tenant at %1, and the person signs in as Alice."_s.arg(
        tenant.authority());
}

QString Tour::redirect()
{
    const QHash<QString, QString> parameters = m_client->checkRedirect(m_browser->url());
    require(!parameters.contains(u"error"_s),
            u"the client gets the error %1"_s.arg(parameters.value(u"error"_s)));
    m_authorizationCode = parameters.value(u"code"_s);
    require(!m_authorizationCode.isEmpty(), u"the client gets no code"_s);
    return u"The browser is back at the client with a code, the client's state and the issuer."_s;
}

QString Tour::token()
{
    m_client->setTokens(m_client->redeem(m_authorizationCode));
    return u"The client redeems the code with its PKCE verifier and gets its tokens."_s;
}

QString Tour::initialize()
{
    const QJsonObject server = m_client->initialize()["serverInfo"_L1].toObject();
    return u"The MCP session starts with %1 %2."_s.arg(server["name"_L1].toString(),
                                                       server["version"_L1].toString());
}

QString Tour::tools()
{
    QStringList names;
    for (const QJsonValue &tool : m_client->rpc(u"tools/list"_s, {})["tools"_L1].toArray())
        names.append(tool.toObject()["name"_L1].toString());
    for (const QString &expected : {u"list-todos"_s, u"create-todo"_s, u"whoami"_s})
        require(names.contains(expected), u"the tool \"%1\" is missing"_s.arg(expected));
    return u"The server offers %1 tools: %2."_s.arg(names.size()).arg(names.join(u", "_s));
}

QJsonArray Tour::todos()
{
    const QJsonObject result = m_client->callTool(u"list-todos"_s);
    require(!result["isError"_L1].toBool(), u"list-todos: "_s + errorText(result));
    const QJsonValue output = toolOutput(result);
    return output.isArray() ? output.toArray() : output["todos"_L1].toArray();
}

QString Tour::listTodos()
{
    const QJsonArray list = todos();
    require(list.size() == kSampleTodos,
            u"Alice has %1 todos instead of %2"_s.arg(list.size()).arg(kSampleTodos));
    return u"Alice's %1 todos come from the protected API; the first is \"%2\"."_s.arg(list.size())
        .arg(list.first()["title"_L1].toString());
}

QString Tour::createTodo()
{
    const QString title = u"Show somebody the tour"_s;
    const QJsonObject result = m_client->callTool(u"create-todo"_s, {{u"title"_s, title}});
    require(!result["isError"_L1].toBool(), u"create-todo: "_s + errorText(result));
    const QJsonArray list = todos();
    require(list.size() == kSampleTodos + 1, u"there are %1 todos afterwards"_s.arg(list.size()));
    require(list.last()["title"_L1].toString() == title, u"the new todo is not in the list"_s);
    return u"A new todo \"%1\" is there when the list is read again."_s.arg(title);
}

QString Tour::missingScope()
{
    const Answer answer = m_client->tryTool(u"list-billing"_s);
    require(answer.status == 403, u"list-billing answers %1 instead of 403"_s.arg(answer.status));
    const QByteArray challenge = answer.header("www-authenticate");
    require(challenge.contains("error=\"insufficient_scope\""),
            u"the 403 does not say insufficient_scope"_s);
    require(challenge.contains("read:billing"), u"the 403 does not say which scope is missing"_s);
    return u"Billing was not granted: 403 insufficient_scope, which names read:billing."_s;
}

QString Tour::olderTransport()
{
    const auto stream = m_client->openStream(m_service.url().resolved(QUrl(u"/sse"_s)));
    const QUrl messages =
        m_service.url().resolved(QUrl(QString::fromUtf8(stream->event("endpoint"_ba, 5s))));
    const QJsonObject hello{
        {u"jsonrpc"_s, u"2.0"_s},
        {u"id"_s, u"first"_s},
        {u"method"_s, u"initialize"_s},
        {u"params"_s,
         QJsonObject{{u"protocolVersion"_s, u"2024-11-05"_s},
                     {u"capabilities"_s, QJsonObject()},
                     {u"clientInfo"_s,
                      QJsonObject{{u"name"_s, m_client->name()}, {u"version"_s, u"1.0"_s}}}}}};
    const Answer accepted = m_client->post(messages, hello);
    require(accepted.status == 202, u"/messages answers %1 instead of 202"_s.arg(accepted.status));
    const QJsonObject answer = QJsonDocument::fromJson(stream->event("message"_ba, 5s)).object();
    require(answer["id"_L1].toString() == "first"_L1, u"the stream brings another answer"_s);
    require(answer["result"_L1]["protocolVersion"_L1].toString() == "2024-11-05"_L1,
            u"the older protocol is not spoken"_s);
    return u"Clients of 2024 work too: /sse and /messages."_s;
}

QString Tour::refresh()
{
    const Tokens before = m_client->tokens();
    const Tokens after = m_client->refresh();
    require(after.access != before.access, u"the access token stays the same"_s);
    require(after.refresh != before.refresh, u"the refresh token does not rotate"_s);
    m_client->setTokens(after);
    require(todos().size() == kSampleTodos + 1, u"the new access token reads other todos"_s);
    return u"The refresh token gives a new pair of tokens, and the new ones work."_s;
}

QString Tour::secondSession()
{
    m_client->initialize();
    const QJsonObject result = m_client->callTool(u"whoami"_s);
    require(!result["isError"_L1].toBool(), u"whoami: "_s + errorText(result));
    require(errorText(result).contains(u"Alice"_s), u"whoami does not say Alice"_s);
    return u"A second session starts without the browser, and whoami says Alice."_s;
}

QString Tour::pause()
{
    m_service.verb({u"pause"_s});
    const QJsonObject result = m_client->callTool(u"list-todos"_s);
    require(result["isError"_L1].toBool(), u"a tool works although access is paused"_s);
    return u"\"gatehouse pause\": tools answer \"%1\""_s.arg(errorText(result));
}

QString Tour::resume()
{
    m_service.verb({u"resume"_s});
    require(todos().size() == kSampleTodos + 1, u"the todos are not back"_s);
    return u"\"gatehouse resume\": the same session works again."_s;
}

QString Tour::deny()
{
    McpClient other(u"Unwanted Client"_s, m_client->endpoint());
    other.discover(m_resourceMetadata);
    other.registerClient();
    Browser browser(other.redirectUri());
    browser.open(other.authorizeUrl());
    const QJsonObject approval = pendingApproval(shownCode(browser));
    m_service.verb({u"deny"_s, approval["id"_L1].toString()});
    browser.reload();
    require(browser.arrivedAtClient(), u"the browser does not go back to the client"_s);
    const QHash<QString, QString> parameters = other.checkRedirect(browser.url());
    require(parameters.value(u"error"_s) == "access_denied"_L1,
            u"the client gets \"%1\" instead of access_denied"_s.arg(parameters.value(u"error"_s)));
    require(!parameters.contains(u"code"_s), u"the denied client gets a code"_s);
    return u"A second client is denied with \"gatehouse deny\" and gets access_denied."_s;
}

QString Tour::revoke()
{
    QString grant;
    for (const QJsonValue &client : m_service.verb({u"clients"_s}).toArray()) {
        if (client["name"_L1].toString() == m_client->name())
            grant = client["grants"_L1].toArray().first()["id"_L1].toString();
    }
    require(!grant.isEmpty(),
            u"\"gatehouse clients\" lists no grant of \"%1\""_s.arg(m_client->name()));
    const auto stream = m_client->openStream(m_client->endpoint());
    QElapsedTimer timer;
    timer.start();
    m_service.verb({u"revoke"_s, grant});
    require(stream->endsWithin(kRevokeLimit), u"the open stream goes on after a second"_s);
    const qint64 ended = timer.elapsed();
    const int status = m_client->tryTool(u"list-todos"_s).status;
    require(status == 401, u"the revoked token gets %1 instead of 401"_s.arg(status));
    return u"\"gatehouse revoke %1\": the open stream ended within %2 ms, and the token gets 401."_s
        .arg(grant)
        .arg(ended);
}

QString Tour::stop()
{
    m_service.stop();
    return u"Gatehouse ends cleanly."_s;
}

} // namespace gatehouse::tour
