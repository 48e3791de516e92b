// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/notifier.h>
#include <ui/support/fake_desk.h>
#include <ui/support/sample_desk.h>

#include <QDBusConnection>
#include <QDBusMessage>
#include <QSignalSpy>
#include <QTest>

using namespace gatehouse;
using namespace gatehouse::tests;
using namespace gatehouse::ui;

namespace {

constexpr auto kName = "org.freedesktop.Notifications";
constexpr auto kPath = "/org/freedesktop/Notifications";

struct Shown {
    QString title;
    QString body;
    QStringList actions;
    QVariantMap hints;
};

/// The desktop's notification service, on a connection of its own to the test's private bus.
class NotificationService final : public QObject {
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.Notifications")

public:
    explicit NotificationService(QStringList capabilities)
        : m_capabilities(std::move(capabilities)),
          m_bus(
              QDBusConnection::connectToBus(QDBusConnection::SessionBus, u"notification service"_s))
    {
        m_bus.registerObject(QLatin1StringView(kPath), this,
                             QDBusConnection::ExportAllSlots | QDBusConnection::ExportAllSignals);
        m_owns = m_bus.registerService(QLatin1StringView(kName));
    }
    ~NotificationService() override
    {
        m_bus.unregisterService(QLatin1StringView(kName));
        m_bus.unregisterObject(QLatin1StringView(kPath));
        QDBusConnection::disconnectFromBus(u"notification service"_s);
    }

    [[nodiscard]] bool owns() const { return m_owns; }

    QMap<uint, Shown> shown;
    int notified = 0;

public Q_SLOTS:
    QStringList GetCapabilities() { return m_capabilities; }
    uint Notify(const QString &, uint replaces, const QString &, const QString &title,
                const QString &body, const QStringList &actions, const QVariantMap &hints, int)
    {
        ++notified;
        const uint id = replaces ? replaces : ++m_last;
        shown[id] = {title, body, actions, hints};
        return id;
    }
    void CloseNotification(uint id)
    {
        shown.remove(id);
        Q_EMIT NotificationClosed(id, 3);
    }

public:
    /// What the person does.
    void invoke(uint id, const QString &action, const QString &token = {})
    {
        if (!token.isEmpty())
            Q_EMIT ActivationToken(id, token);
        Q_EMIT ActionInvoked(id, action);
    }
    void dismiss(uint id)
    {
        shown.remove(id);
        Q_EMIT NotificationClosed(id, 2);
    }

Q_SIGNALS:
    void NotificationClosed(uint id, uint reason);
    void ActionInvoked(uint id, const QString &action);
    void ActivationToken(uint id, const QString &token);

private:
    QStringList m_capabilities;
    QDBusConnection m_bus;
    uint m_last = 0;
    bool m_owns = false;
};

QStringList desktopCapabilities()
{
    return {u"actions"_s, u"body"_s, u"body-markup"_s};
}

/// The title of the one notification that is shown; empty unless there is exactly one.
QString onlyTitle(const NotificationService &service)
{
    return service.shown.size() == 1 ? service.shown.first().title : QString();
}

} // namespace

class TestNotifier : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void saysWhoAsksAndNoMore();
    void escapesOnlyWhereMarkupIsRead_data();
    void escapesOnlyWhereMarkupIsRead();
    void noActionsWhereThereAreNone();
    void namesAreShort();
    void manyShareOne();
    void replacedNotStacked();
    void withdrawnOnceAnswered();
    void withdrawnWhenGatehouseQuits();
    void dismissedDoesNotComeBack();
    void reviewPassesTheActivationToken();
    void denies();
    void saysThatACopiedTokenWasUsed();
    void saysThatTheTenantSignedSomebodyOut();
    void neverAllows();
    void othersCannotAnswer();
    void withoutService();
    void serviceThatComesLater();

private:
    void ask(const QStringList &names);

    std::unique_ptr<FakeDesk> m_desk;
};

void TestNotifier::init()
{
    m_desk = std::make_unique<FakeDesk>();
}

