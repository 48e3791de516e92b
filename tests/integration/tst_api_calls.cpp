// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/captured_log.h"
#include "support/fake_api.h"
#include "support/manual_clock.h"

#include <apis/api_caller.h>

#include <QSignalSpy>
#include <QTest>

#include <deque>

using namespace gatehouse;
using namespace gatehouse::tests;
using namespace Qt::StringLiterals;

namespace {

using TokenResult = Result<Secret, oidc::TokenError>;

TokenResult trouble(oidc::TokenTrouble kind, const QString &message)
{
    return fail(oidc::TokenError{kind, Error{message}});
}

/// Hands out what the test has laid out, the last one again and again, later through the loop.
class FakeTokens final : public oidc::AccountTokens {
public:
    void accessToken(const AccountId &account, const QString &audience, QObject *context,
                     Callback<Secret, oidc::TokenError> then) override
    {
        asked.append(account.value);
        audiences.append(audience);
        auto result = tokens.front();
        if (tokens.size() > 1)
            tokens.pop_front();
        QMetaObject::invokeMethod(
            context, [result, then] { then(result); }, Qt::QueuedConnection);
    }
    void rejectAccessToken(const AccountId &, const QString &, const Secret &token) override
    {
        rejected.append(token.reveal());
    }
    [[nodiscard]] bool isSignedIn(const AccountId &) const override { return true; }
    [[nodiscard]] bool wasEndedByTenant(const AccountId &) const override { return false; }
    [[nodiscard]] bool isSignedInFor(const AccountId &, const QStringList &) const override
    {
        return true;
    }

    std::deque<TokenResult> tokens{Secret("token-1")};
    QStringList asked;
    QStringList audiences;
    QByteArrayList rejected;
};

apis::ImportedApi todosApi(const QUrl &baseUrl)
{
    apis::ImportedApi api;
    api.config = {u"todos"_s, {}, baseUrl, u"urn:todos"_s, {}};
    api.title = u"Todos API"_s;
    apis::Operation list;
    list.name = u"list_todos"_s;
    list.method = "GET";
    list.path = u"/api/todos"_s;
    list.scopes = {u"read:todos"_s};
    list.arguments = {{u"q"_s, apis::ArgumentPlace::Query, {{u"type"_s, u"string"_s}}}};
    apis::Operation add = list;
    add.name = u"add_todo"_s;
    add.method = "POST";
    add.arguments = {
        {u"title"_s, apis::ArgumentPlace::Body, {{u"type"_s, u"string"_s}}, true, true}};
    add.needsBody = true;
    apis::Operation clear = list;
    clear.name = u"clear_todos"_s;
    clear.method = "POST";
    clear.arguments.clear();
    api.operations = {list, add, clear};
    return api;
}

/// One API, its tools, and a caller.
struct Fixture {
    FakeApi api;
    FakeTokens tokens;
    ManualClock clock;
    mcp::ToolRegistry registry;
    std::unique_ptr<apis::ApiCaller> caller;

    Fixture()
    {
        auto made = apis::makeApiTools(
            registry, todosApi(api.url()), tokens, clock,
            apis::SignInHelp{u"gatehouse signin"_s,
                             [] { return QUrl(u"http://localhost:8377/signin/abc"_s); }});
        if (made)
            caller = std::move(*made);
    }
};

/// One call of a tool, and what came of it.
class Call {
public:
    Call(const Fixture &fixture, const QString &tool, const QJsonObject &arguments = {},
         const mcp::CallRound &round = {}, const QString &grant = u"g"_s)
        : m_call(std::make_shared<mcp::Call>(
            oauth::Access{GrantId(grant), ClientId(u"c"_s), u"Claude"_s, AccountId(u"ada"_s), {}},
            arguments, round))
    {
        QObject::connect(m_call.get(), &mcp::Call::finished, m_call.get(),
                         [this](const mcp::CallResult &result) {
                             if (const auto *const asks = std::get_if<mcp::InputRequired>(&result))
                                 asked.append(*asks);
                             else
                                 results.append(std::get<mcp::ToolResult>(result));
                         });
        fixture.registry.find(tool)->tool.run(m_call);
    }
    ~Call() { m_call->disconnect(); }
    Call(const Call &) = delete;
    Call &operator=(const Call &) = delete;

