// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/clients_connect.h>
#include <ui/clients_page.h>
#include <ui/clients_words.h>
#include <ui/look.h>
#include <ui/support/fake_desk.h>
#include <ui/support/sample_desk.h>
#include <ui/support/window_test.h>

#include <QClipboard>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTreeView>

using namespace gatehouse;
using namespace gatehouse::tests;
using namespace gatehouse::ui;

class TestClients : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void timesInWords_data();
    void timesInWords();
    void updatesOnlyWhatDiffers();
    void selectionScrollAndFocusSurvive();
    void revokesWithoutAsking();
    void deleteKeyRevokes();
    void revokeAllAsksAndKeepsByDefault();
    void revokeAll();
    void openQuestionFollowsTheState();
    void filtersByCategory();
    void unblocks();
    void searches();
    void saysWhoDescribesAClient();
    void detailsSayWhatAndWhere();
    void textFromOutsideIsPlainAndShort();
    void emptyStateConnects();
    void loadingIsShownLate();

private:
    [[nodiscard]] QStringList names() const;
    [[nodiscard]] QString cell(int row, int column, int role = Qt::DisplayRole) const;
    void clickRow(int row);
    void choose(const QString &category);
    [[nodiscard]] QString label(const QString &name) const;
    [[nodiscard]] QString line(const QString &name) const;

    std::unique_ptr<FakeDesk> m_desk;
    std::unique_ptr<DeskActions> m_actions;
    std::unique_ptr<ClientsPage> m_page;
    QTreeView *m_table = nullptr;
};

void TestClients::initTestCase()
{
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedKingdom));
    installLook(*qApp);
}

void TestClients::init()
{
    m_desk = std::make_unique<FakeDesk>();
    m_desk->show(sampleState(m_desk->clock().now()));
    m_actions = std::make_unique<DeskActions>(*m_desk);
    m_page = std::make_unique<ClientsPage>(*m_desk, *m_actions);
    m_page->resize(em(60), em(60));
    m_page->show();
    QVERIFY(waitActive(m_page.get()));
    m_table = child<QTreeView>(*m_page, u"clients"_s);
}

void TestClients::cleanup()
{
    m_page.reset();
    m_actions.reset();
    m_desk.reset();
}

QStringList TestClients::names() const
{
    QStringList names;
    for (int row = 0; row < m_table->model()->rowCount(); ++row)
        names << cell(row, 0);
    return names;
}

QString TestClients::cell(int row, int column, int role) const
{
    return m_table->model()->index(row, column).data(role).toString();
}

void TestClients::clickRow(int row)
{
    const auto rect = m_table->visualRect(m_table->model()->index(row, 0));
    click(m_table->viewport(), rect.center());
}

void TestClients::choose(const QString &category)
{
    auto *combo = child<QComboBox>(*m_page, u"categories"_s);
    combo->setFocus();
    press(m_page.get(), Qt::Key_Home);
    for (int i = 0; i < combo->findText(category); ++i)
        press(m_page.get(), Qt::Key_Down);
    QCOMPARE(combo->currentText(), category);
}

QString TestClients::label(const QString &name) const
{
    return child<QLabel>(*m_page, name)->text();
}

QString TestClients::line(const QString &name) const
{
    return child<QLineEdit>(*m_page, name)->text();
}

void TestClients::timesInWords_data()
{
    // 2026-11-18, 11:06 UTC
    QTest::addColumn<QString>("shown");
    QTest::addColumn<QString>("expected");
    const auto now = m_desk ? m_desk->clock().now() : ManualClock().now();
    QTest::newRow("used never") << usedText({}, now) << u"Not used yet"_s;
    QTest::newRow("used seconds ago") << usedText(now - 30s, now) << u"Used just now"_s;
    QTest::newRow("used one minute ago") << usedText(now - 1min, now) << u"Used 1 minute ago"_s;
    QTest::newRow("used minutes ago") << usedText(now - 4min, now) << u"Used 4 minutes ago"_s;
    QTest::newRow("used hours ago") << usedText(now - 2h, now) << u"Used 2 hours ago"_s;
    QTest::newRow("used this morning") << usedText(now - 10h, now) << u"Used at 01:06"_s;
    QTest::newRow("used yesterday") << usedText(now - 24h, now) << u"Used yesterday"_s;
    QTest::newRow("used long ago") << usedText(now - 24h * 10, now) << u"Used on 8 November"_s;
    QTest::newRow("ends never") << endsText({}, now) << u"never"_s;
    QTest::newRow("ends today") << endsText(now + 1h, now) << u"today, 12:06"_s;
    QTest::newRow("ends tomorrow") << endsText(now + 14h, now) << u"tomorrow, 01:06"_s;
    QTest::newRow("ends in days") << endsText(now + 24h * 30, now) << u"in 30 days"_s;
    QTest::newRow("ended today") << endedText(now - 1h, now) << u"today, 10:06"_s;
    QTest::newRow("ended last year") << endedText(now - 24h * 365, now) << u"18 November 2025"_s;
}

