// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/mcp_harness.h"

#include <mcp/event_stream.h>

#include <QTest>

using namespace gatehouse;
using namespace gatehouse::tests;
using namespace Qt::StringLiterals;

namespace {

using CallPointer = std::shared_ptr<mcp::Call>;

/// One event as its reader sees it.
struct Event {
    QByteArray id;
    QJsonObject message; ///< empty for one that only has an ID
};

QList<Event> eventsOn(const RecordedReply &stream)
{
    QList<Event> events;
    Event event;
    const auto lines = stream.streamed.split('\n');
    for (const auto &line : lines) {
        if (line.startsWith("id: ")) {
            event.id = line.mid(4);
        } else if (line.startsWith("data: ")) {
            event.message = QJsonDocument::fromJson(line.mid(6)).object();
        } else if (line.isEmpty() && !event.id.isEmpty()) {
            events.append(event);
            event = {};
        }
    }
    return events;
}

/// The ID of an event on the same stream.
QByteArray idOn(const RecordedReply &stream, int event)
{
    return eventsOn(stream).value(0).id.split('-').value(0) + '-' + QByteArray::number(event);
}

/// The harness with a tool that talks, one that asks, and one that lets go of its connection.
struct World : McpHarness {
    explicit World(mcp::SessionLimits limits = {}) : McpHarness(limits)
    {
        addTool(u"talk"_s, {}, [this](const CallPointer &call) {
            call->progress(1, 2, u"half"_s);
            call->log(mcp::LogLevel::Warning, u"careful"_s);
            calls.push_back(call);
        });
        addTool(u"ask"_s, {}, [](const CallPointer &call) {
            const auto answer = call->round.inputs.value("name"_L1).toObject();
            if (!answer.isEmpty()) {
                return call->finish({answer["action"_L1].toString() + u' '
                                     + answer["content"_L1]["name"_L1].toString()});
            }
            const QJsonObject schema{{u"type"_s, u"object"_s}, {u"properties"_s, QJsonObject()}};
            call->complete(mcp::InputRequired{{{u"name"_s,
                                                u"elicitation/create"_s,
                                                {{u"mode"_s, u"form"_s},
                                                 {u"message"_s, u"Who are you?"_s},
                                                 {u"requestedSchema"_s, schema}}}}});
        });
        addTool(u"askByAddress"_s, {}, [](const CallPointer &call) {
            const auto answer = call->round.inputs.value("visit"_L1).toObject();
            if (!answer.isEmpty())
                return call->finish({answer["action"_L1].toString()});
            call->complete(mcp::InputRequired{{{u"visit"_s,
                                                u"elicitation/create"_s,
                                                {{u"mode"_s, u"url"_s},
                                                 {u"message"_s, u"Please sign in."_s},
                                                 {u"url"_s, u"http://localhost:8377/x"_s}}}}});
        });
        addTool(u"pause"_s, {}, [this](const CallPointer &call) {
            call->releaseConnection();
            calls.push_back(call);
        });
        features.resources.push_back({u"test://note"_s, u"note"_s, {}, {}, u"text/plain"_s, {}});
    }

    /// A session whose client can be asked to fill in forms.
    QByteArray askable(const QByteArray &revision = "2025-11-25", const QByteArray &modes = "{}")
    {
        const auto body = initializeBody(revision).replace(
            R"("capabilities":{})", R"("capabilities":{"elicitation":)" + modes + '}');
        return post({}, body)->header("Mcp-Session-Id");
    }
    std::shared_ptr<RecordedReply> talk(const QByteArray &session, const QByteArray &id = "1",
                                        const QByteArray &progressToken = R"("p")")
    {
        return post(session,
                    R"({"jsonrpc":"2.0","id":)" + id
                        + R"(,"method":"tools/call","params":{"name":"talk","_meta":)"
                          R"({"progressToken":)"
                        + progressToken + "}}}");
    }
    std::shared_ptr<RecordedReply> get(const QByteArray &session, const QByteArray &last = {})
    {
        auto fields = headers({{"Mcp-Session-Id", session}});
        if (!last.isEmpty())
            fields.append("Last-Event-ID", last);
        return request("GET", "/mcp", {}, fields);
    }
    std::shared_ptr<RecordedReply> subscribe(const QByteArray &session, const QByteArray &uri)
    {
        return post(session,
                    R"({"jsonrpc":"2.0","id":5,"method":"resources/subscribe","params":{"uri":")"
                        + uri + R"("}})");
    }
};

