// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ui/clients_model.h>
#include <ui/desk_actions.h>

class QComboBox;
class QLineEdit;
class QPushButton;
class QStackedWidget;
class QTreeView;

namespace gatehouse::ui {

class ClientsDetails;
class ConnectPanel;
class LinkButton;
class TextLabel;

/// Who may act for the person: the list, what one of them may do, and the end of it. Takes whole
/// snapshots; what the person selected, searched and scrolled to stays.
class ClientsPage final : public QWidget {
    Q_OBJECT

public:
    ClientsPage(Desk &desk, DeskActions &actions, QWidget *parent = nullptr);

    /// Shows the newest state, and times as of now.
    void refresh();
    /// How a client is connected, in a window of its own.
    void showConnect();
    void focusSearch();

private:
    [[nodiscard]] QWidget *makeHeader();
    [[nodiscard]] QWidget *makeListView();
    [[nodiscard]] QWidget *makeTable();
    [[nodiscard]] QWidget *makeNothing();
    [[nodiscard]] QWidget *makeEmpty();
    void setUpTable();
    void connectControls();
    void chooseView();
    void showNothing();
    void showDetails();
    void revokeCurrent();
    [[nodiscard]] QString currentKey() const;
    [[nodiscard]] ClientCategory category() const;

    Desk &m_desk;
    DeskActions &m_actions;
    ClientsModel *m_model;
    ClientsFilter *m_filter;
    QLineEdit *m_search;
    QComboBox *m_categories;
    QPushButton *m_connect;
    QStackedWidget *m_views;
    QWidget *m_listView;
    QWidget *m_empty;
    TextLabel *m_loading;
    QStackedWidget *m_tableOrNothing; ///< in this order
    QTreeView *m_table;
    TextLabel *m_nothingText;
    QPushButton *m_clearSearch;
    TextLabel *m_count;
    LinkButton *m_revokeAll;
    ClientsDetails *m_details;
    ConnectPanel *m_emptyConnect;
    ConnectPanel *m_connectPanel;
    QWidget m_connectWindow;
    bool m_loadsLong = false;
};

} // namespace gatehouse::ui