void TestClients::timesInWords()
{
    QFETCH(QString, shown);
    QFETCH(QString, expected);
    QCOMPARE(shown, expected);
}

void TestClients::updatesOnlyWhatDiffers()
{
    auto state = m_desk->state();
    const auto now = m_desk->clock().now();
    ClientsModel model;
    model.setRows(clientRows(state, now));
    const QPersistentModelIndex cursor = model.index(2, 0);
    QSignalSpy reset(&model, &QAbstractItemModel::modelReset);
    QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);

    model.setRows(clientRows(state, now));
    QCOMPARE(changed.size(), 0);

    state.clients[2].state = ClientState::Connected;
    model.setRows(clientRows(state, now));
    QCOMPARE(changed.size(), 1);
    QCOMPARE(changed[0][0].toModelIndex().row(), 2);

    state.clients.prepend(sampleClient(u"g-7"_s, u"Zed"_s, ClientState::Allowed, now));
    state.clients.removeAt(2);
    state.clients.move(4, 0);
    model.setRows(clientRows(state, now));
    QStringList shown;
    for (int row = 0; row < model.rowCount(); ++row)
        shown << model.index(row, 0).data().toString();
    QStringList expected;
    for (const auto &client : state.clients)
        expected << client.clientName;
    QCOMPARE(shown, expected);
    QVERIFY(cursor.isValid());
    QCOMPARE(cursor.data().toString(), u"Cursor"_s);
    QCOMPARE(reset.size(), 0);
}

void TestClients::selectionScrollAndFocusSurvive()
{
    auto state = m_desk->state();
    const auto now = m_desk->clock().now();
    for (int i = 0; i < 30; ++i)
        state.clients << sampleClient(u"more-%1"_s.arg(i), u"More %1"_s.arg(i),
                                      ClientState::Allowed, now);
    m_desk->show(state);
    clickRow(3);
    QCOMPARE(label(u"detailName"_s), u"VS Code"_s);
    press(m_page.get(), Qt::Key_PageDown);
    QTRY_VERIFY(m_table->verticalScrollBar()->value() > 0);
    const auto selected = m_table->currentIndex().data().toString();
    const int scrolled = m_table->verticalScrollBar()->value();
    QVERIFY(m_table->hasFocus());

    for (auto &client : state.clients)
        client.lastUsedAt = now;
    m_desk->show(state);
    state.clients.append(sampleClient(u"last"_s, u"Last"_s, ClientState::Allowed, now));
    m_desk->show(state);

    QCOMPARE(m_table->currentIndex().data().toString(), selected);
    QVERIFY(m_table->selectionModel()->isSelected(m_table->currentIndex()));
    QCOMPARE(m_table->verticalScrollBar()->value(), scrolled);
    QVERIFY(m_table->hasFocus());
    QCOMPARE(label(u"detailName"_s), selected);
}

void TestClients::revokesWithoutAsking()
{
    clickRow(2);
    click(child<QPushButton>(*m_page, u"revoke"_s));
    QCOMPARE(m_desk->commands, QStringList{u"revoke g-3"_s});

    auto state = m_desk->state();
    state.clients[2].state = ClientState::Revoked;
    state.clients[2].endedAt = m_desk->clock().now();
    m_desk->show(state);
    QCOMPARE(cell(2, 0), u"Cursor"_s);
    QCOMPARE(cell(2, 1), u"Revoked"_s);
    QVERIFY(!child<QPushButton>(*m_page, u"revoke"_s)->isVisible());
    QCOMPARE(label(u"count"_s), u"5 clients may act for you."_s);

    // Once they look elsewhere it is where ended access belongs.
    choose(u"Ended"_s);
    QCOMPARE(names(), QStringList{u"Cursor"_s});
    choose(u"Allowed now"_s);
    QVERIFY(!names().contains(u"Cursor"_s));
}

void TestClients::deleteKeyRevokes()
{
    clickRow(1);
    press(m_page.get(), Qt::Key_Delete);
    QCOMPARE(m_desk->commands, QStringList{u"revoke g-2"_s});
}