    [[nodiscard]] bool wait()
    {
        return QTest::qWaitFor([this] { return !results.isEmpty(); });
    }
    [[nodiscard]] QString text() const
    {
        return results.isEmpty() ? QString() : results.first().text;
    }
    [[nodiscard]] bool isError() const { return !results.isEmpty() && results.first().isError; }
    void abandon() { m_call->abandon(); }

    QList<mcp::ToolResult> results;
    QList<mcp::InputRequired> asked;

private:
    std::shared_ptr<mcp::Call> m_call;
};

/// Asks its person to open an address.
constexpr mcp::ClientAbilities kTakesAddresses{.elicitsUrls = true};

/// The round after the person answered the request to sign in.
mcp::CallRound answered(const QString &action)
{
    return {kTakesAddresses, {{u"sign_in"_s, QJsonObject{{u"action"_s, action}}}}};
}

} // namespace

class TestApiCalls : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void callsAsThePerson();
    void sendsABody();
    void refusedArgumentsReachNobody();
    void retriesOnceWithANewToken();
    void secondRefusalIsTheEnd();
    void otherStatusesAreNotRetried_data();
    void otherStatusesAreNotRetried();
    void nextCallUsesTheNewestToken();
    void tokenTroubles_data();
    void tokenTroubles();
    void asksForTheSignInByAddress();
    void goesOnAfterTheSignIn();
    void endsWithoutTheSignIn_data();
    void endsWithoutTheSignIn();
    void tokenCannotInjectAHeader_data();
    void tokenCannotInjectAHeader();
    void redirectIsNotFollowed();
    void cookiesAreForgotten();
    void brokenConnectionIsExplained();
    void apiThatDoesNotRun();
    void writingIsNotRepeated_data();
    void writingIsNotRepeated();
    void slowApiIsGivenUp();
    void tooLargeAnAnswer();
    void abandonAbortsTheRequest();
    void abandonWhileWaitingForTheToken();
    void callerGoneEndsQuietly();
    void moreThanSixAtOnce();
    void callsAreLimitedPerMinute();
    void toolNameOfTwoApis();
    void tokensStayOutOfLogsAndErrors();
};

void TestApiCalls::callsAsThePerson()
{
    Fixture f;
    f.api.answers = {FakeApi::answer(200, R"([{"title":"Milk"}])")};
    Call call(f, u"list_todos"_s, {{u"q"_s, u"a b"_s}});
    QVERIFY(call.wait());
    QCOMPARE(call.text(), uR"([{"title":"Milk"}])"_s);
    QVERIFY(!call.isError());
    QVERIFY(call.results.first().structured->value("result"_L1).isArray());
    QCOMPARE(f.tokens.asked, QStringList{u"ada"_s});
    const auto hit = f.api.hits.first();
    QCOMPARE(hit.requestLine, QByteArray("GET /api/todos?q=a%20b HTTP/1.1"));
    QCOMPARE(hit.header("Authorization"), QByteArrayList{"Bearer token-1"});
    QCOMPARE(hit.header("Accept"), QByteArrayList{"application/json"});
    QVERIFY(hit.header("Cookie").isEmpty());
}

void TestApiCalls::sendsABody()
{
    Fixture f;
    f.api.answers = {FakeApi::answer(201, "{}")};
    Call call(f, u"add_todo"_s, {{u"title"_s, u"Milk"_s}});
    QVERIFY(call.wait());
    const auto hit = f.api.hits.first();
    QCOMPARE(hit.requestLine, QByteArray("POST /api/todos HTTP/1.1"));
    QCOMPARE(hit.header("Content-Type"), QByteArrayList{"application/json"});
    QCOMPARE(hit.body, QByteArray(R"({"title":"Milk"})"));
}

void TestApiCalls::refusedArgumentsReachNobody()
{
    Fixture f;
    const Call call(f, u"add_todo"_s, {{u"titel"_s, u"Milk"_s}});
    QVERIFY(call.isError());
    QVERIFY(call.text().contains(u"\"title\" is missing"_s));
    QVERIFY(f.tokens.asked.isEmpty());
    QVERIFY(f.api.hits.isEmpty());
}