void TestNotifier::saysThatACopiedTokenWasUsed()
{
    NotificationService service(desktopCapabilities());
    ClientLine line;
    line.grant = GrantId(u"before"_s);
    line.clientName = u"Cursor"_s;
    line.misused = true;
    line.endedAt = m_desk->clock().now();
    auto state = m_desk->state();
    state.clients = {line};
    m_desk->show(state);
    Notifier notifier(*m_desk, QDBusConnection::sessionBus());
    QSignalSpy clientsWanted(&notifier, &Notifier::clientsWanted);
    QSignalSpy denied(&notifier, &Notifier::denied);

    line.grant = GrantId(u"now"_s);
    line.endedAt = m_desk->clock().now() + 1s;
    state.clients.append(line);
    m_desk->show(state);
    QTRY_COMPARE(service.shown.size(), 1); // what happened before is no news
    const auto id = service.shown.firstKey();
    QCOMPARE(service.shown[id].title, u"Cursor was shut out"_s);
    QVERIFY(service.shown[id].actions.contains(u"Show…"_s));
    service.invoke(id, u"deny"_s);
    QTRY_COMPARE(clientsWanted.count(), 1);
    QCOMPARE(denied.count(), 0);
}

void TestNotifier::saysThatTheTenantSignedSomebodyOut()
{
    NotificationService service(desktopCapabilities());
    Notifier notifier(*m_desk, QDBusConnection::sessionBus());
    QSignalSpy signInWanted(&notifier, &Notifier::signInWanted);
    auto state = m_desk->state();
    state.accounts = {alice(), bob()};
    state.accounts[1].signedIn = false; // by the person
    QVERIFY(noticesFor(state.accounts).isEmpty());
    m_desk->show(state);

    state.accounts[0].signedIn = false;
    state.accounts[0].endedByTenant = true;
    m_desk->show(state);
    QTRY_COMPARE(service.shown.size(), 1);
    const auto id = service.shown.firstKey();
    QCOMPARE(service.shown[id].title, u"Alice Martin was signed out"_s);
    QVERIFY(service.shown[id].actions.contains(u"Sign in…"_s));
    service.invoke(id, u"signin"_s);
    QTRY_COMPARE(signInWanted.count(), 1);

    state.accounts[0].signedIn = true;
    state.accounts[0].endedByTenant = false;
    m_desk->show(state);
    QTRY_COMPARE(service.shown.size(), 0);
}

void TestNotifier::ask(const QStringList &names)
{
    auto state = m_desk->state();
    state.requests.clear();
    for (const auto &name : names)
        state.requests << sampleRequest(u"r-%1"_s.arg(state.requests.size() + 1), name,
                                        m_desk->clock().now());
    m_desk->show(state);
}

void TestNotifier::saysWhoAsksAndNoMore()
{
    NotificationService service(desktopCapabilities());
    QVERIFY(service.owns());
    const Notifier notifier(*m_desk, QDBusConnection::sessionBus());
    ask({u"Claude Code"_s});
    QTRY_COMPARE(service.shown.size(), 1);
    const auto shown = service.shown.first();
    QCOMPARE(shown.title, u"Claude Code asks to act for you"_s);
    QCOMPARE(shown.body, u"Nothing happens until you answer in Gatehouse."_s);
    QCOMPARE(
        shown.actions,
        (QStringList{u"default"_s, u"Review…"_s, u"review"_s, u"Review…"_s, u"deny"_s, u"Deny"_s}));
    QCOMPARE(shown.hints[u"urgency"_s].value<uchar>(), 1);
    QCOMPARE(shown.hints[u"suppress-sound"_s].toBool(), true);
    const auto all = shown.title + shown.body + shown.actions.join(u' ');
    for (const auto &secret : {u"K7QM"_s, u"todos"_s, u"51234"_s})
        QVERIFY(!all.contains(secret));
}

void TestNotifier::escapesOnlyWhereMarkupIsRead_data()
{
    QTest::addColumn<QStringList>("capabilities");
    QTest::addColumn<QString>("body");
    QTest::newRow("markup") << desktopCapabilities()
                            << u"&lt;b&gt;Tom&lt;/b&gt; &amp; Co, B and others."_s;
    QTest::newRow("plain") << QStringList{u"actions"_s, u"body"_s}
                           << u"<b>Tom</b> & Co, B and others."_s;
}

void TestNotifier::escapesOnlyWhereMarkupIsRead()
{
    QFETCH(QStringList, capabilities);
    QFETCH(QString, body);
    NotificationService service(capabilities);
    const Notifier notifier(*m_desk, QDBusConnection::sessionBus());
    ask({u"<b>Tom</b> & Co"_s, u"B"_s, u"C"_s, u"D"_s});
    QTRY_COMPARE(service.shown.size(), 1);
    QCOMPARE(service.shown.first().body, body);
}

