// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/look.h>
#include <ui/look_widgets.h>
#include <ui/support/approval_test.h>

#include <QAbstractButton>
#include <QAccessible>
#include <QComboBox>
#include <QLayout>
#include <QScreen>
#include <QTextEdit>

namespace gatehouse::tests {

using namespace ui;

/// What a request's window shows, on every screen and to every reader.
class ApprovalWindowTest : public ApprovalTest {
    Q_OBJECT

private Q_SLOTS:
    void showsWhoAsksForWhatAndHowLong();
    void words_data();
    void words();
    void showsClaimsAsPlainText();
    void longHostsKeepTheirEnd();
    void presetsFollowTheRisk_data();
    void presetsFollowTheRisk();
    void foldedPermissionsAreAnnounced();
    void allowedBeforeButTakenBackIsNew();
    void withoutAccountSignInComesLater();
    void changedRequestStartsAnew();
    void newAccountKeepsWhatWasChosen();
    void detailsCanBeSelected();
    void aTokenIsForWhoIsSignedIn();
    void tabOrder();
    void fitsSmallScreensAndLargeText();
    void spokenWords();
    void countdownIsSpoken();
    void looks_data();
    void looks();
};

void ApprovalWindowTest::showsWhoAsksForWhatAndHowLong()
{
    ask({plainRequest(now())});
    QVERIFY(shown());
    QCOMPARE(shown()->windowTitle(), u"Gatehouse: access request"_s);
    QCOMPARE(wordsOf(u"headline"_s), u"Claude Code asks to act for you"_s);
    QCOMPARE(wordsOf(u"claim"_s), u"The program gave this name itself. Nobody has verified it."_s);
    QCOMPARE(wordsOf(u"who"_s), u"claude, started from gnome-terminal"_s);
    QVERIFY(wordsOf(u"answerGoesTo"_s).contains(u"localhost:51234"_s));
    QCOMPARE(part<QComboBox>(u"durations"_s)->currentText(), u"30 days"_s);
    QCOMPARE(wordsOf(u"durationEnd"_s), u"Until 18 December 2026"_s);
    QCOMPARE(part<QComboBox>(u"accounts"_s)->currentText(), u"Alice Martin (alice@example.com)"_s);
    QVERIFY(part<QLabel>(u"code"_s)->text().contains(u"K7QM"_s));
    QCOMPARE(wordsOf(u"status"_s), u"Expires in 9 minutes"_s);
    QVERIFY(!part(u"waiting"_s)->isVisible());
    QVERIFY(!part(u"warning"_s)->isVisible());
    QVERIFY(!part(u"block"_s)->isVisible());
}

void ApprovalWindowTest::words_data()
{
    QTest::addColumn<AccessRequest>("request");
    QTest::addColumn<QString>("headline");
    QTest::addColumn<QString>("claim");
    QTest::addColumn<QString>("warning");

    const auto at = FakeDesk().clock().now();
    QTest::newRow("website") << websiteRequest(at)
                             << u"Let playground.ai.cloudflare.com talk to Gatehouse?"_s
                             << u"You have not allowed this website before."_s << u""_s;
    QTest::newRow("one more permission")
        << moreRequest(at) << u"Claude Code asks for one more permission"_s
        << u"You allowed a program with this name and ID on 2 November 2026."_s << u""_s;
    QTest::newRow("danger") << dangerousRequest(at) << u"“CIaude Code” asks to act for you"_s
                            << u"The program gave this name itself. Nobody has verified it."_s
                            << u"Deny this unless you started it yourself The name looks like "
                               u"“Claude Code”, but it is spelled differently and comes from "
                               u"another program. The answer goes to the app link “ciaude://”. "
                               u"Any program on this computer can claim that link. It asks for 14 "
                               u"permissions at once, and 9 of them change data."_s;
    auto cautions = plainRequest(at);
    cautions.risk = {approval::RiskLevel::Caution,
                     {{approval::RiskLevel::Caution, u"First."_s},
                      {approval::RiskLevel::Caution, u"Second."_s}}};
    QTest::newRow("two cautions") << cautions << u"Claude Code asks to act for you"_s
                                  << u"The program gave this name itself. Nobody has verified it."_s
                                  << u"First. Second."_s;
    auto configured = plainRequest(at);
    configured.preRegistered = true;
    QTest::newRow("named in the settings")
        << configured << u"Claude Code asks to act for you"_s
        << u"Your Gatehouse settings name this program."_s << u""_s;
    auto described = plainRequest(at);
    described.documentHost = u"claude.ai"_s;
    QTest::newRow("MCP 2025-11-25 described by a metadata document")
        << described << u"Claude Code asks to act for you"_s
        << u"Described at \u2066claude.ai\u2069. Nobody has verified that this is the program that asks."_s
        << u""_s;
    auto ownWebsite = websiteRequest(at);
    ownWebsite.documentHost = ownWebsite.target;
    QTest::newRow("a website that describes itself")
        << ownWebsite << u"Let playground.ai.cloudflare.com talk to Gatehouse?"_s
        << u"You have not allowed this website before."_s << u""_s;
}

void ApprovalWindowTest::words()
{
    QFETCH(AccessRequest, request);
    ask({request});
    QTEST(wordsOf(u"headline"_s), "headline");
    QTEST(wordsOf(u"claim"_s), "claim");
    const auto *warning = part<MessageBoxPanel>(u"warning"_s);
    QTEST(warning->isVisible() ? warning->text() : u""_s, "warning");
}

void ApprovalWindowTest::showsClaimsAsPlainText()
{
    auto request = plainRequest(now());
    request.clientName = u"<b>Claude</b>\n\u202edesktop &copy; "_s + QString(100, u'x');
    request.scopes.first().words = u"<i>Read</i> &everything"_s;
    ask({request});
    const auto *headline = part<TextLabel>(u"headline"_s);
    QCOMPARE(headline->textFormat(), Qt::PlainText);
    QVERIFY(headline->words().startsWith(u"<b>Claude</b>"_s));
    QVERIFY(!headline->words().contains(u'\u202e'));
    QVERIFY(!headline->words().contains(u'\n'));
    QVERIFY(headline->words().size() < 40 + u" asks to act for you"_s.size() + 1);
    QCOMPARE(part(u"permission:read:todos"_s)->accessibleName(),
             u"<i>Read</i> &everything, Todos API, reads data"_s);
    for (const auto *label : shown()->findChildren<QLabel *>())
        QCOMPARE(label->textFormat(), Qt::PlainText);
    QVERIFY(shown()->layout()->minimumSize().width() <= shown()->width());
}

// What a host belongs to stands at its end.
void ApprovalWindowTest::longHostsKeepTheirEnd()
{
    auto request = websiteRequest(now());
    request.target = u"accounts.google.com."_s + QString(60, u'x') + u".evil.example"_s;
    ask({request});
    QVERIFY(wordsOf(u"headline"_s).contains(u"x.evil.example talk to Gatehouse?"_s));
    QVERIFY(!wordsOf(u"headline"_s).contains(u"google"_s));
    QVERIFY(wordsOf(u"answerGoesTo"_s).contains(request.target));
    QVERIFY(part<QAbstractButton>(u"block"_s)->text().contains(u"x.evil.example"_s));
}

void ApprovalWindowTest::presetsFollowTheRisk_data()
{
    QTest::addColumn<AccessRequest>("request");
    QTest::addColumn<QString>("duration");
    QTest::addColumn<QString>("end");
    QTest::addColumn<int>("ticked");

    const auto at = FakeDesk().clock().now();
    QTest::newRow("plain") << plainRequest(at) << u"30 days"_s << u"Until 18 December 2026"_s << 3;
    QTest::newRow("caution") << websiteRequest(at) << u"Today"_s << u"Until midnight"_s << 3;
    const auto hourFromNow = QDateTime::fromMSecsSinceEpoch(toMilliseconds(at)).addSecs(3600);
    const auto day = hourFromNow.date() == QDateTime::fromMSecsSinceEpoch(toMilliseconds(at)).date()
        ? u"today"_s
        : u"tomorrow"_s;
    QTest::newRow("danger: only what reads")
        << dangerousRequest(at) << u"1 hour"_s
        << u"Until %1 %2"_s.arg(hourFromNow.toString(u"HH:mm"_s), day) << 5;
    auto again = plainRequest(at);
    again.lastDuration = 1h;
    QTest::newRow("the last choice again")
        << again << u"1 hour"_s << u"Until %1 %2"_s.arg(hourFromNow.toString(u"HH:mm"_s), day) << 3;
    auto risky = websiteRequest(at);
    risky.lastDuration = 24h * 30;
    QTest::newRow("the last choice, but no longer than the risk says")
        << risky << u"Today"_s << u"Until midnight"_s << 3;
}

void ApprovalWindowTest::presetsFollowTheRisk()
{
    QFETCH(AccessRequest, request);
    ask({request});
    QTEST(part<QComboBox>(u"durations"_s)->currentText(), "duration");
    QTEST(wordsOf(u"durationEnd"_s), "end");
    int ticked = 0;
    for (const auto *box : shown()->findChildren<WrappingCheckBox *>())
        ticked += box->isChecked() ? 1 : 0;
    QTEST(ticked, "ticked");
}

void ApprovalWindowTest::foldedPermissionsAreAnnounced()
{
    askAndWake(dangerousRequest(now()));
    auto *link = part<QAbstractButton>(u"morePermissions"_s);
    QCOMPARE(link->text(), u"Show 10 more permissions, 7 of them change data"_s);
    QVERIFY(!part(u"permission:scope:11"_s)->isVisible());
    click(link);
    QVERIFY(part(u"permission:scope:11"_s)->isVisible());
    QVERIFY(!link->isVisible());
}

void ApprovalWindowTest::allowedBeforeButTakenBackIsNew()
{
    auto request = plainRequest(now());
    request.allowedBefore = now() - 24h;
    ask({request});
    QCOMPARE(wordsOf(u"claim"_s), u"The program gave this name itself. Nobody has verified it."_s);
}

void ApprovalWindowTest::withoutAccountSignInComesLater()
{
    auto state = m_desk->state();
    state.accounts = {signedOut(alice())};
    m_desk->show(state);
    ask({plainRequest(now())});
    QVERIFY(!part(u"accounts"_s)->isVisible());
    QVERIFY(part(u"accountHint"_s)->isVisible());
    QCOMPARE(wordsOf(u"accountHint"_s), u"You sign in after you allow."_s);
}

void ApprovalWindowTest::changedRequestStartsAnew()
{
    auto request = plainRequest(now());
    askAndWake(request);
    part(u"allow"_s)->setFocus();
    request.risk = {approval::RiskLevel::Caution,
                    {{approval::RiskLevel::Caution, u"One permission deletes data."_s}}};
    ask({request});
    QCOMPARE(wordsOf(u"claim"_s), u"One permission deletes data."_s);
    QCOMPARE(part<QComboBox>(u"durations"_s)->currentText(), u"Today"_s);
    QVERIFY(part(u"deny"_s)->hasFocus());
    QVERIFY(!part(u"allow"_s)->isEnabled());
}

void ApprovalWindowTest::newAccountKeepsWhatWasChosen()
{
    const auto request = plainRequest(now());
    askAndWake(request);
    click(part(u"permission:write:todos"_s));
    part(u"accounts"_s)->setFocus();
    press(shown(), Qt::Key_Down);
    QCOMPARE(part<QComboBox>(u"accounts"_s)->currentData().toString(), bob().id.value);
    auto state = m_desk->state();
    auto carol = alice();
    carol.id = AccountId(u"a-0"_s);
    carol.name = u"Carol"_s;
    state.accounts = {carol, alice(), bob()};
    m_desk->show(state);
    QCOMPARE(part<QComboBox>(u"accounts"_s)->currentData().toString(), bob().id.value);
    QVERIFY(!part<WrappingCheckBox>(u"permission:write:todos"_s)->isChecked());
    QVERIFY(!part(u"allow"_s)->isEnabled());
}

void ApprovalWindowTest::detailsCanBeSelected()
{
    askAndWake(plainRequest(now()));
    QVERIFY(!part(u"detailsText"_s)->isVisible());
    click(part(u"details"_s));
    auto *details = part<QTextEdit>(u"detailsText"_s);
    QVERIFY(details->isVisible());
    const auto text = details->toPlainText();
    for (const auto &value : {u"/usr/local/bin/claude, process 41822"_s,
                              u"bash, in gnome-terminal"_s, u"http://localhost:51234/callback"_s,
                              u"client-plain"_s, u"read:todos write:todos profile"_s})
        QVERIFY2(text.contains(value), qPrintable(text));
    details->setFocus();
    press(shown(), Qt::Key_A, Qt::ControlModifier);
    QVERIFY(details->textCursor().selectedText().contains(u"41822"_s));
    press(shown(), Qt::Key_X);
    QCOMPARE(details->toPlainText(), text);
}

void ApprovalWindowTest::aTokenIsForWhoIsSignedIn()
{
    askAndWake(tokenRequest(now()));
    QCOMPARE(wordsOf(u"headline"_s), u"Make an access token for Backup script?"_s);
    QCOMPARE(wordsOf(u"answerGoesTo"_s),
             u"The token is shown in the terminal that asked for it, once."_s);
    QVERIFY(part(u"block"_s)->isHidden());
    // No browser waits in which somebody else could sign in.
    const auto *accounts = part<QComboBox>(u"accounts"_s);
    QCOMPARE(accounts->count(), 2);
    QCOMPARE(accounts->findText(u"Another account…"_s), -1);
}

void ApprovalWindowTest::tabOrder()
{
    askAndWake(websiteRequest(now()));
    QCoreApplication::processEvents();
    m_desk->clock().advance(kSleep);
    QVERIFY(part(u"allow"_s)->isEnabled());
    part(u"permission:read:todos"_s)->setFocus();
    QStringList names;
    for (int i = 0; i < 9; ++i) {
        names.append(QApplication::focusWidget()->objectName());
        press(shown(), Qt::Key_Tab);
    }
    QCOMPARE(names.mid(0, 7),
             (QStringList{u"permission:read:todos"_s, u"permission:write:todos"_s,
                          u"permission:profile"_s, u"durations"_s, u"accounts"_s, u"details"_s,
                          u"block"_s}));
    // These two in the platform's order.
    QCOMPARE(QSet<QString>(names.begin() + 7, names.end()), (QSet<QString>{u"allow"_s, u"deny"_s}));
}

void ApprovalWindowTest::fitsSmallScreensAndLargeText()
{
    auto large = m_font;
    large.setPixelSize(30);
    QApplication::setFont(large);
    m_approvals = std::make_unique<ApprovalDesk>(*m_desk);
    askAndWake(dangerousRequest(now()));
    click(part(u"morePermissions"_s));
    click(part(u"details"_s));
    const auto screen = shown()->screen()->availableGeometry();
    QVERIFY(shown()->height() <= screen.height() * 0.85);
    QVERIFY(shown()->width() <= screen.width());
    for (const auto &name : {u"headline"_s, u"claim"_s, u"status"_s, u"allow"_s, u"deny"_s}) {
        const auto *control = part(name);
        const QRect place(control->mapTo(shown(), QPoint()), control->size());
        QVERIFY2(shown()->rect().contains(place), qPrintable(name));
    }
}

void ApprovalWindowTest::spokenWords()
{
    ask({plainRequest(now())});
    QVERIFY(m_alerts.contains(
        u"Access request from Claude Code, not verified. 3 permissions, 30 days."_s));
    QCOMPARE(part(u"code"_s)->accessibleName(), u"Code K, 7, Q, M"_s);
    QCOMPARE(part(u"permission:write:todos"_s)->accessibleName(),
             u"Add, change and delete your todos, Todos API, changes data"_s);
    for (const auto *widget : shown()->findChildren<QWidget *>()) {
        if (widget->isVisible() && widget->focusPolicy() != Qt::NoFocus) {
            auto *interface = QAccessible::queryAccessibleInterface(const_cast<QWidget *>(widget));
            QVERIFY2(!interface->text(QAccessible::Name).isEmpty(),
                     qPrintable(widget->objectName()));
        }
    }
}

void ApprovalWindowTest::countdownIsSpoken()
{
    ask({plainRequest(now())});
    m_desk->clock().advance(8min + 29s);
    m_alerts.clear();
    m_desk->clock().advance(2s);
    QCOMPARE(m_alerts.size(), 1);
    m_desk->clock().advance(43s);
    QCOMPARE(m_alerts.size(), 1);
    m_desk->clock().advance(2s);
    QCOMPARE(m_alerts.size(), 2);
    QCOMPARE(m_alerts.last(), u"Expires in 15 seconds"_s);
}

void ApprovalWindowTest::looks_data()
{
    QTest::addColumn<AccessRequest>("request");
    QTest::addColumn<bool>("details");
    QTest::addColumn<bool>("ended");
    QTest::addColumn<bool>("dark");
    const auto at = FakeDesk().clock().now();
    for (const bool dark : {false, true}) {
        const auto add = [dark](const char *name, const AccessRequest &request,
                                bool details = false, bool ended = false) {
            QTest::addRow("approval-%s-%s", name, dark ? "dark" : "light")
                << request << details << ended << dark;
        };
        add("normal", plainRequest(at));
        add("details", plainRequest(at), true);
        add("website", websiteRequest(at));
        add("risky", dangerousRequest(at));
        add("more", moreRequest(at));
        add("token", tokenRequest(at));
        add("ended", plainRequest(at), false, true);
    }
}

/// Nothing is cut off, in either scheme.
void ApprovalWindowTest::looks()
{
    QFETCH(AccessRequest, request);
    QFETCH(bool, details);
    QFETCH(bool, ended);
    QFETCH(bool, dark);
    QApplication::setPalette(dark ? darkPalette() : lightPalette());
    askAndWake(request);
    if (details)
        click(part(u"details"_s));
    if (ended)
        withdraw(request);
    m_desk->clock().advance(kSleep);
    QCoreApplication::processEvents();
    QTRY_COMPARE(cutOff(*shown()), QString());
    QVERIFY(keepPicture(*shown(), QString::fromLatin1(QTest::currentDataTag())));
}

} // namespace gatehouse::tests

QTEST_MAIN(gatehouse::tests::ApprovalWindowTest)
#include "tst_approval_window.moc"