void TestApiCalls::retriesOnceWithANewToken()
{
    Fixture f;
    f.tokens.tokens = {Secret("old"), Secret("new")};
    f.api.answers = {FakeApi::answer(401, "{}", "application/json", "WWW-Authenticate: Bearer\r\n"),
                     FakeApi::answer(200, R"({"ok":true})")};
    Call call(f, u"add_todo"_s, {{u"title"_s, u"Milk"_s}});
    QVERIFY(call.wait());
    QVERIFY2(!call.isError(), qPrintable(call.text()));
    QCOMPARE(f.tokens.rejected, QByteArrayList{"old"});
    QCOMPARE(f.api.hits.size(), 2);
    QCOMPARE(f.api.hits.at(0).header("Authorization"), QByteArrayList{"Bearer old"});
    QCOMPARE(f.api.hits.at(1).header("Authorization"), QByteArrayList{"Bearer new"});
    QCOMPARE(f.api.hits.at(1).body, f.api.hits.at(0).body);
}

void TestApiCalls::secondRefusalIsTheEnd()
{
    Fixture f;
    f.api.answers = {FakeApi::answer(401, "{}")};
    Call call(f, u"list_todos"_s);
    QVERIFY(call.wait());
    QVERIFY(call.isError());
    QVERIFY(call.text().contains(u"401"_s));
    QCOMPARE(f.api.hits.size(), 2);
    QCOMPARE(f.tokens.rejected.size(), 1);
    QCOMPARE(call.results.size(), 1);
}

void TestApiCalls::otherStatusesAreNotRetried_data()
{
    QTest::addColumn<int>("status");
    for (const int status : {400, 403, 404, 407, 409, 429, 500, 503})
        QTest::addRow("%d", status) << status;
}

void TestApiCalls::otherStatusesAreNotRetried()
{
    QFETCH(int, status);
    Fixture f;
    f.api.answers = {FakeApi::answer(status, R"({"message":"because"})")};
    Call call(f, u"list_todos"_s);
    QVERIFY(call.wait());
    QVERIFY(call.isError());
    QVERIFY2(call.text().contains(QString::number(status)), qPrintable(call.text()));
    QVERIFY2(call.text().contains(u"because"_s), qPrintable(call.text()));
    QCOMPARE(f.api.hits.size(), 1);
    QVERIFY(f.tokens.rejected.isEmpty());
}

void TestApiCalls::nextCallUsesTheNewestToken()
{
    Fixture f;
    f.tokens.tokens = {Secret("token-1"), Secret("token-2")};
    Call first(f, u"list_todos"_s);
    QVERIFY(first.wait());
    Call second(f, u"list_todos"_s);
    QVERIFY(second.wait());
    QCOMPARE(f.api.hits.at(0).header("Authorization"), QByteArrayList{"Bearer token-1"});
    QCOMPARE(f.api.hits.at(1).header("Authorization"), QByteArrayList{"Bearer token-2"});
}

void TestApiCalls::tokenTroubles_data()
{
    QTest::addColumn<int>("kind");
    QTest::addColumn<QString>("says");
    QTest::newRow("signed out says how to sign in")
        << int(oidc::TokenTrouble::SignedOut) << u"run `gatehouse signin` in a terminal"_s;
    QTest::newRow("signed out names the address")
        << int(oidc::TokenTrouble::SignedOut) << u"open http://localhost:8377/signin/abc "_s;
    QTest::newRow("one more sign-in names the address")
        << int(oidc::TokenTrouble::SignInNeeded) << u"open http://localhost:8377/signin/abc "_s;
    QTest::newRow("unavailable says why")
        << int(oidc::TokenTrouble::Unavailable) << u"The tenant does not answer."_s;
}

void TestApiCalls::tokenTroubles()
{
    QFETCH(int, kind);
    QFETCH(QString, says);
    Fixture f;
    f.tokens.tokens = {trouble(oidc::TokenTrouble(kind), u"The tenant does not answer."_s)};
    Call call(f, u"list_todos"_s);
    QVERIFY(call.wait());
    QVERIFY(call.isError());
    QVERIFY2(call.text().contains(says), qPrintable(call.text()));
    QVERIFY(f.api.hits.isEmpty());
}

