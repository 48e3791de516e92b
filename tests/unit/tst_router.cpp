// SPDX-License-Identifier: GPL-3.0-or-later
#include <http/router.h>

#include <QRegularExpression>
#include <QTest>

using namespace gatehouse::http;
using namespace Qt::StringLiterals;

namespace {

/// Keeps what a reply was answered with.
class FakeChannel final : public Reply::Channel {
public:
    explicit FakeChannel(std::optional<HttpResponse> &answer) : m_answer(answer) { }
    void send(const HttpResponse &response) override { m_answer = response; }
    std::unique_ptr<Stream> beginStream(const HttpResponse &head) override
    {
        m_answer = head;
        return nullptr;
    }
    void whenClientLeaves(QObject *, std::function<void()>) override { }

private:
    std::optional<HttpResponse> &m_answer;
};

using Fields = QList<std::pair<QByteArray, QByteArray>>;

const QByteArray kOwnHost = "localhost:8377";
const QByteArray kListed = "http://localhost:6274";
const QByteArray kForeign = "https://evil.example";

HttpRequest request(const QByteArray &method, const QByteArray &path, const Fields &fields = {})
{
    HttpRequest value;
    value.method = method;
    value.path = path;
    value.headers.append("Host", kOwnHost);
    for (const auto &[name, content] : fields)
        value.headers.append(name, content);
    return value;
}

Handler saying(const QByteArray &text)
{
    return [text](const HttpRequest &, Reply reply) { reply.send(HttpResponse::text(200, text)); };
}

} // namespace

/// Host, Origin and CORS, guard, method, in this order.
class TestRouter : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void hosts_data();
    void hosts();
    void twoHostsAreRefused();
    void theHandlerSeesTheValidatedHost();
    void origins_data();
    void origins();
    void ownOriginFollowsTheHost();
    void twoOriginsAreRefused();
    void methods_data();
    void methods();
    void allowListsWhatThereIs();
    void order_data();
    void order();
    void theGuardGivesThePrincipal();
    void pathParameters_data();
    void pathParameters();
    void theFirstPatternWins();
    void ownNotFoundHandler();
    void preflights_data();
    void preflights();
    void preflightNamesParameterHeaders();
    void credentialsAreNeverAllowed();
    void filtersAlsoReachStreamsAndDroppedReplies();

private:
    HttpResponse ask(HttpRequest);

    std::unique_ptr<Router> m_router;
    QString m_parameter;
    QByteArray m_seenHost;
};

void TestRouter::init()
{
    m_router = std::make_unique<Router>(SitePolicy{8377, {kListed}});
    m_parameter.clear();
    m_seenHost.clear();
    m_router->add({"/mcp",
                   OriginRule::Listed,
                   {},
                   {{"GET", saying("got")}, {"POST", [this](const HttpRequest &r, Reply reply) {
                                                 m_seenHost = r.host + ' ' + r.ownOrigin();
                                                 reply.send(HttpResponse::text(200, "posted"));
                                             }}}});
    m_router->add({"/meta", OriginRule::Anyone, {}, {{"GET", saying("meta")}}});
    m_router->add({"/step", OriginRule::Listed, {}, {{"GET", saying("done")}}, HeadRule::Refused});
    m_router->add({"/form/{id}/cancel",
                   OriginRule::OwnPages,
                   {},
                   {{"POST", [this](const HttpRequest &r, Reply reply) {
                         m_parameter = r.pathParameters.value("id");
                         reply.send(HttpResponse::text(200, "cancelled"));
                     }}}});
    m_router->add({"/guarded",
                   OriginRule::Listed,
                   [](HttpRequest &r) -> std::optional<HttpResponse> {
                       if (r.headers.contains("authorization")) {
                           r.principal = 7;
                           return std::nullopt;
                       }
                       return HttpResponse::text(401, "who?");
                   },
                   {{"POST", [](const HttpRequest &r, Reply reply) {
                         reply.send(HttpResponse::text(
                             200, QByteArray::number(std::any_cast<int>(r.principal))));
                     }}}});
    m_router->add({"/drop", OriginRule::Listed, {}, {{"GET", [](const HttpRequest &, Reply) {}}}});
    m_router->add(
        {"/stream", OriginRule::Listed, {}, {{"GET", [](const HttpRequest &, Reply reply) {
                                                  static_cast<void>(
                                                      reply.beginStream(HttpResponse{200}));
                                              }}}});
}

