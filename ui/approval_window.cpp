// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/approval_window.h>

#include <ui/approval_form.h>
#include <ui/approval_header.h>
#include <ui/approval_placement.h>
#include <ui/deliberate_button.h>
#include <ui/look_widgets.h>

#include <QAccessible>
#include <QCloseEvent>
#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QScrollArea>
#include <QVBoxLayout>
#include <QWindow>

#include <utility>

namespace gatehouse::ui {

using namespace Qt::StringLiterals;

namespace {

/// All that the person decides about: a change of it starts the decision anew.
QStringList whatIsAsked(const AccessRequest &request)
{
    QStringList all{request.clientName, request.redirectUri, request.matchingCode,
                    QString::number(int(request.risk.level))};
    for (const auto &line : request.scopes)
        all << line.scope << line.words << line.api << QString::number(int(line.effect));
    for (const auto &line : request.allowedScopes)
        all << u"allowed"_s << line.scope;
    for (const auto &reason : request.risk.reasons)
        all << reason.sentence;
    for (const auto &program : {request.listener, request.registrar}) {
        if (program)
            all << program->path << QString::number(program->pid) << program->parents;
        all << u"program"_s;
    }
    return all;
}

/// Somebody else can sign in only where a browser waits.
bool hasBrowser(const AccessRequest &request)
{
    return request.targetKind != TargetKind::Terminal;
}

} // namespace

ApprovalWindow::ApprovalWindow(Clock &clock)
    : QWidget(nullptr,
              Qt::Window | Qt::CustomizeWindowHint | Qt::WindowTitleHint | Qt::WindowSystemMenuHint
                  | Qt::WindowMinimizeButtonHint | Qt::WindowCloseButtonHint
                  | Qt::WindowStaysOnTopHint),
      m_sleep(clock), m_countdown(clock, *this), m_header(new ApprovalHeader(this)),
      m_scroll(new QScrollArea(this)), m_form(new ApprovalForm(clock))
{
    setObjectName(u"approvalWindow"_s);
    setAttribute(Qt::WA_ShowWithoutActivating);
    build();
    connect(&m_sleep, &AllowSleep::ended, this, &ApprovalWindow::updateAllow);
    connect(&m_countdown, &ExpiryCountdown::ticked, this, &ApprovalWindow::onTick);
    connect(&m_countdown, &ExpiryCountdown::runningOut, this, &ApprovalWindow::onRunningOut);
    connect(m_form, &ApprovalForm::ticked, this, &ApprovalWindow::updateAllow);
    connect(m_form, &ApprovalForm::accountChosen, this, &ApprovalWindow::onAccountChosen);
    connect(m_form, &ApprovalForm::blockWanted, this, [this] { deny(true); });
    connect(m_form, &ApprovalForm::reshaped, this, &ApprovalWindow::onReshaped);
}

void ApprovalWindow::build()
{
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setWidgetResizable(true);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    m_scroll->setWidget(m_form);
    m_scroll->viewport()->setAutoFillBackground(false);
    m_form->setAutoFillBackground(false);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins({});
    layout->setSpacing(0);
    layout->addWidget(m_header);
    layout->addWidget(m_scroll, 1);
    layout->addWidget(new Separator(this));
    layout->addWidget(buildFooter());
}

QWidget *ApprovalWindow::buildFooter()
{
    m_status = new SymbolLine;
    m_status->label()->setObjectName(u"status"_s);
    m_waiting = new LinkButton;
    m_waiting->setObjectName(u"waiting"_s);
    m_allow = new DeliberateButton(tr("&Allow"));
    m_allow->setObjectName(u"allow"_s);
    m_deny = new DeliberateButton(tr("&Deny"));
    m_deny->setObjectName(u"deny"_s);
    m_deny->setDefault(true);
    m_close = new DeliberateButton(tr("Close"));
    m_close->setObjectName(u"close"_s);
    m_buttons = new QDialogButtonBox;
    m_buttons->addButton(m_allow, QDialogButtonBox::AcceptRole);
    m_buttons->addButton(m_deny, QDialogButtonBox::RejectRole);
    m_buttons->addButton(m_close, QDialogButtonBox::RejectRole);
    for (auto *button : {m_allow, m_deny, m_close})
        button->setMinimumWidth(em(7));
    connect(m_allow, &QPushButton::clicked, this, &ApprovalWindow::allow);
    connect(m_deny, &QPushButton::clicked, this, [this] { deny(false); });
    connect(m_close, &QPushButton::clicked, this, &ApprovalWindow::putOff);
    connect(m_waiting, &LinkButton::clicked, this, &ApprovalWindow::nextWanted);

    auto *footer = new QWidget;
    auto *layout = new QHBoxLayout(footer);
    layout->setContentsMargins(kSpaceWide, kSpaceMedium, kSpaceWide, kSpaceLarge);
    layout->setSpacing(kSpaceLarge);
    layout->addWidget(m_status, 1, Qt::AlignVCenter);
    layout->addWidget(m_waiting);
    layout->addStretch();
    layout->addWidget(m_buttons);
    return footer;
}

// --- what is shown

void ApprovalWindow::present(const AccessRequest &request, const QList<AccountLine> &accounts)
{
    hide();
    m_asked = m_request = request;
    m_answered = false;
    m_form->clearProblem();
    m_form->setAccounts(accounts, ApprovalForm::Chosen::First, hasBrowser(request));
    if (request.askedAccount)
        m_form->choose(*request.askedAccount);
    m_request = forAccount(m_asked, m_form->account());
    showRequest();
    m_deny->setFocus();
    stayOnTop(true);
    fit();
    m_placed = false;
    QWidget::show();
    setAccessibleName(requestWords(request).spoken);
    speak(accessibleName());
}

void ApprovalWindow::refresh(const AccessRequest &request, const QList<AccountLine> &accounts)
{
    m_form->setAccounts(accounts, ApprovalForm::Chosen::AsBefore, hasBrowser(request));
    const auto now = forAccount(request, m_form->account());
    const auto same = whatIsAsked(now) == whatIsAsked(m_request);
    m_asked = request;
    m_request = now;
    if (same) {
        showStatus();
        return;
    }
    showRequest();
    m_deny->setFocus();
    fit();
}

void ApprovalWindow::showRequest()
{
    const auto words = requestWords(m_request);
    m_end.reset();
    m_countdown.begin(m_request.expiresAt);
    setWindowTitle(words.windowTitle);
    m_header->set(words);
    m_form->begin(m_request, words);
    m_allow->show();
    m_deny->show();
    m_close->hide();
    m_status->show();
    sleep();
}

/// What one account has allowed says nothing about another.
void ApprovalWindow::onAccountChosen()
{
    const auto before = std::exchange(m_request, forAccount(m_asked, m_form->account()));
    if (whatIsAsked(before) == whatIsAsked(m_request))
        return;
    const auto words = requestWords(m_request);
    setWindowTitle(words.windowTitle);
    m_header->set(words);
    m_form->follow(m_request, words);
    sleep();
    fit();
}

void ApprovalWindow::onReshaped()
{
    sleep();
    fit();
}

void ApprovalWindow::setWaiting(int count)
{
    m_waiting->setVisible(count > 0);
    m_waiting->setText(count == 1 ? tr("1 more is waiting") : tr("%1 more are waiting").arg(count));
}

void ApprovalWindow::setEnded(RequestEnd end)
{
    m_end = end;
    const auto sentence = end == RequestEnd::Expired
        ? tr("This request has expired. Start again from the program.")
        : tr("The program withdrew its request.");
    m_header->setEnded(shownName(m_request),
                       end == RequestEnd::Expired ? Symbol::Clock : Symbol::Info, sentence);
    m_form->setEnded();
    m_allow->hide();
    m_deny->hide();
    m_status->hide();
    m_close->show();
    m_close->setFocus();
    sleep();
    fit();
    setAccessibleName(sentence);
    speak(sentence);
}

void ApprovalWindow::showProblem(const Error &error)
{
    m_answered = false;
    m_form->setProblem(error);
    m_deny->setFocus();
    fit();
    QWidget::show();
    speak(m_form->problem());
}

void ApprovalWindow::showStatus()
{
    if (m_form->nothingChosen())
        m_status->set(Symbol::Caution, Tone::Caution, tr("Choose at least one permission."));
    else
        m_status->set(Symbol::Clock, Tone::Second, expiryWords(m_countdown.left()));
}

void ApprovalWindow::onTick()
{
    if (!m_end && m_countdown.left() <= 0ms)
        setEnded(RequestEnd::Expired);
    updateAllow();
    m_form->showDurationEnd();
}

void ApprovalWindow::onRunningOut()
{
    if (!m_end)
        speak(m_status->text());
}

void ApprovalWindow::speak(const QString &sentence)
{
    setAccessibleDescription(sentence);
    QAccessibleEvent alert(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&alert);
    Q_EMIT spoken(sentence);
}

// --- answers

void ApprovalWindow::sleep()
{
    m_sleep.begin();
    updateAllow();
}

bool ApprovalWindow::canAllow() const
{
    return m_sleep.isOver() && !m_answered && !m_end && m_countdown.left() > 0ms
        && !m_form->nothingChosen() && (!isDanger(m_request) || m_form->isConfirmed());
}

void ApprovalWindow::updateAllow()
{
    const auto can = canAllow();
    if (!can && m_allow->hasFocus())
        m_deny->setFocus();
    m_allow->setEnabled(can);
    showStatus();
}

// A press that began before the window went to sleep can end here.
void ApprovalWindow::allow()
{
    if (!canAllow())
        return;
    QStringList scopes = m_form->scopes();
    for (const auto &line : m_request.allowedScopes)
        scopes.append(line.scope);
    answer(
        {.allow = true, .scopes = scopes, .account = m_form->account(), .until = m_form->until()});
}

void ApprovalWindow::deny(bool block)
{
    answer({.allow = false, .block = block});
}

void ApprovalWindow::answer(const AccessAnswer &answer)
{
    // Keys that were pressed before the window went arrive after it.
    if (m_answered || m_end || !isVisible())
        return;
    m_answered = true;
    hide();
    Q_EMIT answered(answer);
}

void ApprovalWindow::putOff()
{
    if (!isVisible())
        return;
    hide();
    Q_EMIT putAside();
}

bool ApprovalWindow::event(QEvent *event)
{
    switch (event->type()) {
    case QEvent::WindowActivate:
        stayOnTop(false);
        sleep();
        break;
    case QEvent::ShortcutOverride:
        // A key that is held down reaches no shortcut, but the buttons, which ignore it.
        if (static_cast<QKeyEvent *>(event)->isAutoRepeat()) {
            event->accept();
            return true;
        }
        break;
    default:
        break;
    }
    return QWidget::event(event);
}

void ApprovalWindow::keyPressEvent(QKeyEvent *event)
{
    if (event->isAutoRepeat())
        return;
    switch (event->key()) {
    case Qt::Key_Escape:
        putOff();
        return;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (m_end)
            putOff();
        else if (m_allow->hasFocus())
            allow();
        else
            deny(m_form->blockHasFocus());
        return;
    default:
        QWidget::keyPressEvent(event);
    }
}

void ApprovalWindow::closeEvent(QCloseEvent *event)
{
    // Gatehouse itself closes its windows only when it quits, and nothing may hold that up.
    event->setAccepted(!event->spontaneous());
    putOff();
}

// --- on the screen

void ApprovalWindow::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    // Only now every control has its place inside; the screen does not show the window yet.
    if (!std::exchange(m_placed, true))
        placeAwayFromPointer(*this);
    // From Qt 6.5 the box sends the focus on to its default button, past those before it.
    m_buttons->setFocusProxy(nullptr);
    sleep();
    m_countdown.onShown();
}

void ApprovalWindow::comeForward(const QString &activationToken)
{
    if (!activationToken.isEmpty())
        qputenv("XDG_ACTIVATION_TOKEN", activationToken.toUtf8()); // Qt takes it from there, once
    setWindowState(windowState() & ~Qt::WindowMinimized);
    QWidget::show();
    raise();
    activateWindow();
}

void ApprovalWindow::fit()
{
    fitToScreen(*this, *m_scroll, *m_form);
}

// Through the window: changing the widget's flags would take it off the screen and show it again.
void ApprovalWindow::stayOnTop(bool onTop)
{
    winId();
    windowHandle()->setFlag(Qt::WindowStaysOnTopHint, onTop);
}

} // namespace gatehouse::ui
