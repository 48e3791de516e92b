// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ui/request_words.h>

#include <QWidget>

class QComboBox;
class QGridLayout;

namespace gatehouse::ui {

class ApprovalDetails;
class LinkButton;
class MessageBoxPanel;
class PermissionList;
class TextLabel;
class WrappingCheckBox;

/// What a request asks for, and what the person chooses of it: all that stands between header and
/// buttons. Lives in an approval window.
class ApprovalForm final : public QWidget {
    Q_OBJECT

public:
    explicit ApprovalForm(Clock &clock);

    /// Shows a request with everything at its preset.
    void begin(const AccessRequest &request, const RequestWords &words);
    /// The same request as it concerns another account: permissions and words begin anew, other
    /// choices stay.
    void follow(const AccessRequest &request, const RequestWords &words);
    /// Those that are signed in, to choose from.
    enum class Chosen { First, AsBefore };
    /// Without `mayBeAnother` only who is signed in can be chosen.
    void setAccounts(const QList<AccountLine> &accounts, Chosen chosen, bool mayBeAnother);
    /// Chooses one of them, as if nothing else had ever been chosen.
    void choose(const AccountId &account);
    /// Turns grey: nothing can be chosen any more.
    void setEnded();
    void setProblem(const Error &error);
    void clearProblem();
    [[nodiscard]] QString problem() const;
    /// When access that is given now would end moves on with the time.
    void showDurationEnd();

    /// Raw names of the asked permissions that are ticked.
    [[nodiscard]] QStringList scopes() const;
    /// True when there is something to tick and nothing is ticked.
    [[nodiscard]] bool nothingChosen() const;
    /// The person says that they started the request themselves.
    [[nodiscard]] bool isConfirmed() const;
    /// Empty: one that signs in later.
    [[nodiscard]] std::optional<AccountId> account() const;
    /// Empty: until revoked.
    [[nodiscard]] std::optional<Instant> until() const;
    [[nodiscard]] bool blockHasFocus() const;

    /// Heights of the parts that can scroll, in pixels.
    struct Heights {
        int details;
        int permissions;
    };
    /// What they want at this width of the form, and the least that is of use.
    [[nodiscard]] Heights fullHeights(int width) const;
    [[nodiscard]] Heights leastHeights() const;
    void setHeights(const Heights &heights);
    [[nodiscard]] bool showsDetails() const;

Q_SIGNALS:
    /// What is ticked has changed.
    void ticked();
    void accountChosen();
    void blockWanted();
    /// It shows more or less than before, and wants another height.
    void reshaped();

private:
    [[nodiscard]] QWidget *buildBody();
    [[nodiscard]] QWidget *buildRows();
    [[nodiscard]] QWidget *buildWho();
    [[nodiscard]] QWidget *buildDuration();
    [[nodiscard]] QWidget *buildAccount();
    [[nodiscard]] QWidget *buildCode();
    [[nodiscard]] QWidget *buildMore();
    /// `alignment` of the label beside the content.
    void addRow(QGridLayout &rows, const QString &label, QWidget *content, Qt::Alignment alignment);

    [[nodiscard]] QStringList accountTexts() const;
    void showAccountHint();
    void onAccountChosen();
    void toggleDetails();

    Clock &m_clock;
    MessageBoxPanel *m_problem;
    MessageBoxPanel *m_warning;
    QWidget *m_body = nullptr; ///< what an ended request greys out
    TextLabel *m_who = nullptr;
    TextLabel *m_answerGoesTo = nullptr;
    PermissionList *m_permissions = nullptr;
    QComboBox *m_durations = nullptr;
    TextLabel *m_durationEnd = nullptr;
    QComboBox *m_accounts = nullptr;
    TextLabel *m_accountHint = nullptr;
    TextLabel *m_compareCode = nullptr;
    TextLabel *m_code = nullptr;
    LinkButton *m_more = nullptr; ///< shows the details
    LinkButton *m_block = nullptr;
    ApprovalDetails *m_details = nullptr;
    WrappingCheckBox *m_confirmation = nullptr;
};

} // namespace gatehouse::ui