HttpResponse TestRouter::ask(HttpRequest value)
{
    std::optional<HttpResponse> answer;
    m_router->handle(std::move(value), Reply(std::make_unique<FakeChannel>(answer)));
    return answer.value_or(HttpResponse{0});
}

void TestRouter::hosts_data()
{
    QTest::addColumn<QByteArray>("host");
    QTest::addColumn<int>("status");
    QTest::newRow("localhost") << "localhost:8377"_ba << 200;
    QTest::newRow("127.0.0.1") << "127.0.0.1:8377"_ba << 200;
    QTest::newRow("[::1]") << "[::1]:8377"_ba << 200;
    QTest::newRow("RFC 9110 §4.2.3 no case") << "LocalHost:8377"_ba << 200;
    QTest::newRow("DNS rebinding") << "evil.example:8377"_ba << 421;
    QTest::newRow("name that begins like ours") << "localhost.evil.example:8377"_ba << 421;
    QTest::newRow("other port") << "localhost:8378"_ba << 421;
    QTest::newRow("no port") << "localhost"_ba << 421;
    QTest::newRow("port with zero") << "localhost:08377"_ba << 421;
    QTest::newRow("user info") << "localhost:8377@evil.example"_ba << 421;
    QTest::newRow("other loopback address") << "127.0.0.2:8377"_ba << 421;
    QTest::newRow("long form of ::1") << "[0:0:0:0:0:0:0:1]:8377"_ba << 421;
    QTest::newRow("trailing dot") << "localhost.:8377"_ba << 421;
    QTest::newRow("empty") << ""_ba << 421;
}

void TestRouter::hosts()
{
    QFETCH(QByteArray, host);
    QFETCH(int, status);
    auto value = request("GET", "/meta");
    value.headers.set("Host", host);
    QCOMPARE(ask(value).status, status);
}

void TestRouter::twoHostsAreRefused()
{
    QCOMPARE(ask(request("GET", "/meta", {{"host", kOwnHost}})).status, 421);
}

void TestRouter::theHandlerSeesTheValidatedHost()
{
    auto value = request("POST", "/mcp");
    value.headers.set("Host", "LOCALHOST:8377");
    value.host = "evil.example";
    QCOMPARE(ask(value).status, 200);
    QCOMPARE(m_seenHost, "localhost:8377 http://localhost:8377"_ba);
}

void TestRouter::origins_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<Fields>("fields");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("allowOrigin");
    const Fields none;
    const auto from = [](const QByteArray &origin) { return Fields{{"Origin", origin}}; };
    QTest::newRow("no page") << "POST"_ba
                             << "/mcp"_ba << none << 200 << ""_ba;
    QTest::newRow("own") << "POST"_ba
                         << "/mcp"_ba << from("http://localhost:8377") << 200
                         << "http://localhost:8377"_ba;
    QTest::newRow("listed") << "POST"_ba
                            << "/mcp"_ba << from(kListed) << 200 << kListed;
    QTest::newRow("foreign") << "POST"_ba
                             << "/mcp"_ba << from(kForeign) << 403 << ""_ba;
    QTest::newRow("null") << "POST"_ba
                          << "/mcp"_ba << from("null") << 403 << ""_ba;
    QTest::newRow("empty") << "POST"_ba
                           << "/mcp"_ba << from("") << 403 << ""_ba;
    QTest::newRow("own name, other scheme")
        << "POST"_ba
        << "/mcp"_ba << from("https://localhost:8377") << 403 << ""_ba;
    QTest::newRow("listed with a slash") << "POST"_ba
                                         << "/mcp"_ba << from(kListed + '/') << 403 << ""_ba;
    QTest::newRow("public data, foreign") << "GET"_ba
                                          << "/meta"_ba << from(kForeign) << 200 << "*"_ba;
    QTest::newRow("public data, no page") << "GET"_ba
                                          << "/meta"_ba << none << 200 << ""_ba;
    QTest::newRow("own form") << "POST"_ba
                              << "/form/1/cancel"_ba << from("http://localhost:8377") << 200
                              << ""_ba;
    QTest::newRow("own form of a page without referrer")
        << "POST"_ba
        << "/form/1/cancel"_ba << Fields{{"Origin", "null"}, {"Sec-Fetch-Site", "same-origin"}}
        << 200 << ""_ba;
    QTest::newRow("form of a foreign page without referrer")
        << "POST"_ba
        << "/form/1/cancel"_ba << Fields{{"Origin", "null"}, {"Sec-Fetch-Site", "cross-site"}}
        << 403 << ""_ba;
    QTest::newRow("form of nobody knows whom")
        << "POST"_ba
        << "/form/1/cancel"_ba << from("null") << 403 << ""_ba;
    QTest::newRow("own form, listed page") << "POST"_ba
                                           << "/form/1/cancel"_ba << from(kListed) << 403 << ""_ba;
    QTest::newRow("unknown path, foreign") << "GET"_ba
                                           << "/nothing"_ba << from(kForeign) << 403 << ""_ba;
}

