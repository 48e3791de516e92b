// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/main_window_running.h>

#include <base/text.h>
#include <ui/clients_words.h>
#include <ui/request_words.h>

#include <QMenu>
#include <QPushButton>
#include <QVBoxLayout>

namespace gatehouse::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qreal kNameWidth = 14; // em

void popUpOver(QMenu &menu, const QPushButton &button)
{
    const auto size = menu.sizeHint();
    menu.popup(button.mapToGlobal(QPoint(0, -size.height())));
}

} // namespace

RunningBox::RunningBox(Desk &desk, DeskActions &actions, QWidget *parent)
    : Box(parent, Ground::Base), m_desk(desk), m_actions(actions), m_state(new SymbolLine),
      m_place(new TextLabel(nullptr, Tone::Second, TextSize::Second)),
      m_account(new TextLabel(nullptr, Tone::Second, TextSize::Second)), m_main(new QPushButton),
      m_accountButton(new QPushButton), m_pauseMenu(new QMenu(this)), m_accountMenu(new QMenu(this))
{
    m_state->setObjectName(u"runningState"_s);
    m_place->setObjectName(u"runningPlace"_s);
    m_account->setObjectName(u"runningAccount"_s);
    m_main->setObjectName(u"runningMain"_s);
    m_accountButton->setObjectName(u"runningAccountButton"_s);
    m_pauseMenu->setObjectName(u"pauseMenu"_s);
    m_accountMenu->setObjectName(u"accountMenu"_s);
    actions.fillPauseMenu(*m_pauseMenu);

    // Short lines, that are cut rather than wrapped.
    for (auto *label : {m_state->label(), m_place, m_account})
        label->setWordWrap(false);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(kSpaceMedium, kSpaceMedium, kSpaceMedium, kSpaceMedium);
    column->setSpacing(kSpaceTiny);
    column->addWidget(m_state);
    column->addWidget(m_place);
    column->addWidget(m_account);
    for (auto *button : {m_main, m_accountButton}) {
        button->setMinimumHeight(kControlHeight);
        column->addSpacing(kSpaceTiny);
        column->addWidget(button);
    }
    connect(m_main, &QPushButton::clicked, this, &RunningBox::pressMain);
    connect(m_accountButton, &QPushButton::clicked, this, &RunningBox::pressAccount);
    connect(&desk, &Desk::stateChanged, this, &RunningBox::refresh);
    refresh();
}

void RunningBox::refresh()
{
    showState();
    const auto place = placeText();
    m_place->setText(place);
    m_place->setVisible(!place.isEmpty());
    const auto accounts = accountsText();
    m_account->setText(accounts);
    m_account->setVisible(!accounts.isEmpty());
    showButtons();
}

void RunningBox::showState()
{
    const auto &state = m_desk.state();
    const auto show = [this](Symbol symbol, Tone tone, const QString &text) {
        m_state->set(symbol, tone, text, QFont::DemiBold);
        m_state->label()->setTone(Tone::Text);
    };
    if (!state.running && state.trouble.kind != TroubleKind::None)
        show(Symbol::Danger, Tone::Danger, tr("Not running"));
    else if (!state.running)
        show(Symbol::Clock, Tone::Second, tr("Starting…"));
    else if (state.paused)
        show(Symbol::Pause, Tone::Caution, tr("Paused"));
    else if (isSignedOut(state))
        show(Symbol::Person, Tone::Second, tr("Signed out"));
    else
        show(Symbol::Connected, Tone::Good, state.demo ? tr("Running (demo)") : tr("Running"));
}

QString RunningBox::placeText() const
{
    const auto &state = m_desk.state();
    if (!state.running && state.trouble.kind == TroubleKind::Port)
        return tr("Port %1 is taken.").arg(state.port);
    if (!state.running)
        return {};
    if (state.paused && state.pausedUntil)
        return tr("Until %1").arg(momentText(*state.pausedUntil, m_desk.clock().now()));
    return isolated(u"localhost:%1"_s.arg(state.port));
}

QString RunningBox::accountsText() const
{
    if (!m_desk.state().running)
        return {};
    QStringList names;
    for (const auto &account : signedIn()) {
        const auto name = shownText(account.name, kShownNameLength);
        const auto line = m_desk.state().demo ? tr("%1 (sample)").arg(name) : name;
        names << m_account->fontMetrics().elidedText(line, Qt::ElideRight, em(kNameWidth));
    }
    return names.join(u'\n');
}

void RunningBox::showButtons()
{
    const auto &state = m_desk.state();
    const auto offer = [this](Main does, const QString &text) {
        m_mainDoes = does;
        m_main->setText(text);
    };
    if (state.running && state.paused)
        offer(Main::Resume, tr("Resume now"));
    else if (state.running)
        offer(Main::Pause, tr("Pause…"));
    else if (state.trouble.kind != TroubleKind::None)
        offer(Main::TryAgain, tr("Try again"));
    else
        offer(Main::None, {});
    m_main->setVisible(m_mainDoes != Main::None);
    m_accountButton->setVisible(state.running);
    if (signedIn().isEmpty())
        m_accountButton->setText(tr("Sign in…"));
    else
        m_accountButton->setText(isSomeoneMissing() ? tr("Sign in or out…") : tr("Sign out"));
}

void RunningBox::pressMain()
{
    switch (m_mainDoes) {
    case Main::Pause:
        popUpOver(*m_pauseMenu, *m_main);
        break;
    case Main::Resume:
        m_actions.resume();
        break;
    case Main::TryAgain:
        m_actions.tryAgain();
        break;
    case Main::None:
        break;
    }
}

void RunningBox::pressAccount()
{
    const auto accounts = signedIn();
    if (accounts.isEmpty()) {
        m_actions.signIn();
        return;
    }
    if (accounts.size() == 1 && !isSomeoneMissing()) {
        m_actions.signOut(accounts.first().id);
        return;
    }
    m_accountMenu->clear();
    for (const auto &account : accounts) {
        auto name = shownText(account.name, kShownNameLength);
        // In a menu "&" would mark a key.
        name.replace(u'&', u"&&"_s);
        const auto text = isSomeoneMissing() ? tr("Sign out %1").arg(name) : name;
        m_accountMenu->addAction(text, this, [this, id = account.id] { m_actions.signOut(id); });
    }
    if (isSomeoneMissing())
        m_accountMenu->addAction(tr("Sign in…"), &m_actions, &DeskActions::signIn);
    popUpOver(*m_accountMenu, *m_accountButton);
}

bool RunningBox::isSomeoneMissing() const
{
    return signedIn().size() < m_desk.state().accounts.size();
}

QList<AccountLine> RunningBox::signedIn() const
{
    QList<AccountLine> accounts;
    for (const auto &account : m_desk.state().accounts)
        if (account.signedIn)
            accounts << account;
    return accounts;
}

} // namespace gatehouse::ui
