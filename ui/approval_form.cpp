// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/approval_form.h>

#include <base/text.h>
#include <ui/approval_details.h>
#include <ui/durations.h>
#include <ui/look_widgets.h>
#include <ui/permission_list.h>

#include <QComboBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QSignalBlocker>
#include <QVBoxLayout>

#include <algorithm>

namespace gatehouse::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qreal kLabelWidth = 6.2; // em
constexpr qreal kAccountWidth = 29; // em
constexpr qreal kCodeSpacing = 112; // percent

QString accountWords(const AccountLine &account)
{
    const auto name = shownText(account.name, kShownNameLength);
    const auto email = shownText(account.email, kShownNameLength);
    if (name.isEmpty() || email.isEmpty())
        return name.isEmpty() ? email : name;
    return ApprovalForm::tr("%1 (%2)").arg(name, email);
}

/// A word for screen readers that says each character by itself.
QString spelled(const QString &code)
{
    QStringList characters;
    for (const auto character : code)
        characters.append(character);
    return characters.join(u", "_s);
}

QString escapedMnemonic(QString text)
{
    return text.replace(u'&', u"&&"_s);
}

QWidget *inRow(std::initializer_list<QWidget *> widgets)
{
    auto *row = new QWidget;
    auto *layout = new QHBoxLayout(row);
    layout->setContentsMargins({});
    layout->setSpacing(kSpaceMedium);
    for (auto *widget : widgets)
        layout->addWidget(widget);
    layout->setStretchFactor(*(widgets.end() - 1), 1);
    layout->addStretch();
    return row;
}

} // namespace

ApprovalForm::ApprovalForm(Clock &clock)
    : m_clock(clock), m_problem(new MessageBoxPanel(this)), m_warning(new MessageBoxPanel(this))
{
    m_problem->setObjectName(u"problem"_s);
    m_warning->setObjectName(u"warning"_s);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(kSpaceWide, kSpaceSmall, kSpaceWide, kSpaceMedium);
    layout->setSpacing(kSpaceLarge);
    layout->addWidget(m_problem);
    layout->addWidget(m_warning);
    layout->addWidget(buildBody(), 1);
}

// --- building

QWidget *ApprovalForm::buildBody()
{
    m_body = new QWidget;
    auto *layout = new QVBoxLayout(m_body);
    layout->setContentsMargins({});
    layout->setSpacing(kSpaceSmall);
    layout->addWidget(buildRows());
    layout->addWidget(buildMore());
    m_details = new ApprovalDetails;
    m_details->setObjectName(u"detailsText"_s);
    m_details->setAccessibleName(tr("Details"));
    layout->addWidget(m_details);
    m_confirmation = new WrappingCheckBox(m_body);
    m_confirmation->setObjectName(u"confirmation"_s);
    m_confirmation->setWords(tr("I started this request myself, just now"));
    layout->addWidget(m_confirmation);
    connect(m_confirmation, &QCheckBox::toggled, this, &ApprovalForm::ticked);
    return m_body;
}

QWidget *ApprovalForm::buildRows()
{
    auto *rows = new QWidget;
    auto *grid = new QGridLayout(rows);
    grid->setContentsMargins({});
    grid->setHorizontalSpacing(kSpaceMedium);
    grid->setVerticalSpacing(kSpaceMedium);
    grid->setColumnMinimumWidth(0, em(kLabelWidth));
    grid->setColumnStretch(1, 1);
    m_permissions = new PermissionList(rows);
    m_permissions->setObjectName(u"permissions"_s);
    addRow(*grid, tr("Who"), buildWho(), Qt::AlignTop);
    addRow(*grid, tr("What"), m_permissions, Qt::AlignTop);
    addRow(*grid, tr("How long"), buildDuration(), Qt::AlignVCenter);
    addRow(*grid, tr("As"), buildAccount(), Qt::AlignVCenter);
    addRow(*grid, tr("Code"), buildCode(), Qt::AlignVCenter);
    connect(m_permissions, &PermissionList::tickedChanged, this, &ApprovalForm::ticked);
    connect(m_permissions, &PermissionList::grown, this, &ApprovalForm::reshaped);
    return rows;
}

void ApprovalForm::addRow(QGridLayout &rows, const QString &label, QWidget *content,
                          Qt::Alignment alignment)
{
    auto *words = new TextLabel(nullptr, Tone::Second, TextSize::Body, QFont::DemiBold);
    words->setText(label);
    const auto row = rows.rowCount();
    if (content == m_permissions)
        words->setContentsMargins(0, kSpaceMedium, 0, 0);
    rows.addWidget(words, row, 0, alignment);
    rows.addWidget(content, row, 1);
}