void TestRouter::origins()
{
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, path);
    QFETCH(Fields, fields);
    QFETCH(int, status);
    QFETCH(QByteArray, allowOrigin);
    const auto answer = ask(request(method, path, fields));
    QCOMPARE(answer.status, status);
    QCOMPARE(answer.headers.value("Access-Control-Allow-Origin"), allowOrigin);
    QCOMPARE(answer.headers.count("Access-Control-Allow-Origin"), allowOrigin.isEmpty() ? 0 : 1);
    if (status == 200)
        QCOMPARE(answer.headers.value("Vary"), "Origin"_ba);
    QCOMPARE(answer.headers.contains("Access-Control-Expose-Headers"), !allowOrigin.isEmpty());
}

/// A page on 127.0.0.1 is another origin than one on localhost, also towards this server.
void TestRouter::ownOriginFollowsTheHost()
{
    auto value = request("POST", "/form/1/cancel", {{"Origin", "http://127.0.0.1:8377"}});
    QCOMPARE(ask(value).status, 403);
    value.headers.set("Host", "127.0.0.1:8377");
    QCOMPARE(ask(value).status, 200);
}

void TestRouter::twoOriginsAreRefused()
{
    QCOMPARE(ask(request("POST", "/mcp", {{"Origin", kListed}, {"Origin", kForeign}})).status, 403);
}

void TestRouter::methods_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<int>("status");
    QTest::newRow("listed") << "GET"_ba
                            << "/mcp"_ba << 200;
    QTest::newRow("RFC 9110 §9.3.2 HEAD is GET") << "HEAD"_ba
                                                 << "/mcp"_ba << 200;
    QTest::newRow("RFC 9110 §9.2.1 GET that changes something") << "GET"_ba
                                                                << "/step"_ba << 200;
    QTest::newRow("RFC 9110 §9.2.1 HEAD where GET changes something") << "HEAD"_ba
                                                                      << "/step"_ba << 405;
    QTest::newRow("RFC 9110 §15.5.6 HEAD without GET") << "HEAD"_ba
                                                       << "/guarded"_ba << 401;
    QTest::newRow("RFC 9110 §15.5.6 not listed") << "DELETE"_ba
                                                 << "/mcp"_ba << 405;
    QTest::newRow("RFC 9110 §9.1 unknown method") << "BREW"_ba
                                                  << "/mcp"_ba << 405;
    QTest::newRow("RFC 9110 §9.1 methods have case") << "get"_ba
                                                     << "/mcp"_ba << 405;
    QTest::newRow("OPTIONS") << "OPTIONS"_ba
                             << "/mcp"_ba << 204;
    QTest::newRow("RFC 9110 §15.5.5 unknown path") << "GET"_ba
                                                   << "/nothing"_ba << 404;
    QTest::newRow("OPTIONS of an unknown path") << "OPTIONS"_ba
                                                << "/nothing"_ba << 404;
    QTest::newRow("RFC 9110 §9.3.7 OPTIONS *") << "OPTIONS"_ba
                                               << "*"_ba << 404;
    QTest::newRow("slash at the end") << "GET"_ba
                                      << "/mcp/"_ba << 404;
    QTest::newRow("two slashes") << "GET"_ba
                                 << "//mcp"_ba << 404;
    QTest::newRow("dot segments are not resolved") << "GET"_ba
                                                   << "/x/../mcp"_ba << 404;
    QTest::newRow("encoded letters are another path") << "GET"_ba
                                                      << "/%6dcp"_ba << 404;
    QTest::newRow("paths have case") << "GET"_ba
                                     << "/MCP"_ba << 404;
}