void TestApiCalls::asksForTheSignInByAddress()
{
    Fixture f;
    f.tokens.tokens = {trouble(oidc::TokenTrouble::SignedOut, u"x"_s)};
    Call call(f, u"list_todos"_s, {}, {kTakesAddresses});
    QTRY_COMPARE(call.asked.size(), 1);
    const auto request = call.asked.first().requests.value(0);
    QCOMPARE(request.method, u"elicitation/create"_s);
    QCOMPARE(request.params["mode"_L1].toString(), u"url"_s);
    QCOMPARE(request.params["url"_L1].toString(), u"http://localhost:8377/signin/abc"_s);
    QVERIFY(request.params["message"_L1].toString().contains(u"signed out"_s));
    QVERIFY(call.results.isEmpty());
}

void TestApiCalls::goesOnAfterTheSignIn()
{
    Fixture f;
    f.tokens.tokens = {trouble(oidc::TokenTrouble::SignedOut, u"x"_s),
                       trouble(oidc::TokenTrouble::SignedOut, u"x"_s), Secret("token-1")};
    Call call(f, u"list_todos"_s, {}, answered(u"accept"_s));
    QTRY_COMPARE(f.tokens.asked.size(), 1);
    QVERIFY(f.api.hits.isEmpty());
    QTRY_VERIFY(f.clock.untilNext()); // it waits, for a while
    Q_EMIT f.tokens.signedIn(AccountId(u"bob"_s)); // somebody else's sign-in
    Q_EMIT f.tokens.signedIn(AccountId(u"ada"_s)); // not enough yet
    QTRY_COMPARE(f.tokens.asked.size(), 2);
    Q_EMIT f.tokens.signedIn(AccountId(u"ada"_s));
    QVERIFY(call.wait());
    QVERIFY2(!call.isError(), qPrintable(call.text()));
    QCOMPARE(f.api.hits.size(), 1);
}

void TestApiCalls::endsWithoutTheSignIn_data()
{
    QTest::addColumn<QString>("action");
    QTest::addColumn<QString>("says");
    QTest::newRow("not finished in time") << u"accept"_s << u"not finished"_s;
    QTest::newRow("declined") << u"decline"_s << u"http://localhost:8377/signin/abc"_s;
    QTest::newRow("cancelled") << u"cancel"_s << u"http://localhost:8377/signin/abc"_s;
}

void TestApiCalls::endsWithoutTheSignIn()
{
    QFETCH(QString, action);
    QFETCH(QString, says);
    Fixture f;
    f.tokens.tokens = {trouble(oidc::TokenTrouble::SignedOut, u"x"_s)};
    Call call(f, u"list_todos"_s, {}, answered(action));
    QTRY_COMPARE(f.tokens.asked.size(), 1);
    QTRY_VERIFY(!call.results.isEmpty() || f.clock.untilNext());
    f.clock.advance(apis::ApiExchange::kSignInTime);
    QVERIFY(call.wait());
    QVERIFY(call.isError());
    QVERIFY2(call.text().contains(says), qPrintable(call.text()));
    QVERIFY(call.asked.isEmpty());
}

void TestApiCalls::tokenCannotInjectAHeader_data()
{
    QTest::addColumn<QByteArray>("token");
    QTest::newRow("line break") << QByteArray("a\r\nX-Admin: 1");
    QTest::newRow("lone line feed") << QByteArray("a\nX-Admin: 1");
    QTest::newRow("space") << QByteArray("a b");
    QTest::newRow("empty") << QByteArray("");
}

void TestApiCalls::tokenCannotInjectAHeader()
{
    QFETCH(QByteArray, token);
    Fixture f;
    f.tokens.tokens = {Secret(token)};
    Call call(f, u"list_todos"_s);
    QVERIFY(call.wait());
    QVERIFY(call.isError());
    QVERIFY(f.api.hits.isEmpty());
}