QWidget *ApprovalForm::buildWho()
{
    auto *who = new QWidget;
    auto *layout = new QVBoxLayout(who);
    layout->setContentsMargins({});
    layout->setSpacing(2);
    m_who = new TextLabel(who);
    m_who->setObjectName(u"who"_s);
    m_answerGoesTo = new TextLabel(who, Tone::Second);
    m_answerGoesTo->setObjectName(u"answerGoesTo"_s);
    layout->addWidget(m_who);
    layout->addWidget(m_answerGoesTo);
    return who;
}

QWidget *ApprovalForm::buildDuration()
{
    m_durations = new QComboBox;
    m_durations->setObjectName(u"durations"_s);
    m_durations->setAccessibleName(tr("How long"));
    m_durations->setMinimumWidth(em(11));
    m_durations->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    for (const auto choice : kDurationChoices)
        m_durations->addItem(durationWords(choice), int(choice));
    m_durationEnd = new TextLabel(nullptr, Tone::Second);
    m_durationEnd->setObjectName(u"durationEnd"_s);
    connect(m_durations, &QComboBox::currentIndexChanged, this, &ApprovalForm::showDurationEnd);
    return inRow({m_durations, m_durationEnd});
}

QWidget *ApprovalForm::buildAccount()
{
    m_accounts = new QComboBox;
    m_accounts->setObjectName(u"accounts"_s);
    m_accounts->setAccessibleName(tr("As"));
    m_accounts->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_accounts->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    m_accounts->setMaximumWidth(em(kAccountWidth));
    m_accountHint = new TextLabel(nullptr, Tone::Second);
    m_accountHint->setObjectName(u"accountHint"_s);
    m_accountHint->setWords(tr("You sign in after you allow."));
    connect(m_accounts, &QComboBox::currentIndexChanged, this, &ApprovalForm::onAccountChosen);
    return inRow({m_accounts, m_accountHint});
}

QWidget *ApprovalForm::buildCode()
{
    auto *box = new Box;
    auto *layout = new QHBoxLayout(box);
    layout->setContentsMargins(kSpaceMedium, kSpaceTiny, kSpaceMedium, kSpaceTiny);
    layout->setSpacing(kSpaceLarge);
    m_code = new TextLabel(box);
    m_code->setObjectName(u"code"_s);
    auto font = fixedFont(TextSize::Headline, QFont::Bold);
    font.setLetterSpacing(QFont::PercentageSpacing, kCodeSpacing);
    m_code->setFont(font);
    m_code->setWordWrap(false);
    m_compareCode = new TextLabel(box);
    layout->addWidget(m_code);
    layout->addWidget(m_compareCode, 1);
    return box;
}

QWidget *ApprovalForm::buildMore()
{
    m_more = new LinkButton;
    m_more->setObjectName(u"details"_s);
    m_more->setText(tr("Details"));
    m_more->setCheckable(true);
    m_block = new LinkButton;
    m_block->setObjectName(u"block"_s);
    connect(m_more, &LinkButton::toggled, this, &ApprovalForm::toggleDetails);
    connect(m_block, &LinkButton::clicked, this, &ApprovalForm::blockWanted);
    auto *row = new QWidget;
    auto *layout = new QHBoxLayout(row);
    layout->setContentsMargins({});
    layout->setSpacing(kSpaceLarge);
    layout->addWidget(m_more);
    layout->addStretch();
    layout->addWidget(m_block);
    return row;
}

// --- showing

void ApprovalForm::begin(const AccessRequest &request, const RequestWords &words)
{
    m_body->setEnabled(true);
    follow(request, words);
    m_durations->setCurrentIndex(m_durations->findData(int(presetDuration(request))));
    showDurationEnd();
    m_confirmation->setChecked(false);
    m_confirmation->setVisible(isDanger(request));
    m_more->setChecked(false);
    toggleDetails();
}

void ApprovalForm::follow(const AccessRequest &request, const RequestWords &words)
{
    m_warning->set(words.warning.accent, words.warning.symbol, words.warning.title,
                   words.warning.sentences);
    m_warning->setVisible(!words.warning.sentences.isEmpty());
    m_who->setWords(words.who);
    m_answerGoesTo->setWords(words.answerGoesTo);
    m_compareCode->setWords(words.compareCode);
    m_code->setText(isolated(shownText(request.matchingCode)));
    m_code->setAccessibleName(tr("Code %1").arg(spelled(request.matchingCode)));
    m_block->setText(escapedMnemonic(words.block));
    m_block->setVisible(!words.block.isEmpty());
    m_details->set(words.details);
    m_permissions->set(request.scopes, request.allowedScopes,
                       isDanger(request) ? PermissionList::Ticked::ReadsOnly
                                         : PermissionList::Ticked::All);
}