void TestClients::revokeAllAsksAndKeepsByDefault()
{
    for (const auto harmless : {Qt::Key_Return, Qt::Key_Escape, Qt::Key_Space}) {
        click(child<QWidget>(*m_page, u"revokeAll"_s));
        auto *question = window(u"revokeQuestion"_s);
        QVERIFY(waitActive(question));
        QVERIFY(!question->isModal());
        QCOMPARE(child<QLabel>(*question, u"questionText"_s)->text(),
                 u"Revoke all 6 clients? Each must ask again."_s);
        QCOMPARE(QApplication::focusWidget(), child<QPushButton>(*question, u"questionKeep"_s));
        press(question, harmless);
        QVERIFY(!question->isVisible());
    }
    QCOMPARE(m_desk->commands, QStringList());
}

void TestClients::revokeAll()
{
    click(child<QWidget>(*m_page, u"revokeAll"_s));
    auto *question = window(u"revokeQuestion"_s);
    QVERIFY(waitActive(question));
    // Enter keeps them even on the other button.
    press(question, Qt::Key_Backtab);
    click(child<QPushButton>(*question, u"questionConfirm"_s));
    QCOMPARE(m_desk->commands, QStringList{u"revoke all"_s});

    auto state = m_desk->state();
    for (auto &client : state.clients)
        client.state = ClientState::Revoked;
    m_desk->show(state);
    QCOMPARE(names().size(), 6);
    QCOMPARE(cell(5, 1), u"Revoked"_s);
    QVERIFY(!child<QWidget>(*m_page, u"revokeAll"_s)->isVisible());
}

void TestClients::openQuestionFollowsTheState()
{
    click(child<QWidget>(*m_page, u"revokeAll"_s));
    auto *question = window(u"revokeQuestion"_s);
    QVERIFY(waitActive(question));
    auto state = m_desk->state();
    state.clients.resize(1);
    m_desk->show(state);
    QCOMPARE(child<QLabel>(*question, u"questionText"_s)->text(),
             u"Revoke 1 client? It must ask again."_s);
    state.clients.clear();
    m_desk->show(state);
    QVERIFY(!question->isVisible());
}

void TestClients::filtersByCategory()
{
    auto state = m_desk->state();
    state.clients[3].state = ClientState::Ended;
    state.clients[3].endedAt = m_desk->clock().now() - 24h;
    m_desk->show(state);
    QCOMPARE(names().size(), 5);
    choose(u"Ended"_s);
    QCOMPARE(names(), QStringList{u"VS Code"_s});
    QCOMPARE(cell(0, 1), u"Ended"_s);
    QCOMPARE(cell(0, 2), u"yesterday"_s);
    choose(u"Blocked"_s);
    QVERIFY(!m_table->isVisible());
    QCOMPARE(label(u"nothing"_s), u"You have blocked nothing."_s);
}

void TestClients::unblocks()
{
    auto state = m_desk->state();
    state.blocked = {{u"playground.example"_s, u"Playground"_s, m_desk->clock().now() - 24h}};
    m_desk->show(state);
    choose(u"Blocked"_s);
    QCOMPARE(names(), QStringList{u"Playground"_s});
    QCOMPARE(cell(0, 0, ClientsModel::SecondLineRole), u"playground.example"_s);
    clickRow(0);
    QVERIFY(!child<QPushButton>(*m_page, u"revoke"_s)->isVisible());
    click(child<QPushButton>(*m_page, u"unblock"_s));
    QCOMPARE(m_desk->commands, QStringList{u"unblock playground.example"_s});
}

void TestClients::searches()
{
    auto *search = child<QLineEdit>(*m_page, u"search"_s);
    click(search);
    QTest::keyClicks(search, u"CLAUDE"_s);
    QCOMPARE(names(), (QStringList{u"Claude Code"_s, u"Claude Desktop"_s}));
    QTest::keyClicks(search, u"xyz"_s);
    QCOMPARE(label(u"nothing"_s), u"Nothing matches \"CLAUDExyz\"."_s);
    QVERIFY(!child<QWidget>(*m_page, u"details"_s)->isVisible());
    click(child<QPushButton>(*m_page, u"clearSearch"_s));
    QCOMPARE(names().size(), 6);
    QVERIFY(child<QWidget>(*m_page, u"details"_s)->isVisible());
}

void TestClients::saysWhoDescribesAClient()
{
    auto state = sampleState(m_desk->clock().now());
    state.clients[0].documentHost = u"claude.ai"_s;
    state.clients[0].registrar.reset();
    m_desk->show(state);
    clickRow(0);
    QVERIFY(m_table->model()
                ->index(0, 0)
                .data(Qt::AccessibleTextRole)
                .toString()
                .contains(u"described at claude.ai"_s));
    QCOMPARE(line(u"registrar"_s), u"claude.ai"_s);
    QCOMPARE(child<QLineEdit>(*m_page, u"registrar"_s)->accessibleName(), u"Described at"_s);
}