void TestRouter::methods()
{
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, path);
    QFETCH(int, status);
    QCOMPARE(ask(request(method, path)).status, status);
}

void TestRouter::allowListsWhatThereIs()
{
    QCOMPARE(ask(request("DELETE", "/mcp")).headers.value("Allow"), "GET, HEAD, POST, OPTIONS"_ba);
    QCOMPARE(ask(request("GET", "/form/1/cancel")).headers.value("Allow"), "POST, OPTIONS"_ba);
    QCOMPARE(ask(request("HEAD", "/step")).headers.value("Allow"), "GET, OPTIONS"_ba);
    QCOMPARE(ask(request("OPTIONS", "/step")).headers.value("Allow"), "GET, OPTIONS"_ba);
}

void TestRouter::order_data()
{
    QTest::addColumn<QByteArray>("host");
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<Fields>("fields");
    QTest::addColumn<int>("status");
    const Fields foreign{{"Origin", kForeign}};
    const Fields bearer{{"Authorization", "Bearer x"}};
    QTest::newRow("Host before Origin") << "evil"_ba
                                        << "POST"_ba
                                        << "/guarded"_ba << foreign << 421;
    QTest::newRow("Host before path") << "evil"_ba
                                      << "GET"_ba
                                      << "/nothing"_ba << Fields{} << 421;
    QTest::newRow("Origin before guard") << kOwnHost << "POST"_ba
                                         << "/guarded"_ba << foreign << 403;
    QTest::newRow("guard before method") << kOwnHost << "DELETE"_ba
                                         << "/guarded"_ba << Fields{} << 401;
    QTest::newRow("method after guard") << kOwnHost << "DELETE"_ba
                                        << "/guarded"_ba << bearer << 405;
    QTest::newRow("all is well") << kOwnHost << "POST"_ba
                                 << "/guarded"_ba << bearer << 200;
    QTest::newRow("Fetch §4.8 a preflight carries no bearer")
        << kOwnHost << "OPTIONS"_ba
        << "/guarded"_ba << Fields{{"Origin", kListed}} << 204;
}

void TestRouter::order()
{
    QFETCH(QByteArray, host);
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, path);
    QFETCH(Fields, fields);
    QFETCH(int, status);
    auto value = request(method, path, fields);
    value.headers.set("Host", host);
    QCOMPARE(ask(value).status, status);
}

void TestRouter::theGuardGivesThePrincipal()
{
    const auto answer = ask(request("POST", "/guarded", {{"Authorization", "Bearer x"}}));
    QCOMPARE(answer.body, "7"_ba);
    // A refusal of the guard is readable for the page, else it cannot start to sign in.
    const auto refused = ask(request("POST", "/guarded", {{"Origin", kListed}}));
    QCOMPARE(refused.status, 401);
    QCOMPARE(refused.headers.value("Access-Control-Allow-Origin"), kListed);
    QVERIFY(refused.headers.value("Access-Control-Expose-Headers").contains("WWW-Authenticate"));
}

void TestRouter::pathParameters_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("parameter");
    QTest::newRow("plain") << "/form/abc/cancel"_ba << 200 << u"abc"_s;
    QTest::newRow("decoded") << "/form/a%20b/cancel"_ba << 200 << u"a b"_s;
    QTest::newRow("an encoded slash stays in its segment")
        << "/form/a%2Fb/cancel"_ba << 200 << u"a/b"_s;
    QTest::newRow("empty") << "/form//cancel"_ba << 404 << QString();
    QTest::newRow("two segments") << "/form/a/b/cancel"_ba << 404 << QString();
}

void TestRouter::pathParameters()
{
    QFETCH(QByteArray, path);
    QFETCH(int, status);
    QFETCH(QString, parameter);
    QCOMPARE(ask(request("POST", path)).status, status);
    QCOMPARE(m_parameter, parameter);
}

