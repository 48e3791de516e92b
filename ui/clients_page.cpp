// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/clients_page.h>

#include <ui/clients_connect.h>
#include <ui/clients_delegate.h>
#include <ui/clients_details.h>
#include <ui/clients_words.h>

#include <QAction>
#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QShortcut>
#include <QStackedWidget>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>

namespace gatehouse::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qreal kDetailsWidth = 21; // em
constexpr qreal kStateWidth = 13; // em
constexpr qreal kEndsWidth = 10; // em
constexpr qreal kSearchWidth = 17; // em
constexpr qreal kConnectWidth = 46; // em
constexpr qreal kEmptyTextWidth = 36; // em
constexpr qreal kPictureSide = 5; // em
/// A quick start shows nothing in between.
constexpr auto kLoadingShownAfter = 200ms;

} // namespace

ClientsPage::ClientsPage(Desk &desk, DeskActions &actions, QWidget *parent)
    : QWidget(parent), m_desk(desk), m_actions(actions), m_model(new ClientsModel(this)),
      m_filter(new ClientsFilter(this)), m_search(new QLineEdit), m_categories(new QComboBox),
      m_connect(new QPushButton(tr("Connect a client…"))), m_views(new QStackedWidget),
      m_loading(new TextLabel(nullptr, Tone::Second)), m_tableOrNothing(new QStackedWidget),
      m_table(new QTreeView), m_nothingText(new TextLabel(nullptr, Tone::Second)),
      m_clearSearch(new QPushButton(tr("Clear search"))),
      m_count(new TextLabel(nullptr, Tone::Second, TextSize::Second)), m_revokeAll(new LinkButton),
      m_details(new ClientsDetails), m_emptyConnect(new ConnectPanel),
      m_connectPanel(new ConnectPanel)
{
    setObjectName(u"clientsPage"_s);
    setFocusProxy(m_table);
    m_filter->setSourceModel(m_model);
    m_listView = makeListView();
    m_empty = makeEmpty();
    m_loading->setAlignment(Qt::AlignCenter);
    m_loading->setObjectName(u"loading"_s);
    for (auto *view : {m_listView, m_empty, static_cast<QWidget *>(m_loading)})
        m_views->addWidget(view);

    auto *column = new QVBoxLayout(this);
    column->setContentsMargins({});
    column->setSpacing(kSpaceMedium);
    column->addWidget(makeHeader());
    column->addWidget(m_views, 1);

    m_connectWindow.setObjectName(u"connectWindow"_s);
    m_connectWindow.setWindowTitle(tr("Connect a client"));
    auto *connectColumn = new QVBoxLayout(&m_connectWindow);
    connectColumn->setContentsMargins(kSpaceWide, kSpaceWide, kSpaceWide, kSpaceWide);
    connectColumn->addWidget(m_connectPanel);
    connectColumn->setSizeConstraint(QLayout::SetFixedSize);

    connectControls();
    refresh();
    desk.clock().after(kLoadingShownAfter, this, [this] {
        m_loadsLong = true;
        chooseView();
    });
}

QWidget *ClientsPage::makeHeader()
{
    auto *title = new TextLabel(nullptr, Tone::Text, TextSize::PageTitle, QFont::DemiBold);
    title->setText(tr("Clients"));
    title->setWordWrap(false);
    m_search->setObjectName(u"search"_s);
    m_search->setPlaceholderText(tr("Search clients"));
    m_search->setAccessibleName(tr("Search clients"));
    m_search->setClearButtonEnabled(true);
    m_search->addAction(symbolIcon(Symbol::Search), QLineEdit::LeadingPosition);
    m_search->setFixedWidth(em(kSearchWidth));
    m_categories->setObjectName(u"categories"_s);
    m_categories->setAccessibleName(tr("Which clients are shown"));
    m_categories->addItem(tr("Allowed now"), QVariant::fromValue(ClientCategory::AllowedNow));
    m_categories->addItem(tr("Ended"), QVariant::fromValue(ClientCategory::Ended));
    m_categories->addItem(tr("Blocked"), QVariant::fromValue(ClientCategory::Blocked));
    m_connect->setObjectName(u"connect"_s);

    auto *header = new QWidget;
    auto *row = new QHBoxLayout(header);
    row->setContentsMargins({});
    row->setSpacing(kSpaceSmall);
    row->addWidget(title);
    row->addStretch(1);
    for (QWidget *control : {static_cast<QWidget *>(m_search), static_cast<QWidget *>(m_categories),
                             static_cast<QWidget *>(m_connect)}) {
        control->setMinimumHeight(kControlHeight);
        row->addWidget(control);
    }
    return header;
}

QWidget *ClientsPage::makeListView()
{
    m_details->setFixedWidth(em(kDetailsWidth));
    m_details->setObjectName(u"details"_s);
    auto *view = new QWidget;
    auto *row = new QHBoxLayout(view);
    row->setContentsMargins({});
    row->setSpacing(kSpaceLarge);
    row->addWidget(makeTable(), 1);
    row->addWidget(m_details);
    return view;
}