/// The server after a restart: the same but for its memory.
struct Restarted : World {
    explicit Restarted(const QByteArray &key, std::chrono::milliseconds later = 1ms,
                       mcp::DeletedSessions *deleted = nullptr)
        : m_router(http::SitePolicy{8377, {}})
    {
        clock.advance(later);
        m_server = std::make_unique<mcp::McpServer>(mcp::McpServer::Deps{
            clock, random, features, verifier, {}, info(), Secret(key), deleted});
        m_server->addRoutes(m_router);
        std::swap(router, m_router);
    }
    ~Restarted() { std::swap(router, m_router); }

private:
    http::Router m_router;
    std::unique_ptr<mcp::McpServer> m_server;
};

void leave(const RecordedReply &reply)
{
    static_cast<RecordedStream *>(reply.stream.data())->leave();
}

QByteArray answerTo(const QJsonObject &question, const QByteArray &rest)
{
    return R"({"jsonrpc":"2.0","id":)" + QByteArray::number(question["id"_L1].toInteger()) + ','
        + rest + '}';
}

} // namespace

/// MCP 2025-11-25 transports §Streamable HTTP: streams, what they carry, and clients that come
/// back.
class TestMcpStreams : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void talkMakesAStream();
    void progressTokens_data();
    void progressTokens();
    void aDeadConnectionCarriesNothing();
    void withoutAWishThereIsNoStream();
    void clientsWithoutStreamsGetJson();
    void olderRevisionsGetNoEmptyEvent();
    void logLevels_data();
    void logLevels();
    void comesBackForTheRest();
    void comesBackAfterTheEnd();
    void onlyThatStreamIsReplayed();
    void unknownEventsBeginAnew_data();
    void unknownEventsBeginAnew();
    void twoRequestsTwoStreams();
    void whatIsKeptIsBounded();
    void leavingDoesNotCancel();
    void releasesTheConnection();
    void asksTheClient();
    void asksTheClientToOpenAnAddress();
    void opensAddressesOnlyWhereClientsDo_data();
    void opensAddressesOnlyWhereClientsDo();
    void answersThatSayNo_data();
    void answersThatSayNo();
    void doesNotAskWhoCannotAnswer();
    void questionsEnd();
    void strayAnswersAreTaken();
    void listChanges();
    void listChangesWaitForTheClient();
    void resourceUpdates();
    void subscribesToWhatExists();
    void restartKeepsSessions_data();
    void restartKeepsSessions();
    void oldSessionsDoNotBeginAgain_data();
    void oldSessionsDoNotBeginAgain();
    void deletedSessionsDoNotBeginAgain();
    void restartMixesNoStreams();
    void restartedSessionsLiveOn();
    void endedSessionsStayEnded();
    void sleepKeepsSessions();
    void elicitationOverSse();
};

void TestMcpStreams::talkMakesAStream()
{
    World world;
    const auto reply = world.talk(world.session());
    QCOMPARE(reply->header("Content-Type"), "text/event-stream");
    QCOMPARE(reply->header("X-Accel-Buffering"), "no");
    world.calls.front()->finish({u"done"_s});
    const auto events = eventsOn(*reply);
    QCOMPARE(events.size(), 4);
    QCOMPARE(events.at(0).id,
             idOn(*reply, 0)); // §Sending Messages 6: an ID before anything was said
    QVERIFY(events.at(0).message.isEmpty());
    QVERIFY(reply->streamed.contains("retry: 1000\n"));
    QCOMPARE(events.at(1).message["params"_L1]["progress"_L1].toDouble(), 1.0);
    QCOMPARE(events.at(2).message["method"_L1].toString(), u"notifications/message"_s);
    QCOMPARE(events.at(3).message["id"_L1].toInt(), 1);
    QCOMPARE(events.at(3).id, idOn(*reply, 3));
    QVERIFY(reply->isStreamEnded);
}