void TestNotifier::noActionsWhereThereAreNone()
{
    NotificationService service({u"body"_s});
    const Notifier notifier(*m_desk, QDBusConnection::sessionBus());
    ask({u"Claude Code"_s});
    QTRY_COMPARE(service.shown.size(), 1);
    QCOMPARE(service.shown.first().actions, QStringList());
}

void TestNotifier::namesAreShort()
{
    NotificationService service(desktopCapabilities());
    const Notifier notifier(*m_desk, QDBusConnection::sessionBus());
    ask({u"Claude\nCode \u202E"_s + QString(100, u'x')});
    QTRY_COMPARE(service.shown.size(), 1);
    const auto title = service.shown.first().title;
    QVERIFY(title.size() <= 40 + int(u" asks to act for you"_s.size()));
    QVERIFY(!title.contains(u'\n') && !title.contains(u'\u202E'));
}

void TestNotifier::manyShareOne()
{
    NotificationService service(desktopCapabilities());
    const Notifier notifier(*m_desk, QDBusConnection::sessionBus());
    ask({u"Claude Code"_s, u"Cursor"_s, u"Zed"_s});
    QTRY_COMPARE(service.shown.size(), 3);
    ask({u"Claude Code"_s, u"Cursor"_s, u"Zed"_s, u"Goose"_s, u"Cursor"_s});
    // On the way there fewer are shown, and for a moment perhaps one, or none.
    QTRY_COMPARE(onlyTitle(service), u"5 requests are waiting"_s);
    QCOMPARE(service.shown.first().body, u"Claude Code, Cursor and others."_s);
    QVERIFY(!service.shown.first().actions.contains(u"deny"_s));
    ask({u"Claude Code"_s});
    QTRY_COMPARE(onlyTitle(service), u"Claude Code asks to act for you"_s);
}

void TestNotifier::replacedNotStacked()
{
    NotificationService service(desktopCapabilities());
    const Notifier notifier(*m_desk, QDBusConnection::sessionBus());
    QStringList names{u"A"_s, u"B"_s, u"C"_s, u"D"_s};
    ask(names);
    QTRY_COMPARE(service.shown.size(), 1);
    const auto id = service.shown.firstKey();
    ask(names << u"E"_s);
    QTRY_COMPARE(service.shown.value(id).title, u"5 requests are waiting"_s);
    QCOMPARE(service.shown.size(), 1);
    // The same state again changes nothing.
    const int notified = service.notified;
    m_desk->show(m_desk->state());
    ask(names << u"F"_s);
    QTRY_COMPARE(service.shown.value(id).title, u"6 requests are waiting"_s);
    QCOMPARE(service.notified, notified + 1);
}

void TestNotifier::withdrawnOnceAnswered()
{
    NotificationService service(desktopCapabilities());
    const Notifier notifier(*m_desk, QDBusConnection::sessionBus());
    ask({u"Claude Code"_s});
    QTRY_COMPARE(service.shown.size(), 1);
    ask({});
    QTRY_COMPARE(service.shown.size(), 0);
    // Answered before the service has told the id.
    ask({u"Cursor"_s});
    ask({});
    QTRY_COMPARE(service.notified, 2);
    QTRY_COMPARE(service.shown.size(), 0);
}

void TestNotifier::withdrawnWhenGatehouseQuits()
{
    NotificationService service(desktopCapabilities());
    {
        const Notifier notifier(*m_desk, QDBusConnection::sessionBus());
        ask({u"Claude Code"_s});
        QTRY_COMPARE(service.shown.size(), 1);
        // The id has arrived as soon as a second one is asked for.
        m_desk->show(m_desk->state());
        QSignalSpy review(&notifier, &Notifier::reviewWanted);
        QTRY_VERIFY((service.invoke(service.shown.firstKey(), u"review"_s), !review.isEmpty()));
    }
    QTRY_COMPARE(service.shown.size(), 0);
}

void TestNotifier::dismissedDoesNotComeBack()
{
    NotificationService service(desktopCapabilities());
    const Notifier notifier(*m_desk, QDBusConnection::sessionBus());
    ask({u"Claude Code"_s});
    QTRY_COMPARE(service.shown.size(), 1);
    service.dismiss(service.shown.firstKey());
    ask({u"Claude Code"_s, u"Cursor"_s});
    QTRY_COMPARE(service.notified, 2);
    QTRY_COMPARE(service.shown.size(), 1);
    QCOMPARE(service.shown.first().title, u"Cursor asks to act for you"_s);
}