QWidget *ClientsPage::makeTable()
{
    setUpTable();
    auto *frame = new Box(nullptr, Box::Ground::Base);
    auto *framed = new QVBoxLayout(frame);
    framed->setContentsMargins(2, 2, 2, 2);
    framed->addWidget(m_table);
    m_tableOrNothing->addWidget(frame);
    m_tableOrNothing->addWidget(makeNothing());
    m_count->setObjectName(u"count"_s);
    m_revokeAll->setObjectName(u"revokeAll"_s);
    m_revokeAll->setText(tr("Revoke all…"));

    auto *part = new QWidget;
    auto *footer = new QHBoxLayout;
    footer->addWidget(m_count, 1);
    footer->addWidget(m_revokeAll);
    auto *column = new QVBoxLayout(part);
    column->setContentsMargins({});
    column->setSpacing(kSpaceSmall);
    column->addWidget(m_tableOrNothing, 1);
    column->addLayout(footer);
    return part;
}

void ClientsPage::setUpTable()
{
    m_table->setObjectName(u"clients"_s);
    m_table->setAccessibleName(tr("Clients"));
    m_table->setModel(m_filter);
    m_table->setItemDelegate(new ClientsDelegate(m_table));
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setRootIsDecorated(false);
    m_table->setItemsExpandable(false);
    m_table->setUniformRowHeights(true);
    m_table->setAllColumnsShowFocus(true);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_table->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    auto *header = m_table->header();
    header->setStretchLastSection(false);
    header->setSectionsMovable(false);
    header->setDefaultAlignment(Qt::AlignLeading | Qt::AlignVCenter);
    header->setFixedHeight(std::max(kControlHeight, header->fontMetrics().height() + kSpaceSmall));
    header->setSectionResizeMode(ClientsModel::Client, QHeaderView::Stretch);
    header->resizeSection(ClientsModel::State, em(kStateWidth));
    header->resizeSection(ClientsModel::Ends, em(kEndsWidth));
}

QWidget *ClientsPage::makeNothing()
{
    m_nothingText->setObjectName(u"nothing"_s);
    m_nothingText->setAlignment(Qt::AlignCenter);
    m_clearSearch->setObjectName(u"clearSearch"_s);
    m_clearSearch->setMinimumHeight(kControlHeight);
    auto *nothing = new Box(nullptr, Box::Ground::Base);
    auto *column = new QVBoxLayout(nothing);
    column->setSpacing(kSpaceLarge);
    column->addStretch(1);
    column->addWidget(m_nothingText);
    column->addWidget(m_clearSearch, 0, Qt::AlignHCenter);
    column->addStretch(1);
    return nothing;
}

QWidget *ClientsPage::makeEmpty()
{
    auto *box = new Box(nullptr, Box::Ground::Base);
    box->setObjectName(u"empty"_s);
    auto *title = new TextLabel(nullptr, Tone::Text, TextSize::Headline, QFont::DemiBold);
    title->setObjectName(u"emptyTitle"_s);
    title->setText(tr("No client may act for you yet"));
    auto *text = new TextLabel(nullptr, Tone::Second);
    text->setObjectName(u"emptyText"_s);
    text->setText(tr("Connect an AI client. When it asks for access, a window opens here and "
                     "nothing happens until you answer."));
    auto *inner = new QWidget;
    auto *innerColumn = new QVBoxLayout(inner);
    innerColumn->setContentsMargins({});
    innerColumn->setSpacing(kSpaceSmall);
    auto *picture = new QLabel;
    const int side = em(kPictureSide);
    picture->setPixmap(programIcon().pixmap(QSize(side, side), devicePixelRatioF()));
    picture->setAlignment(Qt::AlignHCenter);
    picture->setTextFormat(Qt::PlainText);
    innerColumn->addWidget(picture);
    innerColumn->addSpacing(kSpaceMedium);
    for (auto *label : {title, text}) {
        label->setAlignment(Qt::AlignHCenter);
        label->setFixedWidth(em(kEmptyTextWidth));
        innerColumn->addWidget(label, 0, Qt::AlignHCenter);
    }
    innerColumn->addSpacing(kSpaceWide);
    innerColumn->addWidget(m_emptyConnect);

    auto *centred = new QWidget;
    auto *column = new QVBoxLayout(centred);
    column->setContentsMargins(kSpaceWide, kSpaceWide, kSpaceWide, kSpaceWide);
    auto *row = new QHBoxLayout;
    row->addStretch(1);
    row->addWidget(inner);
    row->addStretch(1);
    column->addStretch(1);
    column->addLayout(row);
    column->addStretch(1);

    // Where large text meets a small screen.
    auto *scroll = new QScrollArea;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(centred);
    scroll->viewport()->setAutoFillBackground(false);
    centred->setAutoFillBackground(false);
    auto *framed = new QVBoxLayout(box);
    framed->setContentsMargins(1, 1, 1, 1);
    framed->addWidget(scroll);
    return box;
}