void TestMcpStreams::progressTokens_data()
{
    QTest::addColumn<QByteArray>("token");
    QTest::addColumn<bool>("isSaidAgain");
    QTest::newRow("text") << QByteArray(R"("p")") << true;
    QTest::newRow("whole number") << QByteArray("9007199254740991") << true;
    for (const auto *const none : {"1.5", "1e300", "true", "{}", "[]", "null"})
        QTest::newRow(none) << QByteArray(none) << false;
}

/// MCP 2025-11-25 basic/utilities/progress: a string or an integer. Anything else would make our
/// own message a wrong one.
void TestMcpStreams::progressTokens()
{
    QFETCH(QByteArray, token);
    QFETCH(bool, isSaidAgain);
    World world;
    const auto reply = world.talk(world.session(), "1", token);
    world.calls.front()->finish({u"done"_s});
    QCOMPARE(reply->streamed.contains("notifications/progress"), isSaidAgain);
    QCOMPARE(reply->streamed.contains(R"("progressToken":)" + token), isSaidAgain);
}

/// The new connection of a client that is gone again must not end the one that lives.
void TestMcpStreams::aDeadConnectionCarriesNothing()
{
    struct Owner final : mcp::EventStreamOwner {
        void onCarrierChanged() override { ++changes; }
        void onKeptMore(const mcp::EventStream &) override { }
        int changes = 0;
    } owner;
    mcp::EventStream stream(owner, 1, mcp::EventStream::Kind::General, mcp::Revision::V2025_11_25);
    const auto record = std::make_shared<RecordedReply>();
    stream.carryOn(std::make_unique<RecordedStream>(record));
    auto dead = std::make_unique<RecordedStream>(std::make_shared<RecordedReply>());
    dead->close();
    stream.carryOn(std::move(dead));
    stream.send("{}");
    QVERIFY(record->streamed.contains("data: {}"));
    QCOMPARE(owner.changes, 1);
}

void TestMcpStreams::withoutAWishThereIsNoStream()
{
    World world;
    const auto session = world.session();
    world.post(
        session,
        R"({"jsonrpc":"2.0","id":3,"method":"logging/setLevel","params":{"level":"error"}})");
    const auto reply = world.post(session, McpHarness::callBody("talk"));
    world.calls.front()->finish({u"done"_s});
    QCOMPARE(reply->header("Content-Type"), "application/json");
    QCOMPARE(textOf(resultOf(*reply)), u"done"_s);
}

void TestMcpStreams::clientsWithoutStreamsGetJson()
{
    World world;
    const auto reply = world.request(
        "POST", "/mcp", McpHarness::callBody("talk"),
        headers({{"Mcp-Session-Id", world.session()}, {"Accept", "application/json"}}));
    world.calls.front()->finish({u"done"_s});
    QCOMPARE(textOf(resultOf(*reply)), u"done"_s);
}

void TestMcpStreams::olderRevisionsGetNoEmptyEvent()
{
    World world;
    const auto reply = world.talk(world.session("2025-06-18"));
    QVERIFY(!reply->streamed.contains("data: \n"));
    QCOMPARE(eventsOn(*reply).first().id, idOn(*reply, 1));
}

void TestMcpStreams::logLevels_data()
{
    QTest::addColumn<QByteArray>("level");
    QTest::addColumn<bool>("heard");
    QTest::newRow("none set") << QByteArray() << true;
    QTest::newRow("debug") << QByteArray("debug") << true;
    QTest::newRow("the same") << QByteArray("warning") << true;
    QTest::newRow("above") << QByteArray("error") << false;
    QTest::newRow("emergency") << QByteArray("emergency") << false;
}

