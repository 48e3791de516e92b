// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/fake_client_metadata.h"

#include <oauth/client_metadata_document.h>
#include <http/freshness.h>
#include <oauth/public_address.h>

#include <QNetworkInterface>
#include <QTest>

using namespace gatehouse;
using namespace gatehouse::oauth;
using http::CachingHeaders;
using namespace gatehouse::tests;
using std::chrono::seconds;

namespace {

const auto kId = u"https://claude.ai/oauth/claude-code.json"_s;
/// Thu, 01 Jan 2026 12:00:00 GMT
const auto kNow = fromMilliseconds(1'767'268'800'000);

} // namespace

class TestClientMetadata : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void addresses_data()
    {
        QTest::addColumn<QString>("address");
        QTest::addColumn<bool>("isPublic");
        const auto row = [](const char *name, const char *address, bool isPublic = false) {
            QTest::newRow(name) << QString::fromLatin1(address) << isPublic;
        };
        row("IPv4 of the Internet", "93.184.216.34", true);
        row("IPv6 of the Internet", "2606:4700::6810:84e5", true);
        row("next to private addresses", "172.32.0.1", true);
        row("next to the provider's NAT", "100.128.0.1", true);
        row("RFC 791 this network", "0.0.0.0");
        row("RFC 791 this network, another host", "0.1.2.3");
        row("RFC 1918 10/8", "10.255.255.255");
        row("RFC 1918 172.16/12", "172.31.255.255");
        row("RFC 1918 192.168/16", "192.168.1.1");
        row("RFC 6598 100.64/10", "100.127.255.255");
        row("RFC 1122 loopback", "127.0.0.1");
        row("RFC 1122 loopback, another host", "127.255.0.1");
        row("RFC 3927 link-local", "169.254.169.254");
        row("RFC 6890 protocol assignments", "192.0.0.8");
        row("RFC 5737 documentation 1", "192.0.2.1");
        row("RFC 5737 documentation 2", "198.51.100.1");
        row("RFC 5737 documentation 3", "203.0.113.1");
        row("RFC 7526 6to4 relay", "192.88.99.1");
        row("RFC 2544 benchmarking", "198.19.255.255");
        row("RFC 5771 multicast", "224.0.0.251");
        row("RFC 1112 reserved", "240.0.0.1");
        row("RFC 919 broadcast", "255.255.255.255");
        row("RFC 4291 unspecified", "::");
        row("RFC 4291 loopback", "::1");
        row("RFC 4291 link-local", "fe80::1");
        row("RFC 4291 link-local with a zone", "fe80::1%lo");
        row("RFC 3879 site-local", "fec0::1");
        row("RFC 4193 unique-local", "fd12:3456::1");
        row("RFC 4291 multicast", "ff02::fb");
        row("RFC 4291 unassigned", "4000::1");
        row("RFC 3849 documentation", "2001:db8::1");
        row("RFC 9637 documentation", "3fff::1");
        row("RFC 4380 Teredo", "2001:0:4136:e378:8000:63bf:3fff:fdd2");
        row("RFC 5180 benchmarking", "2001:2::1");
        row("RFC 9602 segment routing", "5f00::1");
        row("RFC 6666 discard", "100::1");
        row("RFC 4291 IPv4-mapped private", "::ffff:192.168.1.1");
        row("RFC 4291 IPv4-mapped loopback", "::ffff:127.0.0.1");
        row("RFC 4291 IPv4-mapped public", "::ffff:93.184.216.34", true);
        row("RFC 4291 IPv4-compatible", "::93.184.216.34");
        row("RFC 6052 NAT64 of a private address", "64:ff9b::10.0.0.1");
        row("RFC 6052 NAT64 of loopback", "64:ff9b::127.0.0.1");
        row("RFC 6052 NAT64 of a public address", "64:ff9b::93.184.216.34", true);
        row("RFC 8215 NAT64 of one's own network", "64:ff9b:1::93.184.216.34");
        row("RFC 3056 6to4 of a private address", "2002:c0a8:0101::1");
        row("RFC 3056 6to4 of a public address", "2002:5db8:d822::1");
        row("no address", "");
    }
    void addresses()
    {
        QFETCH(QString, address);
        QTEST(isPublicAddress(QHostAddress(address)), "isPublic");
    }

    void ownNetworkIsNear()
    {
        QVERIFY(isOfOwnNetwork(QHostAddress(u"127.0.0.1"_s)));
        QVERIFY(isOfOwnNetwork(QHostAddress(u"127.8.8.8"_s)));
        QVERIFY(isOfOwnNetwork(QHostAddress(u"::ffff:127.0.0.1"_s)));
        QVERIFY(!isOfOwnNetwork(QHostAddress(u"93.184.216.34"_s)));
        const auto own = QNetworkInterface::allAddresses();
        for (const auto &address : own)
            QVERIFY(isOfOwnNetwork(address));
    }

    void ids_data()
    {
        QTest::addColumn<QString>("id");
        QTest::addColumn<bool>("isAccepted");
        const auto row = [](const char *name, const QString &id, bool isAccepted = false) {
            QTest::newRow(name) << id << isAccepted;
        };
        row("CIMD draft §3 https with a path", kId, true);
        row("CIMD draft §3 the shortest path", u"https://claude.ai/"_s, true);
        row("CIMD draft §3 a port", u"https://claude.ai:8443/client.json"_s, true);
        row("CIMD draft §3 a query is discouraged, not refused", u"https://claude.ai/client?v=1"_s,
            true);
        row("CIMD draft §3 dots inside a segment", u"https://claude.ai/a..b/.c/d."_s, true);
        row("CIMD draft §3 dots in the query", u"https://claude.ai/client?path=/../"_s, true);
        row("RFC 5890 an international name", u"https://xn--bcher-kva.example/client"_s, true);
        row("CIMD draft §3 http", u"http://claude.ai/client.json"_s);
        row("CIMD draft §3 another scheme", u"ftp://claude.ai/client.json"_s);
        row("CIMD draft §3 no path", u"https://claude.ai"_s);
        row("CIMD draft §3 no path but a query", u"https://claude.ai?client"_s);
        row("CIMD draft §3 fragment", u"https://claude.ai/client#x"_s);
        row("CIMD draft §3 empty fragment", u"https://claude.ai/client#"_s);
        row("CIMD draft §3 user name", u"https://claude.ai@evil.example/client"_s);
        row("CIMD draft §3 user name and password", u"https://a:b@claude.ai/client"_s);
        row("CIMD draft §3 empty user name", u"https://@claude.ai/client"_s);
        row("CIMD draft §3 single-dot segment", u"https://claude.ai/./client"_s);
        row("CIMD draft §3 double-dot segment", u"https://claude.ai/a/../client"_s);
        row("CIMD draft §3 double-dot segment at the end", u"https://claude.ai/a/.."_s);
        row("CIMD draft §3 encoded dot segment", u"https://claude.ai/a/%2E%2e/client"_s);
        row("CIMD draft §3 half-encoded dot segment", u"https://claude.ai/.%2e/client"_s);
        row("scheme in capitals", u"HTTPS://claude.ai/client"_s);
        row("no host", u"https:///client"_s);
        row("one slash", u"https:/claude.ai/client"_s);
        row("backslash", u"https:\\\\claude.ai\\client"_s);
        row("backslash in the host", u"https://claude.ai\\@evil.example/client"_s);
        row("space", u"https://claude.ai/a client"_s);
        row("line break", u"https://claude.ai/client\r\nX: y"_s);
        row("letters of another script", u"https://clаude.ai/client"_s);
        row("broken encoding", u"https://claude.ai/%zz"_s);
        row("IPv4 address", u"https://93.184.216.34/client"_s);
        row("IPv4 address as one number", u"https://2130706433/client"_s);
        row("IPv4 address in hexadecimal", u"https://0x7f.0.0.0x1/client"_s);
        row("IPv6 address", u"https://[::1]/client"_s);
        row("name without a dot", u"https://intranet/client"_s);
        row("name with a dot at the end", u"https://claude.ai./client"_s);
        row("encoded host", u"https://claude%2eai/client"_s);
        row("RFC 6761 localhost", u"https://app.localhost/client"_s);
        row("RFC 6762 multicast DNS", u"https://printer.local/client"_s);
        row("RFC 8375 home network", u"https://nas.home.arpa/client"_s);
        row("RFC 7686 onion", u"https://abcdef.onion/client"_s);
        row("port 0", u"https://claude.ai:0/client"_s);
        row("port 65536", u"https://claude.ai:65536/client"_s);
        row("1024 characters", u"https://claude.ai/"_s + QString(1024 - 18, u'x'), true);
        row("1025 characters", u"https://claude.ai/"_s + QString(1025 - 18, u'x'));
    }
    void ids()
    {
        QFETCH(QString, id);
        QFETCH(bool, isAccepted);
        const auto address = parseDocumentAddress(ClientId(id));
        QCOMPARE(address.has_value(), isAccepted);
        if (!address)
            QVERIFY(address.error().message.startsWith(u"The program's ID is a web address"_s));
    }

    void documents_data()
    {
        QTest::addColumn<QJsonObject>("changes");
        QTest::addColumn<QString>("refusal"); // a part of it; empty when accepted
        const auto row = [](const char *name, const QJsonObject &changes,
                            const QString &refusal = {}) {
            QTest::newRow(name) << changes << refusal;
        };
        const auto none = QJsonValue();
        row("MCP 2025-11-25 the example", {});
        row("CIMD draft §4.1 more properties", {{u"software_id"_s, u"x"_s}, {u"x_y"_s, 1}});
        row("CIMD draft §4.1 client_id of another path",
            {{u"client_id"_s, u"https://claude.ai/other.json"_s}}, u"client_id"_s);
        row("CIMD draft §4.1 client_id that only means the same",
            {{u"client_id"_s, u"https://CLAUDE.ai/oauth/claude-code.json"_s}}, u"client_id"_s);
        row("CIMD draft §4.1 client_id missing", {{u"client_id"_s, none}}, u"client_id"_s);
        row("CIMD draft §4.1 client_id is a list", {{u"client_id"_s, QJsonArray{kId}}},
            u"client_id"_s);
        row("CIMD draft §4.1 client_secret", {{u"client_secret"_s, u"s"_s}}, u"client_secret"_s);
        row("CIMD draft §4.1 client_secret_expires_at", {{u"client_secret_expires_at"_s, 0}},
            u"client_secret_expires_at"_s);
        row("CIMD draft §4.1 no authentication method", {{u"token_endpoint_auth_method"_s, none}});
        for (const auto &method :
             {u"client_secret_basic"_s, u"client_secret_post"_s, u"client_secret_jwt"_s}) {
            QTest::addRow("CIMD draft §4.1 %s", qPrintable(method))
                << QJsonObject{{u"token_endpoint_auth_method"_s, method}}
                << u"token_endpoint_auth_method must be none"_s;
        }
        row("authentication method is no string", {{u"token_endpoint_auth_method"_s, 1}},
            u"token_endpoint_auth_method must be none"_s);
        row("CIMD draft §6.2 private_key_jwt",
            {{u"token_endpoint_auth_method"_s, u"private_key_jwt"_s}},
            u"private_key_jwt, which Gatehouse does not support"_s);
        const QJsonObject publicKey{{u"kty"_s, u"EC"_s}, {u"x"_s, u"1"_s}, {u"y"_s, u"2"_s}};
        row("CIMD draft §6.2 public keys",
            {{u"jwks"_s, QJsonObject{{u"keys"_s, QJsonArray{publicKey}}}}});
        auto privateKey = publicKey;
        privateKey.insert(u"d"_s, u"3"_s);
        row("RFC 7518 §6.2.2 private key",
            {{u"jwks"_s, QJsonObject{{u"keys"_s, QJsonArray{publicKey, privateKey}}}}},
            u"private key"_s);
        row("RFC 7518 §6.4 symmetric key",
            {{u"jwks"_s, QJsonObject{{u"keys"_s, QJsonArray{QJsonObject{{u"k"_s, u"1"_s}}}}}}},
            u"private key"_s);
        row("a private key in the wrong place", {{u"jwks"_s, privateKey}}, u"private key"_s);
        row("MCP 2025-11-25 client_name missing", {{u"client_name"_s, none}}, u"client_name"_s);
        row("MCP 2025-11-25 client_name blank", {{u"client_name"_s, u"  "_s}}, u"client_name"_s);
        row("MCP 2025-11-25 redirect_uris missing", {{u"redirect_uris"_s, none}},
            u"redirect_uris"_s);
        row("RFC 7591 §2 redirect_uris empty", {{u"redirect_uris"_s, QJsonArray()}},
            u"redirect_uris"_s);
        QJsonArray tooMany;
        for (int i = 0; i < 21; ++i)
            tooMany.append(u"http://localhost/%1"_s.arg(i));
        row("21 redirect_uris", {{u"redirect_uris"_s, tooMany}}, u"between 1 and 20"_s);
        row("RFC 7591 §2 redirect_uris is a string", {{u"redirect_uris"_s, u"http://localhost/"_s}},
            u"redirect_uris"_s);
        row("OAuth 2.1 §2.3.1 a redirect URI with http",
            {{u"redirect_uris"_s, QJsonArray{u"http://claude.ai/callback"_s}}},
            u"http redirect URI"_s);
        row("a redirect URI that runs script",
            {{u"redirect_uris"_s, QJsonArray{u"https://claude.ai/cb"_s, u"javascript:x"_s}}},
            u"javascript"_s);
        row("a redirect URI that is no string", {{u"redirect_uris"_s, QJsonArray{1}}},
            u"redirect URI"_s);
        row("RFC 7591 §2 no grant types", {{u"grant_types"_s, none}});
        row("RFC 7591 §2 grant types of other servers beside ours",
            {{u"grant_types"_s,
              QJsonArray{u"authorization_code"_s,
                         u"urn:ietf:params:oauth:grant-type:device_code"_s}}});
        row("RFC 7591 §2 grant types without ours",
            {{u"grant_types"_s, QJsonArray{u"client_credentials"_s}}}, u"grant_types"_s);
        row("RFC 7591 §2 response types without ours",
            {{u"response_types"_s, QJsonArray{u"token"_s}}}, u"response_types"_s);
    }
    void documents()
    {
        QFETCH(QJsonObject, changes);
        QFETCH(QString, refusal);
        const auto body = FakeClientMetadata::document(kId, changes);
        const auto client = parseClientDocument(ClientId(kId), body);
        if (client) {
            QCOMPARE(QString(), refusal);
            QCOMPARE(client->kind, store::ClientKind::MetadataDocument);
            QCOMPARE(client->authMethod, u"none"_s);
            QVERIFY(client->secretHash.isEmpty());
        } else {
            QVERIFY2(!refusal.isEmpty() && client.error().message.contains(refusal),
                     qPrintable(client.error().message));
        }
    }

    void documentsThatAreNone_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("RFC 8259 §2 a list") << QByteArray("[]");
        QTest::newRow("RFC 8259 §2 a string") << QByteArray("\"x\"");
        QTest::newRow("HTML") << QByteArray("<html>");
        QTest::newRow("cut off") << FakeClientMetadata::document(kId).chopped(5);
    }
    void documentsThatAreNone()
    {
        QFETCH(QByteArray, body);
        QVERIFY(!parseClientDocument(ClientId(kId), body));
    }

    void readsWhatItKeeps()
    {
        const auto body = FakeClientMetadata::document(kId, {{u"application_type"_s, u"native"_s}});
        const auto client = parseClientDocument(ClientId(kId), body);
        QVERIFY(client);
        QCOMPARE(client->id.value, kId);
        QCOMPARE(client->name, u"Claude Code"_s);
        QCOMPARE(client->redirectUris,
                 (QStringList{u"http://localhost/callback"_s, u"http://127.0.0.1/callback"_s}));
        QCOMPARE(client->grantTypes, (QStringList{u"authorization_code"_s, u"refresh_token"_s}));
        QCOMPARE(client->applicationType, u"native"_s);
        QCOMPARE(documentHost(*client), u"claude.ai"_s);
    }

    void hostOfADocument_data()
    {
        QTest::addColumn<QString>("id");
        QTest::addColumn<QString>("host");
        QTest::newRow("plain") << kId << u"claude.ai"_s;
        QTest::newRow("in capitals") << u"https://Claude.AI/x"_s << u"claude.ai"_s;
        QTest::newRow("the usual port") << u"https://claude.ai:443/x"_s << u"claude.ai"_s;
        QTest::newRow("a port of its own") << u"https://claude.ai:8443/x"_s << u"claude.ai:8443"_s;
        QTest::newRow("international") << u"https://xn--clude-7qa.ai/x"_s << u"xn--clude-7qa.ai"_s;
    }
    void hostOfADocument()
    {
        QFETCH(QString, id);
        store::Client client;
        client.id = ClientId(id);
        QCOMPARE(documentHost(client), QString()); // it has registered
        client.kind = store::ClientKind::MetadataDocument;
        QTEST(documentHost(client), "host");
    }

    void freshness_data()
    {
        QTest::addColumn<CachingHeaders>("headers");
        QTest::addColumn<qint64>("fresh"); // in seconds
        const auto row = [](const char *name, const CachingHeaders &headers, seconds fresh) {
            QTest::newRow(name) << headers << qint64(fresh.count());
        };
        const QByteArray date = "Thu, 01 Jan 2026 12:00:00 GMT";
        row("RFC 9111 §4.2.2 nothing said, nothing guessed", {}, 0s);
        row("RFC 9111 §5.2.2.1 max-age", {"max-age=600", {}, {}, {}}, 600s);
        row("RFC 9111 §5.2.2.1 max-age among others",
            {"public, Max-Age = 600 , immutable", {}, {}, {}}, 600s);
        row("RFC 9111 §5.2 max-age quoted", {"max-age=\"600\"", {}, {}, {}}, 600s);
        row("RFC 9111 §4.2.1 max-age twice", {"max-age=600, max-age=60", {}, {}, {}}, 60s);
        row("RFC 9111 §4.2.1 max-age without sense", {"max-age=soon", {}, {}, {}}, 0s);
        row("RFC 9111 §4.2.1 max-age negative", {"max-age=-5", {}, {}, {}}, 0s);
        row("RFC 9111 §4.2.1 max-age beyond counting", {"max-age=99999999999999999999", {}, {}, {}},
            24h);
        row("at most 24 hours", {"max-age=604800", {}, {}, {}}, 24h);
        row("RFC 9111 §5.2.2.10 s-maxage is for others", {"s-maxage=600", {}, {}, {}}, 0s);
        row("RFC 9111 §5.2.2.5 no-store", {"max-age=600, no-store", {}, {}, {}}, 0s);
        row("RFC 9111 §5.2.2.4 no-cache", {"no-cache, max-age=600", {}, {}, {}}, 0s);
        row("RFC 9111 §5.2.2.4 no-cache of one field",
            {"no-cache=\"set-cookie\", max-age=600", {}, {}, {}}, 0s);
        row("RFC 9111 §5.3 Expires", {{}, "Thu, 01 Jan 2026 12:10:00 GMT", date, {}}, 600s);
        row("RFC 9111 §5.3 Expires without Date", {{}, "Thu, 01 Jan 2026 12:10:00 GMT", {}, {}},
            600s);
        row("RFC 9111 §5.3 Expires in the past", {{}, "Thu, 01 Jan 2026 11:00:00 GMT", date, {}},
            0s);
        row("RFC 9111 §5.3 Expires is 0", {{}, "0", date, {}}, 0s);
        row("RFC 9111 §5.3 max-age before Expires",
            {"max-age=60", "Thu, 01 Jan 2026 12:10:00 GMT", date, {}}, 60s);
        row("RFC 9111 §5.1 Age", {"max-age=600", {}, date, "200"}, 400s);
        row("RFC 9111 §5.1 Age beyond max-age", {"max-age=600", {}, date, "700"}, 0s);
        row("RFC 9111 §5.1 Age without sense", {"max-age=600", {}, date, "x"}, 600s);
        row("RFC 9111 §4.2.3 Date long ago",
            {"max-age=600", {}, "Thu, 01 Jan 2026 11:55:00 GMT", {}}, 300s);
        row("RFC 9111 §4.2.3 Date in the future",
            {"max-age=600", {}, "Thu, 01 Jan 2026 13:00:00 GMT", {}}, 600s);
    }
    void freshness()
    {
        QFETCH(CachingHeaders, headers);
        QTEST(qint64(http::freshnessOf(headers, kNow).count()), "fresh");
    }
};

QTEST_GUILESS_MAIN(TestClientMetadata)
#include "tst_client_metadata.moc"
