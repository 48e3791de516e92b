// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ui/allow_sleep.h>
#include <ui/desk.h>
#include <ui/expiry_countdown.h>

#include <QWidget>

class QDialogButtonBox;
class QScrollArea;

namespace gatehouse::ui {

class ApprovalForm;
class ApprovalHeader;
class DeliberateButton;
class LinkButton;
class SymbolLine;

/// How a request ended without an answer from this window.
enum class RequestEnd { Expired, Withdrawn };

/// Asks the person about one access request at a time. It takes no focus when it appears, Enter
/// denies, and "Allow" sleeps for half a second whenever the window appears, becomes active or
/// shows something else, so that nothing is given by accident. Lives as long as the windows;
/// ApprovalDesk says what it shows.
class ApprovalWindow final : public QWidget {
    Q_OBJECT

public:
    explicit ApprovalWindow(Clock &clock);

    /// Shows a request from its beginning, without activation.
    void present(const AccessRequest &request, const QList<AccountLine> &accounts);
    /// The request that is shown, as it is now. What the person chose stays unless what they are
    /// asked has changed.
    void refresh(const AccessRequest &request, const QList<AccountLine> &accounts);
    /// How many other requests wait.
    void setWaiting(int count);
    /// Turns grey: nothing can be answered any more.
    void setEnded(RequestEnd end);
    /// An answer that did not arrive: the person can give it again.
    void showProblem(const Error &error);
    /// In front of all windows and active, with the token of what the person clicked on (xdg-
    /// activation; empty where there is none).
    void comeForward(const QString &activationToken);

    [[nodiscard]] bool hasEnded() const { return m_end.has_value(); }

Q_SIGNALS:
    /// Once for each request that is presented; the window is hidden by then.
    void answered(const gatehouse::ui::AccessAnswer &answer);
    /// An alert was raised for screen readers.
    void spoken(const QString &sentence);
    /// Esc, or closed: the request waits on, or has ended.
    void putAside();
    /// The person wants to see another request that waits.
    void nextWanted();

protected:
    bool event(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void closeEvent(QCloseEvent *event) override;
    void showEvent(QShowEvent *event) override;

private:
    void build();
    [[nodiscard]] QWidget *buildFooter();

    void showRequest();
    void onAccountChosen();
    void onReshaped();
    void showStatus();
    void onTick();
    void onRunningOut();
    void speak(const QString &sentence);

    void sleep();
    void updateAllow();
    [[nodiscard]] bool canAllow() const;
    void allow();
    void deny(bool block);
    void answer(const AccessAnswer &answer);
    void putOff();

    void fit();
    void stayOnTop(bool onTop);

    AllowSleep m_sleep;
    ExpiryCountdown m_countdown;
    AccessRequest m_asked; ///< as it was presented
    AccessRequest m_request; ///< as it concerns the chosen account
    std::optional<RequestEnd> m_end;
    bool m_answered = true;
    bool m_placed = false; ///< on the screen, for this request

    ApprovalHeader *m_header;
    QScrollArea *m_scroll;
    ApprovalForm *m_form;
    SymbolLine *m_status = nullptr;
    LinkButton *m_waiting = nullptr;
    QDialogButtonBox *m_buttons = nullptr;
    DeliberateButton *m_allow = nullptr;
    DeliberateButton *m_deny = nullptr;
    DeliberateButton *m_close = nullptr;
};

} // namespace gatehouse::ui