void TestMcpStreams::logLevels()
{
    QFETCH(QByteArray, level);
    World world;
    const auto session = world.session();
    const auto set = [&](const QByteArray &value) {
        return world.post(
            session,
            R"({"jsonrpc":"2.0","id":3,"method":"logging/setLevel","params":{"level":")" + value
                + R"("}})");
    };
    if (!level.isEmpty())
        QCOMPARE(errorCode(*set(level)), 0);
    QCOMPARE(errorCode(*set("loud")), -32602);
    const auto reply = world.talk(session);
    const auto messages = messagesOn(*reply);
    QTEST(messages.size() == 2, "heard");
}

void TestMcpStreams::comesBackForTheRest()
{
    World world;
    const auto session = world.session();
    const auto first = world.talk(session);
    leave(*first);
    world.calls.front()->finish({u"done"_s}); // while nobody listens
    const auto again = world.get(session, idOn(*first, 1));
    QCOMPARE(again->status(), 200);
    const auto events = eventsOn(*again);
    QCOMPARE(events.first().id, idOn(*first, 1)); // a connection that breaks here loses nothing
    QCOMPARE(events.last().message["result"_L1]["isError"_L1].toBool(true), false);
    QCOMPARE(events.last().id, idOn(*first, 3));
    // Progress was seen; the log message was not.
    QCOMPARE(messagesOn(*again).size(), 2);
    QVERIFY(again->isStreamEnded); // nothing will follow
}

void TestMcpStreams::comesBackAfterTheEnd()
{
    World world;
    const auto session = world.session();
    const auto first = world.talk(session);
    leave(*first);
    const auto again = world.get(session, idOn(*first, 2));
    QVERIFY(!again->isStreamEnded);
    world.calls.front()->finish({u"done"_s}); // goes to whoever carries the stream now
    QCOMPARE(messagesOn(*again).size(), 1);
    QVERIFY(again->isStreamEnded);
}

void TestMcpStreams::onlyThatStreamIsReplayed()
{
    World world;
    const auto session = world.session();
    world.talk(session, "1");
    const auto second = world.talk(session, "2");
    for (const auto &call : world.calls)
        call->finish({u"done"_s});
    const auto again = world.get(session, idOn(*second, 0));
    const auto messages = messagesOn(*again);
    QCOMPARE(messages.size(), 3);
    QCOMPARE(messages.last()["id"_L1].toInt(), 2);
}

void TestMcpStreams::unknownEventsBeginAnew_data()
{
    QTest::addColumn<QByteArray>("last");
    for (const auto *last :
         {"9-1", "x", "1", "-1", "N-", "0N-0", "N-+1", "N-4", "99999999999999999999-1"})
        QTest::newRow(last) << QByteArray(last);
}

void TestMcpStreams::unknownEventsBeginAnew()
{
    QFETCH(QByteArray, last);
    World world;
    const auto session = world.session();
    const auto talk = world.talk(session); // sends three events
    const auto stream = world.get(session, last.replace("N", idOn(*talk, 0).split('-').value(0)));
    QCOMPARE(stream->status(), 200);
    QVERIFY(messagesOn(*stream).isEmpty());
    QVERIFY(!stream->isStreamEnded);
    Q_EMIT world.features.listChanged(mcp::ListKind::Tools);
    QCOMPARE(messagesOn(*stream).size(), 1);
}

void TestMcpStreams::twoRequestsTwoStreams()
{
    World world;
    const auto session = world.session();
    const auto general = world.get(session);
    const auto one = world.talk(session, "1");
    const auto two = world.talk(session, "2");
    world.calls.at(1)->finish({u"two"_s});
    world.calls.at(0)->finish({u"one"_s});
    QCOMPARE(messagesOn(*one).last()["id"_L1].toInt(), 1);
    QCOMPARE(messagesOn(*two).last()["id"_L1].toInt(), 2);
    QVERIFY(messagesOn(*general).isEmpty());
}

