// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/approval_window.h>

#include <base/text.h>
#include <ui/deliberate_button.h>
#include <ui/durations.h>
#include <ui/look_widgets.h>
#include <ui/permission_list.h>

#include <QAccessible>
#include <QCloseEvent>
#include <QComboBox>
#include <QCursor>
#include <QDialogButtonBox>
#include <QGridLayout>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QScreen>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QTextEdit>
#include <QTextTable>
#include <QVBoxLayout>
#include <QWindow>

#include <utility>

namespace gatehouse::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kSleep = 500ms;
constexpr auto kTick = 1s;
constexpr std::array kSpokenCountdowns{60s, 15s};
constexpr qreal kWidth = 42; // em
constexpr qreal kLabelWidth = 6.2; // em
constexpr qreal kAccountWidth = 29; // em
constexpr qreal kCodeSpacing = 112; // percent
constexpr int kDetailsLeastLines = 4;
constexpr qreal kMostOfScreen = 0.85;

QString accountWords(const AccountLine &account)
{
    const auto name = shownText(account.name, kShownNameLength);
    const auto email = shownText(account.email, kShownNameLength);
    if (name.isEmpty() || email.isEmpty())
        return name.isEmpty() ? email : name;
    return ApprovalWindow::tr("%1 (%2)").arg(name, email);
}

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

bool isDanger(const AccessRequest &request)
{
    return request.risk.level == approval::RiskLevel::Danger;
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

/// Also the layouts inside, which remember sizes of their own.
void invalidateDeeply(QLayout &layout)
{
    for (int i = 0; i < layout.count(); ++i) {
        auto *item = layout.itemAt(i);
        if (auto *inside = item->layout())
            invalidateDeeply(*inside);
        item->invalidate();
    }
    layout.invalidate();
}

/// Forgets the sizes that the layouts inside remember: a change deep inside reaches the outer ones
/// only with a later event.
void measureAnew(QWidget &outer)
{
    const auto inside = outer.findChildren<QWidget *>();
    for (auto *widget : inside) {
        if (widget->layout()) {
            invalidateDeeply(*widget->layout());
            widget->updateGeometry();
        }
    }
    invalidateDeeply(*outer.layout());
}

} // namespace

ApprovalWindow::ApprovalWindow(Clock &clock)
    : QWidget(nullptr,
              Qt::Window | Qt::CustomizeWindowHint | Qt::WindowTitleHint | Qt::WindowSystemMenuHint
                  | Qt::WindowMinimizeButtonHint | Qt::WindowCloseButtonHint
                  | Qt::WindowStaysOnTopHint),
      m_clock(clock)
{
    setObjectName(u"approvalWindow"_s);
    setAttribute(Qt::WA_ShowWithoutActivating);
    build();
}

void ApprovalWindow::present(const AccessRequest &request, const QList<AccountLine> &accounts)
{
    hide();
    m_asked = m_request = request;
    m_answered = false;
    m_problem->hide();
    showAccounts(accounts, QVariant());
    m_request = forAccount(m_asked, chosenAccount());
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
    showAccounts(accounts, m_accounts->currentData());
    const auto now = forAccount(request, chosenAccount());
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
    m_claim->set(end == RequestEnd::Expired ? Symbol::Clock : Symbol::Info, Tone::Text, sentence,
                 QFont::Bold);
    m_tile->set(initials(shownName(m_request)), Tone::Second);
    m_headline->setTone(Tone::Second);
    m_warning->hide();
    m_problem->hide();
    m_body->setEnabled(false);
    m_confirmation->hide();
    m_block->hide();
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
    m_problem->set(Accent::Caution, Symbol::Caution, error.message,
                   error.remedy.isEmpty() ? QStringList() : QStringList{error.remedy});
    m_problem->show();
    m_deny->setFocus();
    fit();
    QWidget::show();
    speak(m_problem->text());
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

void ApprovalWindow::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    // The document keeps the colours that it was written in.
    if (event->type() == QEvent::PaletteChange && !m_answered)
        showDetails(requestWords(m_request));
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
            deny(m_block->hasFocus());
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

void ApprovalWindow::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    // Only now every control has its place inside; the screen does not show the window yet.
    if (!std::exchange(m_placed, true))
        place();
    // From Qt 6.5 the box sends the focus on to its default button, past those before it.
    m_buttons->setFocusProxy(nullptr);
    sleep();
    if (!m_ticking)
        tick();
}