void TestClients::detailsSayWhatAndWhere()
{
    clickRow(0);
    QCOMPARE(label(u"detailName"_s), u"Claude Code"_s);
    QCOMPARE(label(u"detailState"_s), u"Connected · Used just now"_s);
    QStringList scopes;
    for (auto *scope : m_page->findChildren<QWidget *>(u"scope"_s))
        scopes << scope->accessibleName();
    QCOMPARE(scopes,
             (QStringList{u"Read your todos, Todos API, Reads"_s,
                          u"Add, change and delete your todos, Todos API, Changes"_s}));
    QCOMPARE(label(u"howLong"_s), u"Until 18 December 2026 (in 30 days)"_s);
    QCOMPARE(line(u"account"_s), u"Alice Martin (alice@example.com)"_s);
    QCOMPARE(line(u"created"_s), u"9 November 2026"_s);
    QCOMPARE(line(u"target"_s), u"http://localhost:51234/callback"_s);
    QCOMPARE(line(u"registrar"_s), u"claude, started from Terminal"_s);
    QCOMPARE(child<QLineEdit>(*m_page, u"registrar"_s)->accessibleName(),
             u"Registered by (not verified)"_s);
    QCOMPARE(line(u"program"_s), u"/home/alice/.local/bin/claude"_s);

    auto *id = child<QLineEdit>(*m_page, u"clientId"_s);
    id->setFocus();
    press(m_page.get(), Qt::Key_A, Qt::ControlModifier);
    press(m_page.get(), Qt::Key_C, Qt::ControlModifier);
    QCOMPARE(QGuiApplication::clipboard()->text(), u"c5b0e7d4-2f64-4f0e-9d0c-g-1"_s);
    // A new snapshot leaves what they have selected.
    m_desk->clock().advance(2min);
    m_desk->show(m_desk->state());
    QCOMPARE(id->selectedText(), u"c5b0e7d4-2f64-4f0e-9d0c-g-1"_s);
    QCOMPARE(label(u"detailState"_s), u"Connected · Used 2 minutes ago"_s);
}

void TestClients::textFromOutsideIsPlainAndShort()
{
    auto state = m_desk->state();
    state.clients[0].clientName = u"<b>Bank</b>\u202Eevil\n"_s + QString(200, u'x');
    m_desk->show(state);
    const auto name = cell(0, 0);
    QVERIFY(name.size() <= 40);
    QVERIFY(name.startsWith(u"<b>Bank</b>"_s));
    QVERIFY(!name.contains(u'\u202E') && !name.contains(u'\n'));
    for (auto *text : m_page->findChildren<QLabel *>())
        QCOMPARE(text->textFormat(), Qt::PlainText);
}

void TestClients::emptyStateConnects()
{
    auto state = m_desk->state();
    state.clients.clear();
    m_desk->show(state);
    QVERIFY(child<QWidget>(*m_page, u"empty"_s)->isVisible());
    QCOMPARE(label(u"emptyTitle"_s), u"No client may act for you yet"_s);
    QCOMPARE(label(u"emptyText"_s),
             u"Connect an AI client. When it asks for access, a window opens here and nothing "
             u"happens until you answer."_s);
    // What has just appeared is laid out by events.
    QCoreApplication::processEvents();
    click(child<QPushButton>(*m_page, u"copySnippet"_s));
    const auto copied = QGuiApplication::clipboard()->text();
    QCOMPARE(copied, claudeDesktopSnippet(8377));
    QVERIFY(copied.contains(u"\"mcp-remote\", \"http://localhost:8377/sse\""_s));
    QCOMPARE(child<QPushButton>(*m_page, u"copySnippet"_s)->text(), u"Copied"_s);
    click(child<QPushButton>(*m_page, u"copyAddress"_s));
    QCOMPARE(QGuiApplication::clipboard()->text(), u"http://localhost:8377/mcp"_s);
}

void TestClients::loadingIsShownLate()
{
    FakeDesk desk;
    DeskActions actions(desk);
    ClientsPage page(desk, actions);
    page.show();
    QVERIFY(waitActive(&page));
    auto *loading = child<QLabel>(page, u"loading"_s);
    QVERIFY(loading->text().isEmpty());
    desk.clock().advance(200ms);
    QCOMPARE(loading->text(), u"Loading…"_s);
    desk.show(sampleState(desk.clock().now()));
    QVERIFY(!loading->isVisible());
    QVERIFY(child<QTreeView>(page, u"clients"_s)->isVisible());
}

QTEST_MAIN(TestClients)
#include "tst_clients.moc"