void TestMcpStreams::whatIsKeptIsBounded()
{
    World world;
    const auto session = world.session();
    QList<QByteArray> seen;
    for (int i = 1; i <= 3; ++i) {
        const auto stream = world.talk(session, QByteArray::number(i));
        seen.append(idOn(*stream, 0));
        leave(*stream);
    }
    const QString large(300 * 1024, u'x');
    for (const auto &call : world.calls) {
        call->log(mcp::LogLevel::Error, large);
        call->log(mcp::LogLevel::Error, large);
        call->finish({u"done"_s});
    }
    qsizetype kept = 0;
    for (const auto &last : seen)
        kept += world.get(session, last)->streamed.size();
    QVERIFY(kept > 600 * 1024 && kept < mcp::Session::kMostKeptBytes + 4096);
    // The newest is there.
    QCOMPARE(textOf(messagesOn(*world.get(session, seen.last())).last()["result"_L1].toObject()),
             u"done"_s);
}

void TestMcpStreams::leavingDoesNotCancel()
{
    World world;
    const auto session = world.session();
    leave(*world.talk(session));
    QVERIFY(world.server.connectedGrants(world.clock.now() + 1h)
                .contains(GrantId(u"grant-a"_s))); // it still works for the client
    world.calls.front()->finish({u"done"_s});
    QVERIFY(world.server.connectedGrants(world.clock.now() + 1h).isEmpty());
}

void TestMcpStreams::releasesTheConnection()
{
    World world;
    const auto session = world.session();
    const auto first = world.post(session, McpHarness::callBody("pause"));
    QVERIFY(first->isStreamEnded);
    const auto last = eventsOn(*first).last().id;
    world.calls.front()->finish({u"done"_s});
    const auto again = world.get(session, last);
    QCOMPARE(textOf(messagesOn(*again).first()["result"_L1].toObject()), u"done"_s);
}

void TestMcpStreams::asksTheClient()
{
    World world;
    const auto session = world.askable();
    const auto reply = world.post(session, McpHarness::callBody("ask"));
    const auto question = messagesOn(*reply).value(0);
    QCOMPARE(question["method"_L1].toString(), u"elicitation/create"_s);
    QCOMPARE(question["params"_L1]["mode"_L1].toString(), u"form"_s);
    const auto answered = world.post(
        session, answerTo(question, R"("result":{"action":"accept","content":{"name":"Ada"}})"));
    QCOMPARE(answered->status(), 202);
    QCOMPARE(textOf(messagesOn(*reply).last()["result"_L1].toObject()), u"accept Ada"_s);
    QVERIFY(reply->isStreamEnded);
}

/// MCP 2025-11-25 elicitation §URL Mode Elicitation Requests.
void TestMcpStreams::asksTheClientToOpenAnAddress()
{
    World world;
    const auto session = world.askable("2025-11-25", R"({"url":{}})");
    const auto reply = world.post(session, McpHarness::callBody("askByAddress"));
    const auto question = messagesOn(*reply).value(0);
    const auto params = question["params"_L1];
    QCOMPARE(params["mode"_L1].toString(), u"url"_s);
    QCOMPARE(params["url"_L1].toString(), u"http://localhost:8377/x"_s);
    QVERIFY(!params["elicitationId"_L1].toString().isEmpty());
    world.post(session, answerTo(question, R"("result":{"action":"accept"})"));
    QCOMPARE(textOf(messagesOn(*reply).last()["result"_L1].toObject()), u"accept"_s);
}

void TestMcpStreams::opensAddressesOnlyWhereClientsDo_data()
{
    QTest::addColumn<QByteArray>("revision");
    QTest::addColumn<QByteArray>("modes");
    QTest::newRow("no mode named") << QByteArray("2025-11-25") << QByteArray("{}");
    QTest::newRow("forms alone") << QByteArray("2025-11-25") << QByteArray(R"({"form":{}})");
    QTest::newRow("before there were modes")
        << QByteArray("2025-06-18") << QByteArray(R"({"url":{}})");
}

