// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/clients_details.h>

#include <base/text.h>
#include <ui/clients_words.h>
#include <ui/durations.h>
#include <ui/request_words.h>

#include <QEvent>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>

#include <algorithm>
#include <memory>

namespace gatehouse::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kShownAddress = 2000; ///< a line edit scrolls

TextLabel *sectionTitle(const QString &text)
{
    auto *label = new TextLabel(nullptr, Tone::Second, TextSize::Body, QFont::DemiBold);
    label->setText(text);
    return label;
}

QString registrarText(const ClientLine &client)
{
    if (client.preRegistered)
        return ClientsDetails::tr("Your administrator");
    if (!client.documentHost.isEmpty())
        return shownText(client.documentHost, kShownAddress);
    if (!client.registrar)
        return ClientsDetails::tr("Unknown program");
    const auto name = shownText(client.registrar->name, kShownNameLength);
    return client.registrar->parents.isEmpty()
        ? name
        : ClientsDetails::tr("%1, started from %2")
              .arg(name, shownText(client.registrar->parents.first(), kShownNameLength));
}

QString stateText(const ClientLine &client, Instant now)
{
    return ClientsDetails::tr("%1 · %2").arg(stateWord(client.state),
                                             usedText(client.lastUsedAt, now));
}

} // namespace

FactLine::FactLine(const QString &name, const QString &caption, QWidget *parent)
    : QWidget(parent), m_caption(new TextLabel(nullptr, Tone::Second, TextSize::Second)),
      m_value(new QLineEdit)
{
    m_value->setObjectName(name);
    setCaption(caption);
    m_value->setReadOnly(true);
    m_value->setFrame(false);
    // A text that can be selected, not a field to fill in.
    m_value->setFixedHeight(m_value->fontMetrics().height() + 2);
    m_value->setTextMargins(-2, 0, 0, 0);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins({});
    column->setSpacing(0);
    column->addWidget(m_caption);
    column->addWidget(m_value);
}

void FactLine::setCaption(const QString &caption)
{
    m_caption->setText(caption);
    m_value->setAccessibleName(caption);
}

void FactLine::set(const QString &value)
{
    setVisible(!value.isEmpty());
    if (m_value->text() == value)
        return;
    m_value->setText(value);
    m_value->setCursorPosition(0);
}

ClientsDetails::ClientsDetails(QWidget *parent)
    : Box(parent, Ground::Base), m_tile(new Tile(nullptr, 3)),
      m_name(new TextLabel(nullptr, Tone::Text, TextSize::Panel, QFont::DemiBold)),
      m_state(new TextLabel(nullptr, Tone::Second, TextSize::Second)),
      m_scopesTitle(sectionTitle(tr("What it may do"))), m_scopes(new QVBoxLayout),
      m_howLongTitle(sectionTitle(tr("How long"))), m_howLong(new TextLabel),
      m_account(new FactLine(u"account"_s, tr("Account"))),
      m_created(new FactLine(u"created"_s, tr("Allowed on"))),
      m_target(new FactLine(u"target"_s, tr("Answers go to"))),
      m_registrar(new FactLine(u"registrar"_s, tr("Registered by"))),
      m_program(new FactLine(u"program"_s, tr("Program file"))),
      m_clientId(new FactLine(u"clientId"_s, tr("Client ID"))), m_revoke(new QPushButton),
      m_unblock(new QPushButton(tr("Unblock")))
{
    m_name->setObjectName(u"detailName"_s);
    m_state->setObjectName(u"detailState"_s);
    m_howLong->setObjectName(u"howLong"_s);
    m_revoke->setObjectName(u"revoke"_s);
    m_revoke->setText(tr("Revoke access"));
    m_unblock->setObjectName(u"unblock"_s);

    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(kSpaceLarge, kSpaceLarge, kSpaceLarge, kSpaceLarge);
    column->setSpacing(kSpaceMedium);
    column->addWidget(makeHeader());
    column->addWidget(makeBody(), 1);
    for (auto *button : {m_revoke, m_unblock}) {
        button->setMinimumHeight(kControlHeight);
        column->addWidget(button);
    }
    tintRevoke();
    connect(m_revoke, &QPushButton::clicked, this, [this] { Q_EMIT revokeWanted(m_grant); });
    connect(m_unblock, &QPushButton::clicked, this,
            [this] { Q_EMIT unblockWanted(m_blockedTarget); });
}

QWidget *ClientsDetails::makeHeader()
{
    auto *header = new QWidget;
    auto *words = new QVBoxLayout;
    words->setSpacing(0);
    words->addWidget(m_name);
    words->addWidget(m_state);
    auto *row = new QHBoxLayout(header);
    row->setContentsMargins({});
    row->setSpacing(kSpaceMedium);
    row->addWidget(m_tile, 0, Qt::AlignTop);
    row->addLayout(words, 1);
    return header;
}

