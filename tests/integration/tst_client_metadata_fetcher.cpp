// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/https_site.h"
#include "support/network_threads.h"
#include "support/manual_clock.h"
#include "support/oauth_world.h"
#include "support/test_authority.h"

#include <oauth/client_metadata_fetcher.h>
#include <oauth/public_address.h>

#include <QTcpServer>
#include <QTest>
#include <QTimer>

using namespace gatehouse;
using namespace gatehouse::tests;
using oauth::ClientDocument;
using oauth::ClientMetadataFetcher;

namespace {

const auto kHost = u"client.example"_s;
const QHostAddress kSite = QHostAddress(QHostAddress::LocalHost);
/// On which the site does not listen.
const QHostAddress kOther{u"127.0.0.2"_s};
constexpr auto kWholeTime = 5s;
constexpr int kLargest = 5 * 1024;

const TestAuthority &authority()
{
    static const TestAuthority s_authority;
    return s_authority;
}

/// The fetcher with a web of one site: whatever `addresses` are, the public ones and the site's may
/// be connected to.
struct World {
    ManualClock clock;
    HttpsSite site;
    QList<QHostAddress> addresses{kSite};
    QStringList resolved;
    bool isResolverSilent = false;
    bool mayReachOther = false;
    ClientMetadataFetcher fetcher;
    QObject context;

    explicit World(const QSslConfiguration &tls = authority().serverFor(kHost))
        : site(tls), fetcher(clock, network())
    {
    }

    ClientMetadataFetcher::Network network()
    {
        return {[this](const QString &host, QObject *, const auto &found) {
                    resolved.append(host);
                    if (!isResolverSilent)
                        found(addresses);
                },
                [this](const QHostAddress &address) {
                    return address == kSite || (mayReachOther && address == kOther)
                        || oauth::isPublicAddress(address);
                },
                {authority().certificate()}};
    }
    [[nodiscard]] QUrl url(const QString &path = u"/client.json"_s) const
    {
        return QUrl(u"https://%1:%2%3"_s.arg(kHost).arg(site.port()).arg(path));
    }

    using Answer = std::optional<Result<ClientDocument>>;

    std::shared_ptr<Answer> ask(const QUrl &address)
    {
        auto answer = std::make_shared<Answer>();
        fetcher.fetch(address, &context, [answer](const auto &result) { *answer = result; });
        return answer;
    }
    /// What comes before the time is up.
    Result<ClientDocument> fetch(const QUrl &address)
    {
        const auto answer = ask(address);
        if (!QTest::qWaitFor([&] { return answer->has_value(); }))
            return fail(Error{u"nothing"_s});
        return **answer;
    }
    /// Connections that are open or in the making.
    [[nodiscard]] qsizetype connections() const
    {
        return fetcher.findChildren<QSslSocket *>().size();
    }
    /// Fails as everything fails: with one sentence, and not before the time is up.
    Error failure()
    {
        const auto answer = ask(url());
        if (!QTest::qWaitFor([&] { return connections() == 0; }))
            return {u"the request goes on"_s};
        clock.advance(kWholeTime - 1ms);
        if (answer->has_value())
            return {u"answered early"_s};
        clock.advance(1ms);
        if (!answer->has_value())
            return {u"not answered"_s};
        return (*answer)->has_value() ? Error{u"succeeded"_s} : (*answer)->error();
    }
};

} // namespace

#define VERIFY_CANNOT_READ(error)                                                                  \
    QCOMPARE((error).message, u"Gatehouse could not read the program's description."_s)