void ClientsPage::connectControls()
{
    connect(&m_desk, &Desk::stateChanged, this, &ClientsPage::refresh);
    connect(&m_actions, &DeskActions::revoked, this, [this](const GrantId &grant) {
        ClientLine line;
        line.grant = grant;
        m_filter->keep(rowKey(line));
    });
    connect(m_search, &QLineEdit::textChanged, this, [this](const QString &text) {
        m_filter->setSearch(text);
        chooseView();
    });
    connect(m_categories, &QComboBox::currentIndexChanged, this, [this] {
        m_filter->setCategory(category());
        chooseView();
    });
    connect(m_connect, &QPushButton::clicked, this, &ClientsPage::showConnect);
    connect(m_clearSearch, &QPushButton::clicked, this, [this] {
        m_search->clear();
        m_search->setFocus();
    });
    connect(m_revokeAll, &QAbstractButton::clicked, &m_actions, &DeskActions::revokeAll);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            &ClientsPage::showDetails);
    connect(m_details, &ClientsDetails::revokeWanted, &m_actions, &DeskActions::revoke);
    connect(m_details, &ClientsDetails::unblockWanted, &m_actions, &DeskActions::unblock);
    connect(new QShortcut(QKeySequence::Delete, m_table, nullptr, nullptr, Qt::WidgetShortcut),
            &QShortcut::activated, this, &ClientsPage::revokeCurrent);
}

void ClientsPage::refresh()
{
    const auto &state = m_desk.state();
    m_model->setRows(clientRows(state, m_desk.clock().now()));
    const int allowed = allowedNow(state);
    m_count->setText(allowed == 1 ? tr("1 client may act for you.")
                                  : tr("%n clients may act for you.", nullptr, allowed));
    m_count->setVisible(allowed > 0);
    m_revokeAll->setVisible(allowed > 0);
    for (auto *panel : {m_emptyConnect, m_connectPanel}) {
        panel->setPort(state.port);
        panel->setFixedWidth(std::max(em(kConnectWidth), panel->leastWidth()));
    }
    chooseView();
}

void ClientsPage::chooseView()
{
    const auto &state = m_desk.state();
    const bool hasRows = m_model->rowCount() > 0;
    for (auto *control : {static_cast<QWidget *>(m_search), static_cast<QWidget *>(m_categories),
                          static_cast<QWidget *>(m_connect)})
        control->setVisible(hasRows);
    if (hasRows) {
        m_views->setCurrentWidget(m_listView);
        showNothing();
        showDetails();
    } else if (state.running) {
        m_views->setCurrentWidget(m_empty);
    } else {
        const bool starting = state.trouble.kind == TroubleKind::None;
        m_loading->setText(starting && m_loadsLong ? tr("Loading…") : QString());
        m_views->setCurrentWidget(m_loading);
    }
}

void ClientsPage::showNothing()
{
    const bool searches = !m_search->text().trimmed().isEmpty();
    m_clearSearch->setVisible(searches);
    if (searches)
        m_nothingText->setText(tr("Nothing matches \"%1\".").arg(m_search->text().trimmed()));
    else if (category() == ClientCategory::AllowedNow)
        m_nothingText->setText(tr("No client may act for you now."));
    else if (category() == ClientCategory::Ended)
        m_nothingText->setText(tr("No access has ended in the last 7 days."));
    else
        m_nothingText->setText(tr("You have blocked nothing."));
    m_tableOrNothing->setCurrentIndex(m_filter->rowCount() > 0 ? 0 : 1);
}

void ClientsPage::showDetails()
{
    if (!m_table->currentIndex().isValid() && m_filter->rowCount() > 0)
        m_table->setCurrentIndex(m_filter->index(0, 0));
    const auto key = currentKey();
    const auto &state = m_desk.state();
    const auto now = m_desk.clock().now();
    for (const auto &client : state.clients)
        if (rowKey(client) == key)
            m_details->show(client, now);
    for (const auto &blocked : state.blocked)
        if (rowKey(blocked) == key)
            m_details->show(blocked, now);
    m_details->setVisible(!key.isEmpty());
}

void ClientsPage::revokeCurrent()
{
    const auto key = currentKey();
    for (const auto &client : m_desk.state().clients)
        if (rowKey(client) == key && isAllowedNow(client.state)) {
            m_actions.revoke(client.grant);
            return;
        }
}

void ClientsPage::showConnect()
{
    m_connectWindow.show();
    m_connectWindow.raise();
    m_connectWindow.activateWindow();
}

void ClientsPage::focusSearch()
{
    m_search->setFocus(Qt::ShortcutFocusReason);
    m_search->selectAll();
}

QString ClientsPage::currentKey() const
{
    return m_table->currentIndex().data(ClientsModel::KeyRole).toString();
}

ClientCategory ClientsPage::category() const
{
    return m_categories->currentData().value<ClientCategory>();
}

} // namespace gatehouse::ui