void ApprovalForm::setAccounts(const QList<AccountLine> &accounts, Chosen chosen, bool mayBeAnother)
{
    const auto choice = chosen == Chosen::AsBefore ? m_accounts->currentData() : QVariant();
    const auto before = accountTexts();
    const QSignalBlocker blocker(m_accounts);
    m_accounts->clear();
    for (const auto &account : accounts) {
        if (account.signedIn)
            m_accounts->addItem(accountWords(account), account.id.value);
    }
    const auto any = m_accounts->count() > 0;
    if (any && mayBeAnother)
        m_accounts->addItem(tr("Another account…"), QString());
    m_accounts->setVisible(any);
    m_accounts->setCurrentIndex(std::max(0, m_accounts->findData(choice)));
    showAccountHint();
    if (accountTexts() != before)
        Q_EMIT reshaped();
}

void ApprovalForm::choose(const AccountId &account)
{
    const QSignalBlocker blocker(m_accounts);
    if (const auto place = m_accounts->findData(account.value); place >= 0)
        m_accounts->setCurrentIndex(place);
    showAccountHint();
}

QStringList ApprovalForm::accountTexts() const
{
    QStringList texts;
    for (int i = 0; i < m_accounts->count(); ++i)
        texts.append(m_accounts->itemText(i));
    return texts;
}

void ApprovalForm::setEnded()
{
    m_warning->hide();
    m_problem->hide();
    m_body->setEnabled(false);
    m_confirmation->hide();
    m_block->hide();
}

void ApprovalForm::setProblem(const Error &error)
{
    m_problem->set(Accent::Caution, Symbol::Caution, error.message,
                   error.remedy.isEmpty() ? QStringList() : QStringList{error.remedy});
    m_problem->show();
}

void ApprovalForm::clearProblem()
{
    m_problem->hide();
}

QString ApprovalForm::problem() const
{
    return m_problem->text();
}

void ApprovalForm::showDurationEnd()
{
    const auto choice = DurationChoice(m_durations->currentData().toInt());
    m_durationEnd->setWords(durationEndWords(choice, m_clock.now()));
}

void ApprovalForm::showAccountHint()
{
    m_accountHint->setVisible(!account());
}

void ApprovalForm::onAccountChosen()
{
    showAccountHint();
    Q_EMIT accountChosen();
}

void ApprovalForm::toggleDetails()
{
    m_more->setIcon(symbolIcon(showsDetails() ? Symbol::Open : Symbol::Closed));
    m_details->setVisible(showsDetails());
    if (!isVisible())
        return;
    Q_EMIT reshaped();
    m_details->moveCursor(QTextCursor::Start);
}

// --- what is chosen

QStringList ApprovalForm::scopes() const
{
    return m_permissions->ticked();
}

bool ApprovalForm::nothingChosen() const
{
    return m_permissions->nothingChosen();
}

bool ApprovalForm::isConfirmed() const
{
    return m_confirmation->isChecked();
}

std::optional<AccountId> ApprovalForm::account() const
{
    const auto chosen = m_accounts->currentData().toString();
    return chosen.isEmpty() ? std::nullopt : std::optional(AccountId(chosen));
}

std::optional<Instant> ApprovalForm::until() const
{
    return durationEnd(DurationChoice(m_durations->currentData().toInt()), m_clock.now());
}

bool ApprovalForm::blockHasFocus() const
{
    return m_block->hasFocus();
}

// --- heights

ApprovalForm::Heights ApprovalForm::fullHeights(int width) const
{
    const auto inside = width - 2 * kSpaceWide;
    return {m_details->fullHeight(inside),
            m_permissions->fullHeight(inside - em(kLabelWidth) - kSpaceMedium)};
}

ApprovalForm::Heights ApprovalForm::leastHeights() const
{
    return {m_details->leastHeight(), m_permissions->leastHeight()};
}

void ApprovalForm::setHeights(const Heights &heights)
{
    m_details->setFixedHeight(heights.details);
    m_permissions->setFixedHeight(heights.permissions);
}

bool ApprovalForm::showsDetails() const
{
    return m_more->isChecked();
}

} // namespace gatehouse::ui
