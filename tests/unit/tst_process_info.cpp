// SPDX-License-Identifier: GPL-3.0-or-later
#include <base/platform/peer.h>
#include <base/platform/process_lookup.h>
#include <base/platform/tcp_table.h>

#include <QCoreApplication>
#include <QFile>
#include <QProcess>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>

#include <cstdio>
#include <cstring>

using namespace Qt::StringLiterals;
using namespace gatehouse::platform;

namespace {

/// This test as another program: says which port it listens on, or connects to one, and waits to be
/// ended.
int listenAsChild(const char *address)
{
    QTcpServer server;
    if (!server.listen(QHostAddress(QLatin1String(address))))
        return 1;
    std::printf("%d\n", server.serverPort());
    std::fflush(stdout);
    return QCoreApplication::exec();
}

int connectAsChild(const char *address, const char *port)
{
    QTcpSocket socket;
    socket.connectToHost(QLatin1String(address), quint16(std::atoi(port)));
    return socket.waitForConnected() ? QCoreApplication::exec() : 1;
}

class Child {
public:
    explicit Child(const QStringList &arguments,
                   const QString &program = QCoreApplication::applicationFilePath())
    {
        m_process.start(program, arguments);
        if (!m_process.waitForStarted())
            qFatal("no child");
    }
    ~Child()
    {
        m_process.kill();
        m_process.waitForFinished();
    }
    [[nodiscard]] qint64 pid() const { return m_process.processId(); }
    quint16 readPort()
    {
        while (!m_process.canReadLine()) {
            if (!m_process.waitForReadyRead())
                qFatal("the child does not listen");
        }
        return m_process.readLine().trimmed().toUShort();
    }

private:
    QProcess m_process;
};

ConnectionEnds endsOf(const QTcpSocket &accepted)
{
    return {accepted.peerAddress(), accepted.peerPort(), accepted.localAddress(),
            accepted.localPort()};
}

std::unique_ptr<QTcpSocket> accept(QTcpServer &server)
{
    if (!server.waitForNewConnection(10'000))
        qFatal("nobody connects");
    return std::unique_ptr<QTcpSocket>(server.nextPendingConnection());
}

/// One line of /proc/net/tcp for a socket that listens.
QByteArray listening(const char *address, const char *user, const char *inode = "100")
{
    return QByteArray("   0: ") + address
        + ":C822 00000000:0000 0A 00000000:00000000 00:00000000 "
          "00000000  "
        + user + "        0 " + inode + " 1 0000000000000000 100 0 0 10 0\n";
}

constexpr quint16 kListedPort = 0xC822;

} // namespace

class TestProcessInfo : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void listener_data()
    {
        QTest::addColumn<QString>("address");
        QTest::newRow("IPv4 loopback") << u"127.0.0.1"_s;
        QTest::newRow("IPv4 all addresses") << u"0.0.0.0"_s;
        QTest::newRow("IPv6 loopback") << u"::1"_s;
        QTest::newRow("all addresses of both") << u"::"_s;
    }
    void listener()
    {
        QFETCH(QString, address);
        Child child({u"listen"_s, address});
        const auto port = child.readPort();
        const auto found = listenerOn(port);
        QVERIFY(found);
        QCOMPARE(found->user, currentUser());
        QVERIFY(found->process);
        QCOMPARE(found->process->pid, child.pid());
        QCOMPARE(found->process->name, u"tst_process_info"_s);
        QCOMPARE(found->process->path, QCoreApplication::applicationFilePath());
        QVERIFY(!found->process->parents.isEmpty());
        QCOMPARE(found->process->parents.first(), u"tst_process_info"_s);
        QVERIFY(!found->process->parents.contains(u"systemd"_s));
    }

    void nobodyListens()
    {
        quint16 port = 0;
        {
            QTcpServer server;
            QVERIFY(server.listen(QHostAddress::LocalHost));
            port = server.serverPort();
        }
        QVERIFY(!listenerOn(port));
    }

    void aConnectionIsNoListener()
    {
        QTcpServer server;
        QVERIFY(server.listen(QHostAddress::LocalHost));
        QTcpSocket client;
        client.connectToHost(QHostAddress(QHostAddress::LocalHost), server.serverPort());
        QVERIFY(client.waitForConnected());
        QVERIFY(!listenerOn(client.localPort()));
    }

    void peer_data()
    {
        QTest::addColumn<QString>("address");
        QTest::newRow("IPv4") << u"127.0.0.1"_s;
        QTest::newRow("IPv6") << u"::1"_s;
        QTest::newRow("IPv4 through an IPv6 socket") << u"::ffff:127.0.0.1"_s;
    }
    void peer()
    {
        QFETCH(QString, address);
        QTcpServer server;
        const bool isMapped = address.startsWith("::ffff"_L1);
        QVERIFY(server.listen(isMapped ? QHostAddress(QHostAddress::LocalHost)
                                       : QHostAddress(address)));
        Child child({u"connect"_s, address, QString::number(server.serverPort())});
        const auto accepted = accept(server);
        const auto found = processOfLoopbackPeer(endsOf(*accepted));
        QVERIFY(found);
        QCOMPARE(found->pid, child.pid());
        QCOMPARE(found->name, u"tst_process_info"_s);
    }

    void aConnectionThatIsGoneHasNoProcess()
    {
        QTcpServer server;
        QVERIFY(server.listen(QHostAddress::LocalHost));
        ConnectionEnds ends;
        {
            Child child({u"connect"_s, u"127.0.0.1"_s, QString::number(server.serverPort())});
            ends = endsOf(*accept(server));
        }
        QVERIFY(!processOfLoopbackPeer(ends));
        QVERIFY(!processOfLoopbackPeer({}));
    }

    void aReplacedProgramKeepsItsName()
    {
        QTemporaryDir directory;
        const auto copy = directory.filePath(u"claude"_s);
        QVERIFY(QFile::copy(QCoreApplication::applicationFilePath(), copy));
        Child child({u"listen"_s, u"127.0.0.1"_s}, copy);
        const auto port = child.readPort();
        QVERIFY(QFile::remove(copy));
        const auto found = listenerOn(port);
        QVERIFY(found && found->process);
        QCOMPARE(found->process->name, u"claude"_s);
        QCOMPARE(found->process->path, copy);
    }

    void aProgramNamedAfterItsVersionHasTheNameOfItsFolder()
    {
        QTemporaryDir directory;
        const auto folder = directory.filePath(u"claude/versions"_s);
        QVERIFY(QDir().mkpath(folder));
        const auto copy = folder + u"/2.0.14"_s;
        QVERIFY(QFile::copy(QCoreApplication::applicationFilePath(), copy));
        Child child({u"listen"_s, u"127.0.0.1"_s}, copy);
        const auto found = listenerOn(child.readPort());
        QVERIFY(found && found->process);
        QCOMPARE(found->process->name, u"claude"_s);
        QCOMPARE(found->process->path, copy);
    }

    void aNameWithParenthesesDoesNotHideTheParents()
    {
        QTemporaryDir directory;
        const auto copy = directory.filePath(u"a) R 1 (b"_s);
        QVERIFY(QFile::copy(QCoreApplication::applicationFilePath(), copy));
        Child child({u"listen"_s, u"127.0.0.1"_s}, copy);
        const auto found = listenerOn(child.readPort());
        QVERIFY(found && found->process);
        QCOMPARE(found->process->name, u"a) R 1 (b"_s);
        QCOMPARE(found->process->parents.first(), u"tst_process_info"_s);
    }

    void aMappedAddressIsIPv4()
    {
        const QByteArray line = "   1: 0000000000000000FFFF00000100007F:C822 "
                                "0000000000000000FFFF00000100007F:1F90 01 00000000:00000000 "
                                "00:00000000 00000000  1000        0 77 1 0 20 4 30 10 -1\n";
        const auto rows = parseTcpTable(line);
        const QHostAddress home(QHostAddress::LocalHost);
        const auto found = findConnection(rows, home, kListedPort, home, 0x1F90);
        QVERIFY(found);
        QCOMPARE(found->inode, 77U);
        QVERIFY(!findConnection(rows, home, kListedPort, home, 0x1F91));
        QVERIFY(!findConnection(rows, home, 0x1F90, home, kListedPort));
    }

    void whoseListenerCounts_data()
    {
        QTest::addColumn<QByteArray>("table");
        QTest::addColumn<int>("user"); // -1: nobody
        const QByteArray six = "00000000000000000000000001000000";
        QTest::newRow("nobody") << QByteArray() << -1;
        QTest::newRow("this user") << listening("0100007F", "1000") << 1000;
        QTest::newRow("another user") << listening("0100007F", "1001") << 1001;
        QTest::newRow("another user on all addresses") << listening("00000000", "1001") << 1001;
        QTest::newRow("this user, and another on IPv6")
            << listening("0100007F", "1000") + listening(six.constData(), "1001") << 1001;
        QTest::newRow("another user first")
            << listening("00000000", "1001") + listening("0100007F", "1000") << 1001;
        QTest::newRow("only on the network") << listening("0100A8C0", "1001") << -1;
        QTest::newRow("a line that makes no sense")
            << QByteArray("  sl  local_address rem_address\nx y z\n")
                + listening("0100007F", "1000")
            << 1000;
        QTest::newRow("a line that ends early") << listening("0100007F", "1000").left(60) + "\n"
                                                << -1;
        QTest::newRow("a user that is no number") << listening("0100007F", "root") << -1;
    }
    void whoseListenerCounts()
    {
        QFETCH(QByteArray, table);
        QFETCH(int, user);
        const auto found = findListener(parseTcpTable(table), kListedPort, 1000);
        QCOMPARE(found ? int(found->user) : -1, user);
    }

    void lookupAnswersLater()
    {
        Child child({u"listen"_s, u"127.0.0.1"_s});
        const auto port = child.readPort();
        SystemProcessLookup lookup;
        std::optional<Listener> found;
        lookup.listenerOn(port, this, [&](const std::optional<Listener> &listener) {
            QCOMPARE(QThread::currentThread(), thread());
            found = listener;
        });
        QVERIFY(!found);
        QTRY_VERIFY(found);
        QCOMPARE(found->process->pid, child.pid());
    }

    void lookupAnswersNobodyWhoIsGone()
    {
        SystemProcessLookup lookup;
        auto context = std::make_unique<QObject>();
        bool called = false;
        bool last = false;
        lookup.listenerOn(1, context.get(), [&](const auto &) { called = true; });
        lookup.processOf({}, context.get(), [&](const auto &) { called = true; });
        context.reset();
        lookup.listenerOn(1, this, [&](const auto &) { last = true; });
        QTRY_VERIFY(last);
        QVERIFY(!called);
    }

    void tooManyLookupsAtOnceAreUnknown()
    {
        SystemProcessLookup lookup;
        int answered = 0;
        const auto ask = [&] {
            lookup.processOf({}, this, [&](const auto &process) {
                QVERIFY(!process);
                ++answered;
            });
        };
        for (int i = 0; i < SystemProcessLookup::kMostWaiting; ++i)
            ask();
        QCOMPARE(answered, 0);
        ask();
        QCOMPARE(answered, 1); // at once
        QTRY_COMPARE(answered, SystemProcessLookup::kMostWaiting + 1);
        ask();
        QTRY_COMPARE(answered, SystemProcessLookup::kMostWaiting + 2);
    }

    void endsWhileAQuestionIsOpen()
    {
        bool called = false;
        {
            SystemProcessLookup lookup;
            for (int i = 0; i < 5; ++i)
                lookup.listenerOn(1, this, [&](const auto &) { called = true; });
        }
        QCoreApplication::processEvents();
        QVERIFY(!called);
    }
};

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    if (argc == 3 && std::strcmp(argv[1], "listen") == 0)
        return listenAsChild(argv[2]);
    if (argc == 4 && std::strcmp(argv[1], "connect") == 0)
        return connectAsChild(argv[2], argv[3]);
    TestProcessInfo test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_process_info.moc"