class TestClientMetadataFetcher : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void cleanupTestCase() { awaitEndOfNetworkThreads(); }

    void readsADocument()
    {
        World world;
        world.site.answerWith(HttpsSite::answer("{}", "Cache-Control: max-age=600\r\nAge: 60\r\n"));
        const auto document = world.fetch(world.url(u"/a%20b/client.json?v=1"_s));
        QVERIFY(document);
        QCOMPARE(document->body, QByteArray("{}"));
        QCOMPARE(document->freshFor, std::chrono::seconds(540));
        QCOMPARE(world.resolved, QStringList{kHost});
    }

    void tellsNothingOfThePerson()
    {
        World world;
        world.site.answerWith(HttpsSite::answer("{}", "Set-Cookie: a=b\r\n"));
        QVERIFY(world.fetch(world.url(u"/a%20b/client.json?v=1"_s)));
        QVERIFY(world.fetch(world.url()));
        const auto rest =
            " HTTP/1.1\r\nHost: client.example:" + QByteArray::number(world.site.port())
            + "\r\nAccept: application/json\r\nAccept-Encoding: identity\r\n"
              "User-Agent: Gatehouse/" GATEHOUSE_VERSION "\r\nConnection: close\r\n\r\n";
        QCOMPARE(world.site.requests,
                 (QByteArrayList{"GET /a%20b/client.json?v=1" + rest, "GET /client.json" + rest}));
        QCOMPARE(world.site.connections, 2); // none is kept for the next one
    }

    void acceptedAnswers_data()
    {
        QTest::addColumn<QByteArray>("answer");
        QTest::newRow("RFC 8259 application/json") << HttpsSite::answer("{}");
        QTest::newRow("a parameter")
            << HttpsSite::answer("{}", {}, "200 OK", "Application/JSON; charset=utf-8");
        QTest::newRow("CIMD draft §4.1 a more specific type")
            << HttpsSite::answer("{}", {}, "200 OK", "application/oauth-client+json");
        QTest::newRow("RFC 9112 §7.1 in chunks")
            << QByteArray("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                          "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n");
        QTest::newRow("CIMD draft §6.6 5 KB") << HttpsSite::answer(QByteArray(kLargest, ' '));
    }
    void acceptedAnswers()
    {
        QFETCH(QByteArray, answer);
        World world;
        world.site.answerWith(answer);
        const auto document = world.fetch(world.url());
        QVERIFY2(document, document ? "" : qPrintable(document.error().detail));
    }

    void refusedAnswers_data()
    {
        QTest::addColumn<QByteArray>("answer");
        QTest::addColumn<QString>("detail");
        const QByteArray chunks = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                  "Transfer-Encoding: chunked\r\n\r\n1401\r\n"
            + QByteArray(kLargest + 1, ' ') + "\r\n0\r\n\r\n";
        const auto large = HttpsSite::answer(QByteArray(kLargest + 1, ' '));
        QTest::newRow("CIMD draft §6.6 more than 5 KB") << large << u"too large"_s;
        QTest::newRow("CIMD draft §6.6 more than 5 KB, unannounced") << chunks << u"too large"_s;
        QTest::newRow("CIMD draft §6.6 more than 5 KB, to the end of the connection")
            << QByteArray("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
                + QByteArray(kLargest + 1, ' ')
            << u"too large"_s;
        for (const auto *status :
             {"301 Moved", "302 Found", "303 See", "307 Temporary", "308 Perm"}) {
            QTest::addRow("CIMD draft §4 redirect %s", status)
                << HttpsSite::answer("{}", "Location: https://client.example/other\r\n", status)
                << u"status "_s + QString::fromLatin1(status).left(3);
        }
        for (const auto *status :
             {"201 Created", "204 None", "401 Who", "404 Gone", "500 Broken"}) {
            QTest::addRow("CIMD draft §4 status %s", status)
                << HttpsSite::answer("{}", "WWW-Authenticate: Basic realm=\"x\"\r\n", status)
                << u"status "_s + QString::fromLatin1(status).left(3);
        }
        for (const auto *type : {"text/html", "text/json", "application/jsonx", ""}) {
            QTest::addRow("CIMD draft §4.1 media type \"%s\"", type)
                << HttpsSite::answer("{}", {}, "200 OK", type) << u"media type"_s;
        }
        QTest::newRow("cut off") << HttpsSite::answer("{}").chopped(1) << QString();
        QTest::newRow("no HTTP") << QByteArray("{}") << QString();
        QTest::newRow("nothing") << QByteArray() << QString();
    }
    void refusedAnswers()
    {
        QFETCH(QByteArray, answer);
        QFETCH(QString, detail);
        World world;
        world.site.answerWith(answer);
        const auto error = world.failure();
        VERIFY_CANNOT_READ(error);
        QVERIFY2(error.detail.contains(detail), qPrintable(error.detail));
        QCOMPARE(world.site.connections, 1);
    }

    void certificates_data()
    {
        QTest::addColumn<QSslConfiguration>("tls");
        QTest::newRow("RFC 9110 §4.3.4 another host") << authority().serverFor(u"evil.example"_s);
        QTest::newRow("RFC 9110 §4.3.4 the address instead of the host")
            << authority().serverFor(u"127.0.0.1"_s);
        QTest::newRow("RFC 5280 §6.1.3 expired") << authority().serverFor(kHost, true);
        QTest::newRow("RFC 5280 §6.1 an authority that nobody knows")
            << TestAuthority().serverFor(kHost);
    }
    void certificates()
    {
        QFETCH(QSslConfiguration, tls);
        World world(tls);
        world.site.answerWith(HttpsSite::answer("{}"));
        const auto error = world.failure();
        VERIFY_CANNOT_READ(error);
        QVERIFY2(error.detail.contains(u"certificate"_s), qPrintable(error.detail));
        QVERIFY(world.site.requests.isEmpty());
    }

    void forbiddenAddresses_data()
    {
        QTest::addColumn<QStringList>("addresses");
        QTest::newRow("CIMD draft §6.5 private") << QStringList{u"192.168.1.1"_s};
        QTest::newRow("CIMD draft §6.5 another loopback address") << QStringList{u"127.0.0.2"_s};
        QTest::newRow("CIMD draft §6.5 link-local") << QStringList{u"169.254.169.254"_s};
        QTest::newRow("CIMD draft §6.5 a private one after one that may be reached")
            << QStringList{u"127.0.0.1"_s, u"10.0.0.1"_s};
        QTest::newRow("CIMD draft §6.5 a private one before one that may be reached")
            << QStringList{u"fd00::1"_s, u"127.0.0.1"_s};
        QTest::newRow("the host has no address") << QStringList();
    }
    void forbiddenAddresses()
    {
        QFETCH(QStringList, addresses);
        World world;
        world.site.answerWith(HttpsSite::answer("{}"));
        world.addresses.clear();
        for (const auto &address : std::as_const(addresses))
            world.addresses.append(QHostAddress(address));
        const auto error = world.failure();
        VERIFY_CANNOT_READ(error);
        QVERIFY2(error.detail.contains(u"address"_s), qPrintable(error.detail));
        QCoreApplication::processEvents();
        QCOMPARE(world.site.connections, 0);
    }

    void connectsToTheAddressThatWasChecked()
    {
        World world;
        world.site.behaviour = [&](QSslSocket &socket) {
            // A second look-up would be told another address (DNS rebinding).
            world.addresses = {QHostAddress(u"127.0.0.2"_s)};
            socket.write(HttpsSite::answer("{}"));
            socket.disconnectFromHost();
        };
        QVERIFY(world.fetch(world.url()));
        QCOMPARE(world.resolved.size(), 1);
    }

    void secondAddressAfterARefusal()
    {
        World world;
        world.mayReachOther = true;
        world.addresses = {kOther, kSite};
        world.site.answerWith(HttpsSite::answer("{}"));
        QVERIFY(world.fetch(world.url()));
    }

    void secondAddressAfterSilence()
    {
        World world;
        world.mayReachOther = true;
        world.addresses = {kOther, kSite};
        world.site.answerWith(HttpsSite::answer("{}"));
        QTcpServer silent;
        QVERIFY(silent.listen(kOther, world.site.port()));
        const auto answer = world.ask(world.url());
        QTRY_VERIFY(silent.hasPendingConnections());
        world.clock.advance(2s);
        QTRY_VERIFY(answer->has_value());
        QVERIFY(**answer);
    }

    void noSecondAddressForAWrongCertificate()
    {
        World world(authority().serverFor(u"evil.example"_s));
        world.mayReachOther = true;
        world.addresses = {kSite, kOther};
        QTcpServer other;
        QVERIFY(other.listen(kOther, world.site.port()));
        VERIFY_CANNOT_READ(world.failure());
        QVERIFY(!other.hasPendingConnections());
    }

    void networkDown()
    {
        World world;
        world.site.stop();
        VERIFY_CANNOT_READ(world.failure());
    }

    void timeIsUp_data()
    {
        QTest::addColumn<QByteArray>("first");
        QTest::newRow("no answer") << QByteArray();
        QTest::newRow("a head that never ends") << QByteArray("HTTP/1.1 200 OK\r\nX: ");
        QTest::newRow("a body that drips")
            << QByteArray("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                          "Content-Length: 1000\r\n\r\n");
    }
    void timeIsUp()
    {
        QFETCH(QByteArray, first);
        World world;
        int drops = 0;
        bool hasLeft = false;
        world.site.behaviour = [&](QSslSocket &socket) {
            QObject::connect(&socket, &QSslSocket::disconnected, &world.context,
                             [&] { hasLeft = true; });
            socket.write(first);
            auto *const drip = new QTimer(&socket);
            QObject::connect(drip, &QTimer::timeout, &socket, [&] {
                if (!first.isEmpty())
                    socket.write(" ");
                ++drops;
            });
            drip->start(1);
        };
        const auto answer = world.ask(world.url());
        QTRY_VERIFY(drops > 20);
        QVERIFY(!answer->has_value());
        world.clock.advance(kWholeTime);
        QVERIFY(answer->has_value());
        VERIFY_CANNOT_READ((*answer)->error());
        QTRY_VERIFY(hasLeft);
    }

    void timeIsUpForTheResolverToo()
    {
        World world;
        world.isResolverSilent = true;
        VERIFY_CANNOT_READ(world.failure());
    }

    void headsAreBounded()
    {
        World world;
        world.site.behaviour = [&](QSslSocket &socket) {
            socket.write("HTTP/1.1 200 OK\r\n");
            const auto more = [&socket] {
                socket.write("X-Padding: " + QByteArray(1000, 'x') + "\r\n");
            };
            QObject::connect(&socket, &QSslSocket::encryptedBytesWritten, &socket, more);
            more();
        };
        VERIFY_CANNOT_READ(world.failure());
    }

    void whoHasLeftIsNotAnswered()
    {
        World world;
        auto context = std::make_unique<QObject>();
        world.fetcher.fetch(world.url(), context.get(),
                            [](const auto &) { QFAIL("answered nobody"); });
        context.reset();
        world.clock.advance(kWholeTime);
    }

    void endsWhileItReads()
    {
        auto world = std::make_unique<World>();
        bool isAsked = false;
        world->site.behaviour = [&](QSslSocket &) { isAsked = true; };
        const auto answer = world->ask(world->url());
        QTRY_VERIFY(isAsked);
        world.reset();
        QVERIFY(!answer->has_value());
    }

    void wholeAuthorization()
    {
        World world;
        OAuthWorld oauth;
        oauth.documents.web = &world.fetcher;
        const auto id = world.url().toString();
        world.site.answerWith(
            HttpsSite::answer(FakeClientMetadata::document(id), "Cache-Control: max-age=600\r\n"));
        const auto target =
            "/authorize?" + OAuthWorld::form(oauth.authorizeParameters(ClientId(id)));
        const auto probe = oauth.get(target, {{"Accept", "application/json"}});
        const auto page = oauth.get(target, {{"Sec-Fetch-Dest", "document"}});
        QTRY_VERIFY(probe->response && page->response);
        QCOMPARE(probe->status(), 200);
        QCOMPARE(page->status(), 303);
        QCOMPARE(world.site.connections, 1);
        QCOMPARE(oauth.get(target, {{"Sec-Fetch-Dest", "document"}})->status(), 303); // fresh
        QCOMPARE(world.site.connections, 1);
    }

    void wholeAuthorizationFails()
    {
        World world;
        OAuthWorld oauth;
        oauth.documents.web = &world.fetcher;
        world.addresses = {QHostAddress(u"192.168.1.1"_s)};
        const ClientId id(world.url().toString());
        const auto page = oauth.get("/authorize?" + OAuthWorld::form(oauth.authorizeParameters(id)),
                                    {{"Sec-Fetch-Dest", "document"}});
        QVERIFY(!page->response);
        world.clock.advance(kWholeTime);
        QTRY_VERIFY(page->response);
        QCOMPARE(page->status(), 503);
        QVERIFY(page->response->body.contains("could not read the program"));
        QVERIFY(!page->response->body.contains("192.168"));
    }
};

QTEST_GUILESS_MAIN(TestClientMetadataFetcher)
#include "tst_client_metadata_fetcher.moc"
