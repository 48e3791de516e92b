// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ui/desk_actions.h>
#include <ui/look_widgets.h>

class QMenu;
class QPushButton;

namespace gatehouse::ui {

/// Whether Gatehouse runs, where, and as whom; and the button that changes it.
class RunningBox final : public Box {
    Q_OBJECT

public:
    RunningBox(Desk &desk, DeskActions &actions, QWidget *parent = nullptr);
    void refresh();

private:
    /// What the first button does.
    enum class Main { Pause, Resume, TryAgain, None };

    [[nodiscard]] QString placeText() const;
    [[nodiscard]] QString accountsText() const;
    void showState();
    void showButtons();
    void pressMain();
    void pressAccount();
    [[nodiscard]] QList<AccountLine> signedIn() const;
    /// Somebody whom the tenant knows is signed out.
    [[nodiscard]] bool isSomeoneMissing() const;

    Desk &m_desk;
    DeskActions &m_actions;
    Main m_mainDoes = Main::None;
    SymbolLine *m_state;
    TextLabel *m_place;
    TextLabel *m_account;
    QPushButton *m_main;
    QPushButton *m_accountButton;
    QMenu *m_pauseMenu;
    QMenu *m_accountMenu;
};

} // namespace gatehouse::ui