void TestRouter::theFirstPatternWins()
{
    m_router->add({"/a/fixed", OriginRule::Listed, {}, {{"GET", saying("fixed")}}});
    m_router->add({"/a/{any}", OriginRule::Listed, {}, {{"GET", saying("any")}}});
    QCOMPARE(ask(request("GET", "/a/fixed")).body, "fixed"_ba);
    QCOMPARE(ask(request("GET", "/a/other")).body, "any"_ba);
}

void TestRouter::ownNotFoundHandler()
{
    m_router->setNotFound([](const HttpRequest &r, Reply reply) {
        reply.send(HttpResponse::text(404, "no " + r.path));
    });
    const auto answer = ask(request("GET", "/nothing", {{"Origin", kListed}}));
    QCOMPARE(answer.body, "no /nothing"_ba);
    QCOMPARE(answer.headers.value("Access-Control-Allow-Origin"), kListed);
    QCOMPARE(ask(request("GET", "/nothing", {{"Origin", kForeign}})).status, 403);
}

void TestRouter::preflights_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("origin");
    QTest::addColumn<bool>("privateNetwork");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("allowOrigin");
    QTest::newRow("listed") << "/mcp"_ba << kListed << false << 204 << kListed;
    QTest::newRow("private network access") << "/mcp"_ba << kListed << true << 204 << kListed;
    QTest::newRow("public data") << "/meta"_ba << kForeign << false << 204 << "*"_ba;
    QTest::newRow("foreign") << "/mcp"_ba << kForeign << false << 403 << ""_ba;
    QTest::newRow("own pages' forms need none")
        << "/form/1/cancel"_ba
        << "http://localhost:8377"_ba << false << 204 << ""_ba;
}

void TestRouter::preflights()
{
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, origin);
    QFETCH(bool, privateNetwork);
    QFETCH(int, status);
    QFETCH(QByteArray, allowOrigin);
    Fields fields{{"Origin", origin}, {"Access-Control-Request-Method", "POST"}};
    if (privateNetwork)
        fields.emplaceBack("Access-Control-Request-Private-Network", "true");
    const auto answer = ask(request("OPTIONS", path, fields));
    QCOMPARE(answer.status, status);
    QCOMPARE(answer.headers.value("Access-Control-Allow-Origin"), allowOrigin);
    QCOMPARE(answer.headers.contains("Access-Control-Allow-Methods"), !allowOrigin.isEmpty());
    QCOMPARE(answer.headers.value("Access-Control-Allow-Headers").contains("Authorization"),
             !allowOrigin.isEmpty());
    QCOMPARE(answer.headers.value("Access-Control-Allow-Private-Network"),
             privateNetwork ? "true"_ba : QByteArray());
}

void TestRouter::preflightNamesParameterHeaders()
{
    const auto answer = ask(
        request("OPTIONS", "/mcp",
                {{"Origin", kListed},
                 {"Access-Control-Request-Headers", "authorization, Mcp-Param-Region, x-other"}}));
    const auto allowed = answer.headers.value("Access-Control-Allow-Headers");
    QVERIFY(allowed.contains("Mcp-Param-Region"));
    QVERIFY(!allowed.contains("x-other"));
}

void TestRouter::credentialsAreNeverAllowed()
{
    for (const auto *method : {"GET", "OPTIONS"}) {
        const auto answer = ask(request(method, "/mcp", {{"Origin", kListed}}));
        QVERIFY(!answer.headers.contains("Access-Control-Allow-Credentials"));
    }
}

void TestRouter::filtersAlsoReachStreamsAndDroppedReplies()
{
    const auto stream = ask(request("GET", "/stream", {{"Origin", kListed}}));
    QCOMPARE(stream.headers.value("Access-Control-Allow-Origin"), kListed);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"without an answer"_s));
    const auto dropped = ask(request("GET", "/drop", {{"Origin", kListed}}));
    QCOMPARE(dropped.status, 500);
    QCOMPARE(dropped.headers.value("Access-Control-Allow-Origin"), kListed);
}

QTEST_APPLESS_MAIN(TestRouter)
#include "tst_router.moc"