void ApprovalWindow::build()
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins({});
    layout->setSpacing(0);
    layout->addWidget(buildHeader());
    m_scroll = new QScrollArea(this);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setWidgetResizable(true);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    m_scroll->setWidget(buildContent());
    m_scroll->viewport()->setAutoFillBackground(false);
    m_content->setAutoFillBackground(false);
    layout->addWidget(m_scroll, 1);
    layout->addWidget(new Separator(this));
    layout->addWidget(buildFooter());
}

QWidget *ApprovalWindow::buildContent()
{
    m_content = new QWidget;
    auto *layout = new QVBoxLayout(m_content);
    layout->setContentsMargins(kSpaceWide, kSpaceSmall, kSpaceWide, kSpaceMedium);
    layout->setSpacing(kSpaceLarge);
    m_problem = new MessageBoxPanel(m_content);
    m_problem->setObjectName(u"problem"_s);
    m_warning = new MessageBoxPanel(m_content);
    m_warning->setObjectName(u"warning"_s);
    layout->addWidget(m_problem);
    layout->addWidget(m_warning);
    layout->addWidget(buildBody(), 1);
    return m_content;
}

QWidget *ApprovalWindow::buildBody()
{
    m_body = new QWidget;
    auto *layout = new QVBoxLayout(m_body);
    layout->setContentsMargins({});
    layout->setSpacing(kSpaceSmall);
    layout->addWidget(buildForm());
    layout->addWidget(buildMore());
    layout->addWidget(buildDetails());
    m_confirmation = new WrappingCheckBox(m_body);
    m_confirmation->setObjectName(u"confirmation"_s);
    m_confirmation->setWords(tr("I started this request myself, just now"));
    layout->addWidget(m_confirmation);
    connect(m_confirmation, &QCheckBox::toggled, this, &ApprovalWindow::updateAllow);
    return m_body;
}

QWidget *ApprovalWindow::buildDetails()
{
    m_detailsText = new QTextEdit;
    m_detailsText->setObjectName(u"detailsText"_s);
    m_detailsText->setAccessibleName(tr("Details"));
    m_detailsText->setReadOnly(true);
    m_detailsText->setTextInteractionFlags(Qt::TextSelectableByMouse
                                           | Qt::TextSelectableByKeyboard);
    m_detailsText->setTabChangesFocus(true);
    m_detailsText->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_detailsText->setFrameShape(QFrame::NoFrame);
    m_detailsText->viewport()->setAutoFillBackground(false);
    m_detailsText->setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    m_detailsText->document()->setDocumentMargin(0);
    return m_detailsText;
}

QWidget *ApprovalWindow::buildHeader()
{
    m_tile = new Tile(this);
    m_headline = new TextLabel(this, Tone::Text, TextSize::Headline, QFont::Bold);
    m_headline->setObjectName(u"headline"_s);
    m_claim = new SymbolLine(this);
    m_claim->label()->setObjectName(u"claim"_s);
    auto *header = new QWidget;
    auto *layout = new QHBoxLayout(header);
    layout->setContentsMargins(kSpaceWide, kSpaceWide, kSpaceWide, kSpaceMedium);
    layout->setSpacing(kSpaceMedium);
    layout->addWidget(m_tile, 0, Qt::AlignTop);
    auto *words = new QVBoxLayout;
    words->setSpacing(2);
    words->addStretch();
    words->addWidget(m_headline);
    words->addWidget(m_claim);
    words->addStretch();
    layout->addLayout(words, 1);
    return header;
}

QWidget *ApprovalWindow::buildForm()
{
    auto *form = new QWidget;
    auto *grid = new QGridLayout(form);
    grid->setContentsMargins({});
    grid->setHorizontalSpacing(kSpaceMedium);
    grid->setVerticalSpacing(kSpaceMedium);
    grid->setColumnMinimumWidth(0, em(kLabelWidth));
    grid->setColumnStretch(1, 1);
    m_permissions = new PermissionList(form);
    m_permissions->setObjectName(u"permissions"_s);
    addFormRow(*grid, tr("Who"), buildWho(), Qt::AlignTop);
    addFormRow(*grid, tr("What"), m_permissions, Qt::AlignTop);
    addFormRow(*grid, tr("How long"), buildDuration(), Qt::AlignVCenter);
    addFormRow(*grid, tr("As"), buildAccount(), Qt::AlignVCenter);
    addFormRow(*grid, tr("Code"), buildCode(), Qt::AlignVCenter);
    connect(m_permissions, &PermissionList::tickedChanged, this, &ApprovalWindow::updateAllow);
    connect(m_permissions, &PermissionList::grown, this, [this] {
        sleep();
        fit();
    });
    return form;
}