void TestMcpStreams::opensAddressesOnlyWhereClientsDo()
{
    QFETCH(QByteArray, revision);
    QFETCH(QByteArray, modes);
    World world;
    const auto reply =
        world.post(world.askable(revision, modes), McpHarness::callBody("askByAddress"));
    QVERIFY(resultOf(*reply)["isError"_L1].toBool());
    QVERIFY(textOf(resultOf(*reply)).contains(u"Please sign in."_s));
}

void TestMcpStreams::answersThatSayNo_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<QString>("says");
    QTest::newRow("declined") << QByteArray(R"("result":{"action":"decline"})") << u"decline "_s;
    QTest::newRow("an error") << QByteArray(R"("error":{"code":-1,"message":"No window\nhere"})")
                              << u"could not answer: No window"_s;
}

void TestMcpStreams::answersThatSayNo()
{
    QFETCH(QByteArray, answer);
    QFETCH(QString, says);
    World world;
    const auto session = world.askable();
    const auto reply = world.post(session, McpHarness::callBody("ask"));
    world.post(session, answerTo(messagesOn(*reply).value(0), answer));
    const auto text = textOf(messagesOn(*reply).last()["result"_L1].toObject());
    QVERIFY2(text.contains(says) && !text.contains(u'\n'), qPrintable(text));
}

void TestMcpStreams::doesNotAskWhoCannotAnswer()
{
    World world;
    for (const auto &session : {world.session(), world.askable("2025-03-26")}) {
        const auto reply = world.post(session, McpHarness::callBody("ask"));
        QCOMPARE(reply->header("Content-Type"), "application/json");
        QVERIFY(resultOf(*reply)["isError"_L1].toBool());
        QVERIFY(textOf(resultOf(*reply)).contains(u"Who are you?"_s));
    }
}

void TestMcpStreams::questionsEnd()
{
    World world;
    const auto session = world.askable();
    const auto forgotten = world.post(session, McpHarness::callBody("ask", "1"));
    const auto cancelled = world.post(session, McpHarness::callBody("ask", "2"));
    world.post(session, cancelBody("2"));
    QVERIFY(cancelled->isStreamEnded);
    // No answer to what was cancelled; the question is withdrawn.
    QCOMPARE(messagesOn(*cancelled).size(), 2);
    QCOMPARE(messagesOn(*cancelled).last()["params"_L1]["requestId"_L1],
             messagesOn(*cancelled).first()["id"_L1]);
    world.clock.advance(mcp::RunningCalls::kPatience);
    const auto text = textOf(messagesOn(*forgotten).last()["result"_L1].toObject());
    QVERIFY2(text.contains(u"in time"_s), qPrintable(text));
    // An answer that comes after all changes nothing.
    world.post(session, answerTo(messagesOn(*forgotten).value(0), R"("result":{})"));
    QCOMPARE(messagesOn(*forgotten).size(), 3);
}

void TestMcpStreams::strayAnswersAreTaken()
{
    World world;
    const auto reply =
        world.post(world.session(), R"({"jsonrpc":"2.0","id":99,"result":{"action":"accept"}})");
    QCOMPARE(reply->status(), 202);
}

void TestMcpStreams::listChanges()
{
    World world;
    const auto session = world.session();
    const auto first = world.get(session);
    const auto newest = world.get(session);
    Q_EMIT world.features.listChanged(mcp::ListKind::Resources);
    // §Multiple Connections: never on several streams.
    QVERIFY(messagesOn(*first).isEmpty());
    QCOMPARE(messagesOn(*newest).value(0)["method"_L1].toString(),
             u"notifications/resources/list_changed"_s);
}

void TestMcpStreams::listChangesWaitForTheClient()
{
    World world;
    const auto session = world.session();
    const auto before = world.get(session);
    leave(*before);
    Q_EMIT world.features.listChanged(mcp::ListKind::Tools);
    const auto after = world.get(session, eventsOn(*before).last().id);
    QCOMPARE(messagesOn(*after).size(), 1);
    QVERIFY(!after->isStreamEnded);
}

