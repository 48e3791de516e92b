// SPDX-License-Identifier: GPL-3.0-or-later
#include <oauth/redirect_uri.h>
#include <oauth/resource.h>

#include <QTest>

using namespace Qt::StringLiterals;
using namespace gatehouse::oauth;

class TestRedirectUri : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void registers_data()
    {
        QTest::addColumn<QString>("uri");
        QTest::addColumn<bool>("allowed");
        QTest::newRow("RFC 8252 §7.3 loopback address") << u"http://127.0.0.1:3000/cb"_s << true;
        QTest::newRow("RFC 8252 §7.3 IPv6 loopback") << u"http://[::1]:3000/cb"_s << true;
        QTest::newRow("localhost without port") << u"http://localhost/callback"_s << true;
        QTest::newRow("https") << u"https://vscode.dev/redirect"_s << true;
        QTest::newRow("RFC 8252 §7.1 private-use scheme")
            << u"cursor://anysphere.cursor/cb"_s << true;
        QTest::newRow("reverse domain scheme") << u"com.example.app:/oauth"_s << true;
        QTest::newRow("empty") << QString() << false;
        QTest::newRow("relative") << u"/callback"_s << false;
        QTest::newRow("http elsewhere") << u"http://example.com/cb"_s << false;
        QTest::newRow("loopback name in front") << u"http://localhost.example.com/cb"_s << false;
        QTest::newRow("loopback in user info") << u"http://localhost@example.com/cb"_s << false;
        QTest::newRow("loopback with user info") << u"http://user@localhost/cb"_s << false;
        QTest::newRow("https with user info") << u"https://a@b.example/cb"_s << false;
        QTest::newRow("RFC 6749 §3.1.2 fragment") << u"https://a.example/cb#x"_s << false;
        QTest::newRow("empty fragment") << u"https://a.example/cb#"_s << false;
        QTest::newRow("javascript") << u"javascript:alert(1)"_s << false;
        QTest::newRow("javascript in capitals") << u"JaVaScRiPt:alert(1)"_s << false;
        QTest::newRow("data") << u"data:text/html,x"_s << false;
        QTest::newRow("file") << u"file:///etc/passwd"_s << false;
        const auto refused = [](const char *name, const QString &uri) {
            QTest::newRow(name) << uri << false;
        };
        refused("javascript with an authority", u"javascript://localhost/%0aalert(1)"_s);
        refused("javascript that looks like https", u"javascript:https://a.example/"_s);
        refused("javascript after a line break", u"\njavascript:alert(1)"_s);
        refused("javascript after a NUL", QString(QChar(0)) + u"javascript:alert(1)"_s);
        refused("javascript after an escape", u"\u001bjavascript:alert(1)"_s);
        refused("javascript after a byte order mark", u"\ufeffjavascript:alert(1)"_s);
        refused("space before the colon", u"javascript :alert(1)"_s);
        refused("line break inside the scheme", u"java\r\nscript:alert(1)"_s);
        refused("NUL inside the scheme", u"java\0script:alert(1)"_s);
        refused("encoded letters in the scheme", u"java%73cript:alert(1)"_s);
        refused("space at the end", u"https://a.example/cb "_s);
        refused("no-break space at the end", u"https://a.example/cb\u00a0"_s);
        refused("delete character", u"https://a.example/\u007f"_s);
        refused("C1 control character", u"https://a.example/\u0085"_s);
        refused("line separator", u"https://a.example/\u2028"_s);
        refused("encoded line break", u"https://a.example/%0d%0ASet-Cookie:x"_s);
        refused("encoded NUL", u"http://localhost/cb?x=%00"_s);
        refused("encoded delete character", u"cursor://cb/%7F"_s);
        refused("data in mixed case", u"DaTa:text/html;base64,PHNjcmlwdD4="_s);
        refused("data without a type", u"data:,x"_s);
        refused("data with an authority", u"data://text/html,x"_s);
        refused("vbscript", u"VBScript:msgbox(1)"_s);
        refused("file in capitals", u"FILE:///etc/passwd"_s);
        refused("blob", u"blob:https://a.example/0"_s);
        refused("mailto", u"mailto:a@b.example"_s);
        refused("about", u"about:blank"_s);
        refused("view-source", u"view-source:https://a.example/"_s);
        refused("RFC 9207 §2 iss in the query", u"https://a.example/cb?iss=https://b.example"_s);
        refused("RFC 6749 §3.1 code in the query", u"http://localhost/cb?x=1&code=1"_s);
        refused("RFC 6749 §3.1 state in the query, encoded", u"https://a.example/cb?st%61te=1"_s);
        refused("RFC 6749 §3.1 error in the query", u"cursor://cb?error"_s);
        QTest::newRow("RFC 6749 §3.1.2 another query")
            << u"https://a.example/cb?x=code&code_x=1"_s << true;
        QTest::newRow("RFC 3986 §2.1 encoded characters that are no controls")
            << u"https://a.example/%20%2F%7e?x=%250A"_s << true;
        QTest::newRow("a handler of Windows itself") << u"ms-msdt:/id"_s << false;
        QTest::newRow("a share in the network") << u"smb://host/share"_s << false;
        QTest::newRow("line break") << u"https://a.example/\r\nSet-Cookie:x"_s << false;
        QTest::newRow("leading space") << u" javascript:alert(1)"_s << false;
        QTest::newRow("tab inside the scheme") << u"java\tscript:alert(1)"_s << false;
        QTest::newRow("backslash") << u"https://a.example\\@b.example/"_s << false;
        QTest::newRow("not ASCII") << u"https://ä.example/"_s << false;
        QTest::newRow("port out of range") << u"http://localhost:99999/"_s << false;
        QTest::newRow("too long") << u"https://a.example/"_s + QString(2000, u'a') << false;
    }
    void registers()
    {
        QFETCH(QString, uri);
        QTEST(checkRegisteredRedirectUri(uri).has_value(), "allowed");
    }

    void described_data()
    {
        QTest::addColumn<QString>("uri");
        QTest::addColumn<QString>("shown");
        QTest::newRow("loopback") << u"http://localhost:51234/cb"_s
                                  << u"localhost:51234 on this computer"_s;
        QTest::newRow("website") << u"https://vscode.dev/redirect"_s << u"vscode.dev"_s;
        QTest::newRow("app link") << u"cursor://x/cb"_s << u"the app link cursor://"_s;
        const auto host = u"login.microsoftonline.com."_s + QString(u"oauth2."_s).repeated(20)
            + u"evil.example"_s;
        QTest::newRow("the end of a long host says whose it is")
            << u"https://%1/cb"_s.arg(host) << host;
        QTest::newRow("RFC 3492 letters of another script")
            << u"https://xn--80ak6aa92e.com/cb"_s << u"xn--80ak6aa92e.com"_s;
    }
    void described()
    {
        QFETCH(QString, uri);
        QTEST(describeRedirectTarget(uri), "shown");
    }

    void matches_data()
    {
        QTest::addColumn<QString>("requested");
        QTest::addColumn<QString>("registered");
        QTest::addColumn<bool>("same");
        const auto loopback = u"http://127.0.0.1:51234/cb"_s;
        QTest::newRow("OAuth 2.1 §2.3.1 equal") << loopback << loopback << true;
        QTest::newRow("RFC 8252 §7.3 loopback port may differ")
            << u"http://127.0.0.1:1/cb"_s << loopback << true;
        QTest::newRow("RFC 8252 §7.3 port may be added")
            << u"http://localhost:5/callback"_s << u"http://localhost/callback"_s << true;
        QTest::newRow("IPv6 port may differ")
            << u"http://[::1]:5/cb"_s << u"http://[::1]:6/cb"_s << true;
        QTest::newRow("path must not differ")
            << u"http://127.0.0.1:51234/other"_s << loopback << false;
        QTest::newRow("path must not grow") << u"http://127.0.0.1:51234/cb/"_s << loopback << false;
        QTest::newRow("query must not differ")
            << u"http://127.0.0.1:51234/cb?x=1"_s << loopback << false;
        QTest::newRow("localhost is not 127.0.0.1")
            << u"http://localhost:51234/cb"_s << loopback << false;
        QTest::newRow("https port must not differ")
            << u"https://a.example:444/cb"_s << u"https://a.example/cb"_s << false;
        QTest::newRow("https host case is not folded")
            << u"https://A.example/cb"_s << u"https://a.example/cb"_s << false;
        QTest::newRow("fragment added") << loopback + u"#x"_s << loopback << false;
        QTest::newRow("line break added") << loopback + u"\n"_s << loopback << false;
        QTest::newRow("user info before the host")
            << u"http://127.0.0.1:1@evil.example/cb"_s << loopback << false;
        QTest::newRow("scheme must not differ")
            << u"https://127.0.0.1:51234/cb"_s << loopback << false;
    }
    void matches()
    {
        QFETCH(QString, requested);
        QFETCH(QString, registered);
        QTEST(matchesRegistered(requested, {u"https://other.example/"_s, registered}), "same");
    }

    void resource_data()
    {
        QTest::addColumn<QString>("resource");
        QTest::addColumn<bool>("own");
        for (const auto &host : {u"localhost"_s, u"127.0.0.1"_s, u"[::1]"_s}) {
            for (const auto &path : {u""_s, u"/"_s, u"/mcp"_s, u"/sse"_s}) {
                const auto uri = u"http://%1:8377%2"_s.arg(host, path);
                QTest::newRow(qPrintable(u"RFC 8707 §2 own "_s + uri)) << uri << true;
            }
        }
        QTest::newRow("MCP 2025-11-25 Canonical Server URI, scheme and host in capitals")
            << u"HTTP://LocalHost:8377/mcp"_s << true;
        QTest::newRow("MCP 2025-11-25 Canonical Server URI, slash at the end")
            << u"http://localhost:8377/mcp/"_s << true;
        QTest::newRow("RFC 3986 §6.2.2.1 a path in capitals is another")
            << u"http://localhost:8377/MCP"_s << false;
        QTest::newRow("RFC 8707 §2 relative") << u"/mcp"_s << false;
        QTest::newRow("RFC 8707 §2 no scheme") << u"localhost:8377/mcp"_s << false;
        QTest::newRow("RFC 8707 §2 empty fragment") << u"http://localhost:8377/mcp#"_s << false;
        QTest::newRow("RFC 8707 §2 another query") << u"http://localhost:8377/mcp?x=1"_s << false;
        QTest::newRow("user name") << u"http://a@localhost:8377/mcp"_s << false;
        QTest::newRow("no port") << u"http://localhost/mcp"_s << false;
        QTest::newRow("host that only begins alike")
            << u"http://localhost.evil.example:8377/mcp"_s << false;
        QTest::newRow("another port") << u"http://localhost:8378/mcp"_s << false;
        QTest::newRow("another host") << u"http://example.com:8377/mcp"_s << false;
        QTest::newRow("https") << u"https://localhost:8377/mcp"_s << false;
        QTest::newRow("another path") << u"http://localhost:8377/mcp/x"_s << false;
        QTest::newRow("path that only begins alike") << u"http://localhost:8377/mcpx"_s << false;
        QTest::newRow("RFC 8707 §2 fragment") << u"http://localhost:8377/#x"_s << false;
        QTest::newRow("port that only begins alike") << u"http://localhost:83770/mcp"_s << false;
    }
    void resource()
    {
        QFETCH(QString, resource);
        QTEST(isOwnResource(resource, 8377), "own");
    }
};

QTEST_GUILESS_MAIN(TestRedirectUri)
#include "tst_redirect_uri.moc"