void TestNotifier::reviewPassesTheActivationToken()
{
    NotificationService service(desktopCapabilities());
    const Notifier notifier(*m_desk, QDBusConnection::sessionBus());
    ask({u"Claude Code"_s, u"Cursor"_s});
    QTRY_COMPARE(service.shown.size(), 2);
    QSignalSpy review(&notifier, &Notifier::reviewWanted);
    for (auto shown = service.shown.cbegin(); shown != service.shown.cend(); ++shown)
        if (shown->title.startsWith(u"Cursor"_s))
            service.invoke(shown.key(), u"review"_s, u"token-7"_s);
    QTRY_COMPARE(review.size(), 1);
    QCOMPARE(review[0][0].value<InteractionId>(), InteractionId(u"r-2"_s));
    QCOMPARE(review[0][1].toString(), u"token-7"_s);
    // A token is for one action only; a click on the notification itself reviews too.
    service.invoke(service.shown.firstKey(), u"default"_s);
    QTRY_COMPARE(review.size(), 2);
    QVERIFY(review[1][1].toString().isEmpty());
}

void TestNotifier::denies()
{
    NotificationService service(desktopCapabilities());
    const Notifier notifier(*m_desk, QDBusConnection::sessionBus());
    ask({u"Claude Code"_s});
    QTRY_COMPARE(service.shown.size(), 1);
    QSignalSpy denials(&notifier, &Notifier::denied);
    service.invoke(service.shown.firstKey(), u"deny"_s);
    QTRY_COMPARE(denials.size(), 1);
    QCOMPARE(denials[0][0].value<InteractionId>(), InteractionId(u"r-1"_s));
}

void TestNotifier::neverAllows()
{
    NotificationService service(desktopCapabilities());
    const Notifier notifier(*m_desk, QDBusConnection::sessionBus());
    ask({u"Claude Code"_s});
    QTRY_COMPARE(service.shown.size(), 1);
    QSignalSpy review(&notifier, &Notifier::reviewWanted);
    for (const auto &action : {u"allow"_s, u"answer"_s, QString()})
        service.invoke(service.shown.firstKey(), action);
    service.invoke(service.shown.firstKey(), u"review"_s);
    QTRY_COMPARE(review.size(), 1);
    QCOMPARE(m_desk->commands, QStringList());
}

void TestNotifier::othersCannotAnswer()
{
    NotificationService service(desktopCapabilities());
    const Notifier notifier(*m_desk, QDBusConnection::sessionBus());
    ask({u"Claude Code"_s});
    QTRY_COMPARE(service.shown.size(), 1);
    auto other = QDBusConnection::connectToBus(QDBusConnection::SessionBus, u"other"_s);
    auto signal = QDBusMessage::createSignal(QLatin1StringView(kPath), QLatin1StringView(kName),
                                             u"ActionInvoked"_s);
    other.send(signal << service.shown.firstKey() << u"deny"_s);
    // The bus keeps the order, so the other signal has arrived by now.
    QVERIFY(other
                .call(QDBusMessage::createMethodCall(u"org.freedesktop.DBus"_s, u"/"_s,
                                                     u"org.freedesktop.DBus"_s, u"GetId"_s))
                .type()
            == QDBusMessage::ReplyMessage);
    QSignalSpy review(&notifier, &Notifier::reviewWanted);
    service.invoke(service.shown.firstKey(), u"review"_s);
    QTRY_COMPARE(review.size(), 1);
    QCOMPARE(m_desk->commands, QStringList());
    QDBusConnection::disconnectFromBus(u"other"_s);
}

void TestNotifier::withoutService()
{
    QTest::failOnWarning(QRegularExpression(u".*"_s));
    Notifier onEmptyBus(*m_desk, QDBusConnection::sessionBus());
    Notifier withoutBus(*m_desk, QDBusConnection(u"nowhere"_s));
    ask({u"Claude Code"_s});
    ask({});
    const NotificationService service(desktopCapabilities());
    QCOMPARE(service.notified, 0);
}

void TestNotifier::serviceThatComesLater()
{
    const Notifier notifier(*m_desk, QDBusConnection::sessionBus());
    ask({u"Claude Code"_s});
    {
        NotificationService first(desktopCapabilities());
        QTRY_COMPARE(first.shown.size(), 1);
    }
    // A panel that was restarted has forgotten what it showed.
    NotificationService second(desktopCapabilities());
    QTRY_COMPARE(second.shown.size(), 1);
}

QTEST_GUILESS_MAIN(TestNotifier)
#include "tst_notifier.moc"