void TestMcpStreams::resourceUpdates()
{
    World world;
    const auto mine = world.session();
    const auto theirs = world.session("2025-11-25", "b");
    const auto stream = world.get(mine);
    const auto other = world.request("GET", "/mcp", {}, headers({{"Mcp-Session-Id", theirs}}), "b");
    Q_EMIT world.features.resourceUpdated(u"test://note"_s, {});
    world.clock.advance(1s);
    QVERIFY(messagesOn(*stream).isEmpty()); // not subscribed yet
    QCOMPARE(errorCode(*world.subscribe(mine, "test://note")), 0);
    Q_EMIT world.features.resourceUpdated(u"test://note"_s, GrantId(u"grant-a"_s));
    world.clock.advance(1s);
    QCOMPARE(messagesOn(*stream).value(0)["params"_L1]["uri"_L1].toString(), u"test://note"_s);
    Q_EMIT world.features.resourceUpdated(u"test://note"_s, GrantId(u"grant-b"_s));
    world.clock.advance(1s);
    QCOMPARE(messagesOn(*stream).size(), 1);
    world.post(
        mine,
        R"({"jsonrpc":"2.0","id":6,"method":"resources/unsubscribe","params":{"uri":"test://note"}})");
    Q_EMIT world.features.resourceUpdated(u"test://note"_s, {});
    world.clock.advance(1s);
    QCOMPARE(messagesOn(*stream).size(), 1);
    QVERIFY(messagesOn(*other).isEmpty());
}

void TestMcpStreams::subscribesToWhatExists()
{
    World world;
    QCOMPARE(errorCode(*world.subscribe(world.session(), "test://none")), -32002);
}

void TestMcpStreams::restartKeepsSessions_data()
{
    QTest::addColumn<QByteArray>("key");
    QTest::addColumn<QByteArray>("token");
    QTest::addColumn<int>("status");
    QTest::newRow("the same key") << QByteArray("key") << QByteArray("a") << 200;
    QTest::newRow("another instance") << QByteArray("other") << QByteArray("a") << 404;
    QTest::newRow("another grant") << QByteArray("key") << QByteArray("b") << 404;
}

void TestMcpStreams::restartKeepsSessions()
{
    QFETCH(QByteArray, key);
    QFETCH(QByteArray, token);
    QFETCH(int, status);
    World before;
    const auto session = before.askable();
    Restarted after(key);
    const auto reply = after.post(session, McpHarness::callBody("ask"), token);
    QCOMPARE(reply->status(), status);
    if (status == 200) // what the client can do is known still
        QCOMPARE(messagesOn(*reply).value(0)["method"_L1].toString(), u"elicitation/create"_s);
}

void TestMcpStreams::oldSessionsDoNotBeginAgain_data()
{
    QTest::addColumn<std::chrono::milliseconds>("age");
    QTest::addColumn<int>("status");
    QTest::newRow("just young enough") << std::chrono::milliseconds(30 * 24h - 1ms) << 200;
    QTest::newRow("just too old") << std::chrono::milliseconds(30 * 24h) << 404;
}

void TestMcpStreams::oldSessionsDoNotBeginAgain()
{
    QFETCH(std::chrono::milliseconds, age);
    QFETCH(int, status);
    World before;
    const auto session = before.session();
    Restarted after("key", age);
    QCOMPARE(after.post(session, kPing)->status(), status);
}

/// MCP 2025-11-25 transports §Session Management 3.
void TestMcpStreams::deletedSessionsDoNotBeginAgain()
{
    struct Deleted final : mcp::DeletedSessions {
        void add(const QByteArray &id, const GrantId &grant, Instant issuedAt) override
        {
            kept.insert(id, {grant, issuedAt});
        }
        [[nodiscard]] bool contains(const QByteArray &id, const GrantId &grant,
                                    Instant issuedAt) const override
        {
            return kept.contains(id) && kept.value(id) == std::pair(grant, issuedAt);
        }
        QHash<QByteArray, std::pair<GrantId, Instant>> kept;
    } deleted;
    World first;
    const auto one = first.session();
    const auto other = first.session();
    Restarted second("key", 1ms, &deleted);
    const auto fields = headers({{"Mcp-Session-Id", one}});
    QCOMPARE(second.request("DELETE", "/mcp", {}, fields)->status(), 204);
    QCOMPARE(deleted.kept.size(), 1);
    Restarted third("key", 2ms, &deleted);
    QCOMPARE(third.post(one, kPing)->status(), 404);
    QCOMPARE(third.request("DELETE", "/mcp", {}, fields)->status(), 404);
    QCOMPARE(third.post(other, kPing)->status(), 200);
    QCOMPARE(deleted.kept.size(), 1);
}

/// Two windows of one client, and a restart in the middle: each comes back with what it knows.
void TestMcpStreams::restartMixesNoStreams()
{
    World before;
    const auto session = before.session();
    const auto one = before.get(session);
    const auto two = before.get(session);
    Restarted after("key");
    const auto second = after.get(session, eventsOn(*two).last().id);
    const auto first = after.get(session, eventsOn(*one).last().id);
    QVERIFY(!first->isStreamEnded);
    QVERIFY(!second->isStreamEnded);
    QVERIFY(idOn(*first, 0) != idOn(*second, 0));
}

void TestMcpStreams::restartedSessionsLiveOn()
{
    World before;
    const auto session = before.session();
    Restarted after("key");
    const auto stream = after.get(session);
    after.clock.advance(30h);
    leave(*stream);
    QCOMPARE(after.post(session, kPing)->status(), 200); // its stream was use
    after.request("DELETE", "/mcp", {}, headers({{"Mcp-Session-Id", session}}));
    QCOMPARE(after.post(session, kPing)->status(), 404);
}

void TestMcpStreams::endedSessionsStayEnded()
{
    World world;
    const auto deleted = world.session();
    world.request("DELETE", "/mcp", {}, headers({{"Mcp-Session-Id", deleted}}));
    QCOMPARE(world.post(deleted, kPing)->status(), 404);
    auto respelt = deleted;
    respelt.back() = respelt.back() == 'A' ? 'B' : 'A';
    QCOMPARE(world.post(respelt, kPing)->status(), 404);
    const auto idle = world.session();
    world.clock.advance(25h);
    QCOMPARE(world.post(idle, kPing)->status(), 404);
}

void TestMcpStreams::sleepKeepsSessions()
{
    World world;
    const auto session = world.session();
    const auto stream = world.get(session);
    world.clock.sleepFor(10h);
    QCOMPARE(world.post(session, kPing)->status(), 200);
    QVERIFY(!stream->isStreamEnded);
    QVERIFY(stream->streamed.endsWith(": ping\n\n"));
}

void TestMcpStreams::elicitationOverSse()
{
    World world;
    const auto sse = world.openSse();
    const auto endpoint = McpHarness::endpointOf(*sse);
    world.request("POST", endpoint,
                  McpHarness::initializeBody("2025-06-18")
                      .replace(R"("capabilities":{})", R"("capabilities":{"elicitation":{}})"));
    world.request("POST", endpoint, McpHarness::callBody("ask", "2"));
    const auto question = messagesOn(*sse).last();
    QCOMPARE(question["method"_L1].toString(), u"elicitation/create"_s);
    QVERIFY(!question["params"_L1].toObject().contains("mode"_L1));
    world.request("POST", endpoint,
                  answerTo(question, R"("result":{"action":"accept","content":{"name":"Ada"}})"));
    QCOMPARE(textOf(messagesOn(*sse).last()["result"_L1].toObject()), u"accept Ada"_s);
}

QTEST_GUILESS_MAIN(TestMcpStreams)
#include "tst_mcp_streams.moc"