void ApprovalWindow::addFormRow(QGridLayout &form, const QString &label, QWidget *content,
                                Qt::Alignment alignment)
{
    auto *words = new TextLabel(nullptr, Tone::Second, TextSize::Body, QFont::DemiBold);
    words->setText(label);
    const auto row = form.rowCount();
    if (content == m_permissions)
        words->setContentsMargins(0, kSpaceMedium, 0, 0);
    form.addWidget(words, row, 0, alignment);
    form.addWidget(content, row, 1);
}

QWidget *ApprovalWindow::buildWho()
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

QWidget *ApprovalWindow::buildDuration()
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
    connect(m_durations, &QComboBox::currentIndexChanged, this, &ApprovalWindow::showDurationEnd);
    return inRow({m_durations, m_durationEnd});
}

QWidget *ApprovalWindow::buildAccount()
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
    connect(m_accounts, &QComboBox::currentIndexChanged, this, &ApprovalWindow::onAccountChosen);
    return inRow({m_accounts, m_accountHint});
}

QWidget *ApprovalWindow::buildCode()
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
    auto *sentence = new TextLabel(box);
    sentence->setWords(tr("The page in your browser must show the same code."));
    layout->addWidget(m_code);
    layout->addWidget(sentence, 1);
    return box;
}

QWidget *ApprovalWindow::buildMore()
{
    m_details = new LinkButton;
    m_details->setObjectName(u"details"_s);
    m_details->setText(tr("Details"));
    m_details->setCheckable(true);
    m_block = new LinkButton;
    m_block->setObjectName(u"block"_s);
    connect(m_details, &LinkButton::toggled, this, &ApprovalWindow::toggleDetails);
    connect(m_block, &LinkButton::clicked, this, [this] { deny(true); });
    auto *row = new QWidget;
    auto *layout = new QHBoxLayout(row);
    layout->setContentsMargins({});
    layout->setSpacing(kSpaceLarge);
    layout->addWidget(m_details);
    layout->addStretch();
    layout->addWidget(m_block);
    return row;
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

void ApprovalWindow::showRequest()
{
    m_end.reset();
    m_spokenAt = timeLeft();
    show(requestWords(m_request));
    showPermissions();
    m_durations->setCurrentIndex(m_durations->findData(int(presetDuration(m_request))));
    showDurationEnd();
    m_confirmation->setChecked(false);
    m_confirmation->setVisible(isDanger(m_request));
    m_details->setChecked(false);
    toggleDetails();
    m_body->setEnabled(true);
    m_allow->show();
    m_deny->show();
    m_close->hide();
    m_status->show();
    showStatus();
    sleep();
}

void ApprovalWindow::show(const RequestWords &words)
{
    setWindowTitle(words.windowTitle);
    m_tile->set(words.tile, words.tileTone);
    m_headline->setTone(Tone::Text);
    m_headline->setWords(words.headline);
    m_claim->set(words.claim.symbol, words.claim.tone, words.claim.text,
                 words.claim.tone == Tone::Second ? QFont::Normal : QFont::DemiBold);
    m_warning->set(words.warning.accent, words.warning.symbol, words.warning.title,
                   words.warning.sentences);
    m_warning->setVisible(!words.warning.sentences.isEmpty());
    m_who->setWords(words.who);
    m_answerGoesTo->setWords(words.answerGoesTo);
    m_code->setText(isolated(shownText(m_request.matchingCode)));
    m_code->setAccessibleName(tr("Code %1").arg(spelled(m_request.matchingCode)));
    m_block->setText(escapedMnemonic(words.block));
    m_block->setVisible(!words.block.isEmpty());
    showDetails(words);
}

void ApprovalWindow::showDetails(const RequestWords &words)
{
    auto *document = m_detailsText->document();
    document->clear();
    QTextTableFormat format;
    format.setBorder(0);
    format.setCellPadding(2);
    format.setCellSpacing(0);
    format.setWidth(QTextLength(QTextLength::PercentageLength, 100));
    format.setColumnWidthConstraints({QTextLength(QTextLength::FixedLength, em(9)), QTextLength()});
    QTextCursor cursor(document);
    auto *table = cursor.insertTable(int(words.details.size()), 2, format);
    QTextCharFormat label;
    label.setForeground(toneColor(Tone::Second, palette()));
    // Addresses and names of programs read from left to right in every language.
    QTextBlockFormat leftToRight;
    leftToRight.setLayoutDirection(Qt::LeftToRight);
    for (int row = 0; row < table->rows(); ++row) {
        table->cellAt(row, 0).firstCursorPosition().insertText(words.details.at(row).first, label);
        auto value = table->cellAt(row, 1).firstCursorPosition();
        value.setBlockFormat(leftToRight);
        value.insertText(words.details.at(row).second);
    }
}

void ApprovalWindow::showAccounts(const QList<AccountLine> &accounts, const QVariant &chosen)
{
    QStringList before;
    for (int i = 0; i < m_accounts->count(); ++i)
        before.append(m_accounts->itemText(i));
    const QSignalBlocker blocker(m_accounts);
    m_accounts->clear();
    for (const auto &account : accounts) {
        if (account.signedIn)
            m_accounts->addItem(accountWords(account), account.id.value);
    }
    const auto any = m_accounts->count() > 0;
    if (any)
        m_accounts->addItem(tr("Another account…"), QString());
    m_accounts->setVisible(any);
    m_accounts->setCurrentIndex(std::max(0, m_accounts->findData(chosen)));
    showAccountHint();

    QStringList after;
    for (int i = 0; i < m_accounts->count(); ++i)
        after.append(m_accounts->itemText(i));
    if (before != after) {
        sleep();
        fit();
    }
}

void ApprovalWindow::showDurationEnd()
{
    const auto choice = DurationChoice(m_durations->currentData().toInt());
    m_durationEnd->setWords(durationEndWords(choice, m_clock.now()));
}

void ApprovalWindow::showAccountHint()
{
    m_accountHint->setVisible(m_accounts->currentData().toString().isEmpty());
}

std::optional<AccountId> ApprovalWindow::chosenAccount() const
{
    const auto chosen = m_accounts->currentData().toString();
    return chosen.isEmpty() ? std::nullopt : std::optional(AccountId(chosen));
}

/// What one account has allowed says nothing about another.
void ApprovalWindow::onAccountChosen()
{
    showAccountHint();
    const auto before = std::exchange(m_request, forAccount(m_asked, chosenAccount()));
    if (whatIsAsked(before) == whatIsAsked(m_request))
        return;
    show(requestWords(m_request));
    showPermissions();
    sleep();
    fit();
}

void ApprovalWindow::showPermissions()
{
    m_permissions->set(m_request.scopes, m_request.allowedScopes,
                       isDanger(m_request) ? PermissionList::Ticked::ReadsOnly
                                           : PermissionList::Ticked::All);
}

void ApprovalWindow::showStatus()
{
    if (m_permissions->nothingChosen())
        m_status->set(Symbol::Caution, Tone::Caution, tr("Choose at least one permission."));
    else
        m_status->set(Symbol::Clock, Tone::Second, expiryWords(timeLeft()));
}

void ApprovalWindow::toggleDetails()
{
    m_details->setIcon(symbolIcon(m_details->isChecked() ? Symbol::Open : Symbol::Closed));
    m_detailsText->setVisible(m_details->isChecked());
    if (!isVisible())
        return;
    sleep();
    fit();
    m_detailsText->moveCursor(QTextCursor::Start);
}

void ApprovalWindow::sleep()
{
    m_awake = false;
    updateAllow();
    m_clock.after(kSleep, this, [this, number = ++m_sleeps] {
        if (number != m_sleeps)
            return;
        m_awake = true;
        updateAllow();
    });
}

bool ApprovalWindow::canAllow() const
{
    return m_awake && !m_answered && !m_end && timeLeft() > 0ms && !m_permissions->nothingChosen()
        && (!isDanger(m_request) || m_confirmation->isChecked());
}

void ApprovalWindow::updateAllow()
{
    const auto can = canAllow();
    if (!can && m_allow->hasFocus())
        m_deny->setFocus();
    m_allow->setEnabled(can);
    showStatus();
}

std::chrono::milliseconds ApprovalWindow::timeLeft() const
{
    return m_request.expiresAt - m_clock.now();
}

void ApprovalWindow::tick()
{
    m_ticking = isVisible();
    if (!m_ticking)
        return;
    if (!m_end && timeLeft() <= 0ms)
        setEnded(RequestEnd::Expired);
    updateAllow();
    showDurationEnd();
    speakCountdown();
    m_clock.after(kTick, this, [this] { tick(); });
}

void ApprovalWindow::speak(const QString &sentence)
{
    setAccessibleDescription(sentence);
    QAccessibleEvent alert(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&alert);
    Q_EMIT spoken(sentence);
}

void ApprovalWindow::speakCountdown()
{
    const auto left = timeLeft();
    for (const auto at : kSpokenCountdowns) {
        if (!m_end && left <= at && m_spokenAt > at)
            speak(m_status->text());
    }
    m_spokenAt = left;
}

// A press that began before the window went to sleep can end here.
void ApprovalWindow::allow()
{
    if (!canAllow())
        return;
    QStringList scopes = m_permissions->ticked();
    for (const auto &line : m_request.allowedScopes)
        scopes.append(line.scope);
    answer(
        {.allow = true,
         .scopes = scopes,
         .account = chosenAccount(),
         .until = durationEnd(DurationChoice(m_durations->currentData().toInt()), m_clock.now())});
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

/// Header and buttons always stay in sight. When the window would take too much of the screen, the
/// details scroll first, then the permissions, then all between header and buttons.
void ApprovalWindow::fit()
{
    const auto screenSize = screen()->availableSize();
    const auto width = std::min(em(kWidth), screenSize.width());
    const auto room = int(screenSize.height() * kMostOfScreen);
    const auto inside = width - 2 * kSpaceWide;
    setFixedWidth(width);
    m_detailsText->document()->setTextWidth(inside);
    auto details = qCeil(m_detailsText->document()->size().height()) + 2;
    auto list = m_permissions->fullHeight(inside - em(kLabelWidth) - kSpaceMedium);
    const auto wanted = [&] {
        m_detailsText->setFixedHeight(details);
        m_permissions->setFixedHeight(list);
        measureAnew(*this);
        m_scroll->setFixedHeight(m_content->layout()->totalHeightForWidth(width));
        layout()->activate();
        return layout()->totalHeightForWidth(width);
    };
    const auto shrink = [&](int &height, int least) {
        if (const auto excess = wanted() - room; excess > 0)
            height = std::max(std::min(height, least), height - excess);
    };
    if (m_details->isChecked())
        shrink(details, kDetailsLeastLines * fontMetrics().lineSpacing());
    shrink(list, m_permissions->leastHeight());
    const auto excess = wanted() - room;
    if (excess > 0)
        m_scroll->setFixedHeight(m_scroll->height() - excess);
    m_scroll->setVerticalScrollBarPolicy(excess > 0 ? Qt::ScrollBarAsNeeded
                                                    : Qt::ScrollBarAlwaysOff);
    setFixedHeight(layout()->totalHeightForWidth(width));
}

void ApprovalWindow::place()
{
    const auto pointer = QCursor::pos();
    const auto *at = QGuiApplication::screenAt(pointer);
    const auto area = (at ? at : screen())->availableGeometry();
    const QSize room(area.width() - width(), area.height() - height());
    const QPoint middle(area.left() + room.width() / 2,
                        area.top() + std::max(0, room.height()) / 4);
    // From the middle outwards, downwards last, until the pointer is over nothing to click on.
    QList<QPoint> shifts{QPoint()};
    for (int distance = em(1); distance <= area.width(); distance += em(1))
        shifts << QPoint(-distance, 0) << QPoint(distance, 0) << QPoint(0, -distance);
    for (int distance = em(1); distance <= area.height(); distance += em(1))
        shifts << QPoint(0, distance);
    for (const auto shift : shifts) {
        const auto fits = shift.isNull() || area.contains(QRect(middle + shift, size()));
        if (fits && !pointerHitsControl(middle + shift)) {
            move(middle + shift);
            return;
        }
    }
    move(middle);
}

bool ApprovalWindow::pointerHitsControl(const QPoint &topLeft) const
{
    const auto pointer = QCursor::pos() - topLeft;
    const auto margin = em(2); // for the frame, whose size is not known yet
    const auto hits = [&](const QWidget *control) {
        const QRect place(control->mapTo(this, QPoint()), control->size());
        return !control->isHidden()
            && place.adjusted(-margin, -margin, margin, margin).contains(pointer);
    };
    const auto buttons = findChildren<QAbstractButton *>();
    return std::any_of(buttons.begin(), buttons.end(), hits) || hits(m_durations)
        || hits(m_accounts);
}

// Through the window: changing the widget's flags would take it off the screen and show it again.
void ApprovalWindow::stayOnTop(bool onTop)
{
    winId();
    windowHandle()->setFlag(Qt::WindowStaysOnTopHint, onTop);
}

} // namespace gatehouse::ui
