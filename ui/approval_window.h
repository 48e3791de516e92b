// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ui/desk.h>
#include <ui/request_words.h>

#include <QWidget>

class QComboBox;
class QDialogButtonBox;
class QGridLayout;
class QScrollArea;
class QTextEdit;

namespace gatehouse::ui {

class DeliberateButton;
class LinkButton;
class MessageBoxPanel;
class PermissionList;
class SymbolLine;
class TextLabel;
class Tile;
class WrappingCheckBox;

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
    void changeEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void closeEvent(QCloseEvent *event) override;
    void showEvent(QShowEvent *event) override;

private:
    void build();
    [[nodiscard]] QWidget *buildHeader();
    [[nodiscard]] QWidget *buildContent();
    [[nodiscard]] QWidget *buildBody();
    [[nodiscard]] QWidget *buildDetails();
    [[nodiscard]] QWidget *buildForm();
    [[nodiscard]] QWidget *buildWho();
    [[nodiscard]] QWidget *buildDuration();
    [[nodiscard]] QWidget *buildAccount();
    [[nodiscard]] QWidget *buildCode();
    [[nodiscard]] QWidget *buildMore();
    [[nodiscard]] QWidget *buildFooter();
    /// `alignment` of the label beside the content.
    void addFormRow(QGridLayout &form, const QString &label, QWidget *content,
                    Qt::Alignment alignment);

    void show(const RequestWords &words);
    void showRequest();
    void showDetails(const RequestWords &words);
    void showPermissions();
    void showAccounts(const QList<AccountLine> &accounts, const QVariant &chosen);
    void showDurationEnd();
    void showAccountHint();
    [[nodiscard]] std::optional<AccountId> chosenAccount() const;
    void onAccountChosen();
    void showStatus();
    void toggleDetails();

    void sleep();
    void updateAllow();
    [[nodiscard]] bool canAllow() const;
    [[nodiscard]] std::chrono::milliseconds timeLeft() const;
    void tick();
    void speak(const QString &sentence);
    void speakCountdown();

    void allow();
    void deny(bool block);
    void answer(const AccessAnswer &answer);
    void putOff();

    void fit();
    void place();
    [[nodiscard]] bool pointerHitsControl(const QPoint &topLeft) const;
    void stayOnTop(bool onTop);

    Clock &m_clock;
    AccessRequest m_asked; ///< as it was presented
    AccessRequest m_request; ///< as it concerns the chosen account
    std::optional<RequestEnd> m_end;
    bool m_answered = true;
    bool m_placed = false; ///< on the screen, for this request
    bool m_awake = false;
    int m_sleeps = 0; ///< numbers them, so that only the last one ends in waking
    bool m_ticking = false;
    std::chrono::milliseconds m_spokenAt{}; ///< time left when the countdown was last spoken

    Tile *m_tile = nullptr;
    TextLabel *m_headline = nullptr;
    SymbolLine *m_claim = nullptr;
    MessageBoxPanel *m_warning = nullptr;
    MessageBoxPanel *m_problem = nullptr;
    QScrollArea *m_scroll = nullptr;
    QWidget *m_content = nullptr; ///< all between header and buttons
    QWidget *m_body = nullptr; ///< what an ended request greys out
    TextLabel *m_who = nullptr;
    TextLabel *m_answerGoesTo = nullptr;
    PermissionList *m_permissions = nullptr;
    QComboBox *m_durations = nullptr;
    TextLabel *m_durationEnd = nullptr;
    QComboBox *m_accounts = nullptr;
    TextLabel *m_accountHint = nullptr;
    TextLabel *m_code = nullptr;
    LinkButton *m_details = nullptr;
    LinkButton *m_block = nullptr;
    QTextEdit *m_detailsText = nullptr;
    WrappingCheckBox *m_confirmation = nullptr;
    SymbolLine *m_status = nullptr;
    LinkButton *m_waiting = nullptr;
    QDialogButtonBox *m_buttons = nullptr;
    DeliberateButton *m_allow = nullptr;
    DeliberateButton *m_deny = nullptr;
    DeliberateButton *m_close = nullptr;
};

} // namespace gatehouse::ui