void TestApiCalls::redirectIsNotFollowed()
{
    Fixture f;
    FakeApi other;
    for (const auto &target : {other.url(), f.api.url()}) {
        f.api.answers = {
            FakeApi::answer(302, {}, "text/plain", "Location: " + target.toEncoded() + "/x\r\n")};
        const auto before = f.api.hits.size();
        Call call(f, u"list_todos"_s);
        QVERIFY(call.wait());
        QVERIFY(call.isError());
        QVERIFY(call.text().contains(u"redirect"_s));
        QCOMPARE(f.api.hits.size(), before + 1);
    }
    QVERIFY(other.hits.isEmpty());
}

void TestApiCalls::cookiesAreForgotten()
{
    Fixture f;
    f.api.answers = {FakeApi::answer(200, "{}", "application/json", "Set-Cookie: who=ada\r\n")};
    for (int i = 0; i < 2; ++i) {
        Call call(f, u"list_todos"_s);
        QVERIFY(call.wait());
    }
    QVERIFY(f.api.hits.at(1).header("Cookie").isEmpty());
}

void TestApiCalls::brokenConnectionIsExplained()
{
    Fixture f;
    f.api.answers = {"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                     "Content-Length: 100\r\n\r\n{\"half\":"};
    Call call(f, u"list_todos"_s);
    QTRY_VERIFY(!f.api.hits.isEmpty());
    f.api.lastSocket->disconnectFromHost();
    QVERIFY(call.wait());
    QVERIFY2(call.isError(), qPrintable(call.text()));
    QVERIFY(call.text().contains(u"Todos API cannot be reached"_s));
}

void TestApiCalls::apiThatDoesNotRun()
{
    Fixture f;
    f.api.stop();
    Call call(f, u"list_todos"_s);
    QVERIFY(call.wait());
    QVERIFY(call.isError());
    QVERIFY(call.text().contains(f.api.url().host()));
    QVERIFY2(call.text().contains(u"try again"_s), qPrintable(call.text()));
}

void TestApiCalls::writingIsNotRepeated_data()
{
    QTest::addColumn<QString>("tool");
    QTest::addColumn<bool>("isReused"); ///< the connection has served a call before
    QTest::newRow("with a body, new connection") << u"add_todo"_s << false;
    QTest::newRow("with a body, kept connection") << u"add_todo"_s << true;
    QTest::newRow("without a body, new connection") << u"clear_todos"_s << false;
    QTest::newRow("without a body, kept connection") << u"clear_todos"_s << true;
}

/// An API that dies in the middle of a POST may have done it already.
void TestApiCalls::writingIsNotRepeated()
{
    QFETCH(QString, tool);
    QFETCH(bool, isReused);
    Fixture f;
    if (isReused) {
        Call first(f, u"list_todos"_s);
        QVERIFY(first.wait());
        f.api.hits.clear();
    }
    f.api.answers = {QByteArray()};
    Call call(f, tool,
              tool == "add_todo"_L1 ? QJsonObject{{u"title"_s, u"Milk"_s}} : QJsonObject());
    QVERIFY(call.wait());
    QVERIFY(call.isError());
    QCOMPARE(f.api.hits.size(), 1);
    QVERIFY2(call.text().contains(u"cannot be reached"_s), qPrintable(call.text()));
    QVERIFY(!QTest::qWaitFor([&] { return f.api.hits.size() > 1; }, 200));
}

void TestApiCalls::slowApiIsGivenUp()
{
    Fixture f;
    f.api.answers = {"HANG"};
    Call call(f, u"list_todos"_s);
    QTRY_COMPARE(f.api.hits.size(), 1);
    f.clock.advance(29s);
    QVERIFY(call.results.isEmpty());
    const QSignalSpy gone(f.api.lastSocket.data(), &QTcpSocket::disconnected);
    f.clock.advance(1s);
    QVERIFY(call.isError());
    QVERIFY(call.text().contains(u"30 seconds"_s));
    QTRY_COMPARE(gone.size(), 1);
}

void TestApiCalls::tooLargeAnAnswer()
{
    Fixture f;
    const auto bound = apis::ApiExchange::kLargestAnswer;
    f.api.answers = {FakeApi::answer(200, QByteArray(bound, ' ')),
                     FakeApi::answer(200, QByteArray(bound + 1, ' '))};
    Call fits(f, u"list_todos"_s);
    QVERIFY(fits.wait());
    QVERIFY(!fits.isError());
    Call tooLarge(f, u"list_todos"_s);
    QVERIFY(tooLarge.wait());
    QVERIFY(tooLarge.isError());
    QVERIFY(tooLarge.text().contains(u"4 MiB"_s));
    QCOMPARE(tooLarge.results.size(), 1);
}

void TestApiCalls::abandonAbortsTheRequest()
{
    Fixture f;
    f.api.answers = {"HANG"};
    Call call(f, u"list_todos"_s);
    QTRY_COMPARE(f.api.hits.size(), 1);
    const QSignalSpy gone(f.api.lastSocket.data(), &QTcpSocket::disconnected);
    call.abandon();
    QTRY_COMPARE(gone.size(), 1);
    QVERIFY(call.results.isEmpty());
    f.clock.advance(60s);
}

void TestApiCalls::abandonWhileWaitingForTheToken()
{
    Fixture f;
    Call abandoned(f, u"add_todo"_s, {{u"title"_s, u"Milk"_s}});
    abandoned.abandon();
    Call next(f, u"list_todos"_s);
    QVERIFY(next.wait());
    QCOMPARE(f.api.hits.size(), 1);
    QVERIFY(f.api.hits.first().requestLine.startsWith("GET"));
}

void TestApiCalls::callerGoneEndsQuietly()
{
    Fixture f;
    f.api.answers = {"HANG"};
    Call call(f, u"list_todos"_s);
    QTRY_COMPARE(f.api.hits.size(), 1);
    f.caller.reset();
    f.clock.advance(60s);
    QVERIFY(call.results.isEmpty());
}

void TestApiCalls::moreThanSixAtOnce()
{
    Fixture f;
    f.api.answers = {"HANG"};
    std::vector<std::unique_ptr<Call>> calls;
    for (int i = 0; i < 20; ++i)
        calls.push_back(std::make_unique<Call>(f, u"list_todos"_s));
    QTRY_COMPARE(f.api.hits.size(), 20);
}

void TestApiCalls::callsAreLimitedPerMinute()
{
    Fixture f;
    f.tokens.tokens = {trouble(oidc::TokenTrouble::Unavailable, u"The tenant is silent."_s)};
    const auto isLimited = [&f](const QString &grant) {
        Call call(f, u"list_todos"_s, {}, {}, grant);
        const bool ended = call.wait();
        return ended && call.text().contains(u"calls a minute"_s);
    };
    for (int i = 0; i < apis::ApiCaller::kMostCallsPerMinute; ++i)
        QVERIFY(!isLimited(u"g"_s));
    QVERIFY(isLimited(u"g"_s));
    QVERIFY(!isLimited(u"another"_s));
    f.clock.advance(1s);
    QVERIFY(!isLimited(u"g"_s));
}

void TestApiCalls::toolNameOfTwoApis()
{
    Fixture f;
    const auto second =
        apis::makeApiTools(f.registry, todosApi(f.api.url()), f.tokens, f.clock, {});
    QVERIFY(!second.has_value());
    QVERIFY(second.error().message.contains(u"list_todos"_s));
}

void TestApiCalls::tokensStayOutOfLogsAndErrors()
{
    Fixture f;
    f.tokens.tokens = {Secret("s3cret-token")};
    const CapturedLog log;
    for (const auto &answer :
         {FakeApi::answer(200, "{}"), FakeApi::answer(401, "{}"), FakeApi::answer(503, "{}"),
          FakeApi::answer(302, {}, "text/plain", "Location: /x\r\n"), QByteArray()}) {
        f.api.answers = {answer};
        Call call(f, u"list_todos"_s);
        QVERIFY(call.wait());
        QVERIFY(!call.text().contains(u"s3cret"_s));
    }
    QVERIFY(!log.contains(u"s3cret"_s));
}

QTEST_GUILESS_MAIN(TestApiCalls)
#include "tst_api_calls.moc"