QWidget *ClientsDetails::makeBody()
{
    auto *body = new QWidget;
    auto *column = new QVBoxLayout(body);
    // Room for the scroll bar beside the marks.
    column->setContentsMargins(0, 0, kSpaceSmall, 0);
    column->setSpacing(kSpaceSmall);
    m_scopes->setSpacing(kSpaceSmall);
    column->addWidget(m_scopesTitle);
    column->addLayout(m_scopes);
    column->addSpacing(kSpaceTiny);
    column->addWidget(m_howLongTitle);
    column->addWidget(m_howLong);
    column->addSpacing(kSpaceSmall);
    column->addWidget(new Separator);
    column->addSpacing(kSpaceTiny);
    for (auto *fact : {m_account, m_created, m_target, m_registrar, m_program, m_clientId})
        column->addWidget(fact);
    column->addStretch(1);

    auto *area = new QScrollArea;
    area->setFrameShape(QFrame::NoFrame);
    area->setWidgetResizable(true);
    area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    area->setFocusPolicy(Qt::NoFocus);
    area->setWidget(body);
    return area;
}

void ClientsDetails::changeEvent(QEvent *event)
{
    Box::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        tintRevoke();
}

void ClientsDetails::tintRevoke()
{
    auto tinted = m_revoke->palette();
    tinted.setColor(QPalette::ButtonText, accentColor(Accent::Danger, palette()));
    m_revoke->setPalette(tinted);
}

void ClientsDetails::show(const ClientLine &client, Instant now)
{
    m_grant = client.grant;
    const auto name = shownText(client.clientName, kShownNameLength);
    showHeader(name, stateText(client, now));
    showScopes(client.scopes);
    m_howLong->setText(howLongText(client, now));
    showOrigin(client);
    for (auto *widget : {m_howLongTitle, m_howLong})
        widget->setVisible(true);
    m_revoke->setVisible(isAllowedNow(client.state));
    m_revoke->setAccessibleName(tr("Revoke access of %1").arg(name));
    m_unblock->setVisible(false);
}

void ClientsDetails::showHeader(const QString &name, const QString &state)
{
    m_tile->set(initials(name));
    m_name->setText(name);
    m_state->setText(state);
}

void ClientsDetails::showScopes(const QList<ScopeLine> &scopes)
{
    QStringList shown;
    for (const auto &scope : scopes)
        shown << scope.scope + u'\n' + scope.words + u'\n' + scope.api;
    m_scopesTitle->setVisible(!scopes.isEmpty());
    if (shown == m_shownScopes)
        return;
    m_shownScopes = shown;
    while (const std::unique_ptr<QLayoutItem> item{m_scopes->takeAt(0)})
        delete item->widget();
    QString api = scopes.isEmpty() ? QString() : scopes.first().api;
    const bool several =
        std::ranges::any_of(scopes, [&api](const ScopeLine &scope) { return scope.api != api; });
    api.clear();
    for (const auto &scope : scopes) {
        if (several && scope.api != api) {
            api = scope.api;
            auto *title = new TextLabel(nullptr, Tone::Second, TextSize::Second);
            title->setText(shownText(api));
            m_scopes->addWidget(title);
        }
        addScope(scope);
    }
}

void ClientsDetails::addScope(const ScopeLine &scope)
{
    auto *line = new QWidget;
    line->setObjectName(u"scope"_s);
    auto *words = new TextLabel;
    words->setText(shownText(scope.words));
    line->setAccessibleName(
        tr("%1, %2, %3").arg(words->text(), shownText(scope.api), EffectMark::word(scope.effect)));
    auto *row = new QHBoxLayout(line);
    row->setContentsMargins({});
    row->setSpacing(kSpaceSmall);
    row->addWidget(words, 1);
    row->addWidget(new EffectMark(scope.effect), 0, Qt::AlignTop);
    m_scopes->addWidget(line);
}

void ClientsDetails::showOrigin(const ClientLine &client)
{
    const auto account = shownText(client.account.name, kShownNameLength);
    m_account->set(client.account.email.isEmpty()
                       ? account
                       : tr("%1 (%2)").arg(account, shownText(client.account.email)));
    m_created->set(dateWords(client.createdAt));
    m_target->setCaption(client.isToken ? tr("Kind") : tr("Answers go to"));
    m_target->set(client.isToken ? tr("Personal access token")
                                 : shownText(client.redirectUri, kShownAddress));
    m_registrar->setCaption(client.isToken                      ? tr("Asked for by (not verified)")
                                : client.preRegistered          ? tr("Registered by")
                                : client.documentHost.isEmpty() ? tr("Registered by (not verified)")
                                                                : tr("Described at"));
    m_registrar->set(registrarText(client));
    m_program->set(client.registrar ? shownText(client.registrar->path, kShownAddress) : QString());
    m_clientId->set(shownText(client.client.value, kShownAddress));
}

void ClientsDetails::show(const BlockedLine &blocked, Instant now)
{
    m_blockedTarget = blocked.target;
    const auto name = shownText(blocked.clientName, kShownNameLength);
    showHeader(name, tr("Blocked since: %1").arg(endedText(blocked.since, now)));
    showScopes({});
    for (auto *widget : {m_howLongTitle, m_howLong})
        widget->setVisible(false);
    for (auto *fact : {m_account, m_created, m_registrar, m_program, m_clientId})
        fact->set({});
    m_target->setCaption(tr("Answers go to"));
    m_target->set(shownText(blocked.target, kShownAddress));
    m_revoke->setVisible(false);
    m_unblock->setVisible(true);
    m_unblock->setAccessibleName(tr("Unblock %1").arg(shownText(blocked.target)));
}

} // namespace gatehouse::ui
