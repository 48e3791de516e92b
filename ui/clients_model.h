// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ui/desk_state.h>

#include <QAbstractTableModel>
#include <QSet>
#include <QSortFilterProxyModel>

namespace gatehouse::ui {

enum class ClientCategory { AllowedNow, Ended, Blocked };

/// What a row's state looks like besides its word.
enum class StateMark { Connected, Allowed, EndsSoon, Paused, SignedOut, Over, Blocked };

/// One row as it is shown, so that equal rows look equal.
struct ClientRow {
    QString key; ///< names the row across snapshots
    ClientCategory category = ClientCategory::AllowedNow;
    QString name; ///< one line of at most 40 characters
    QString origin; ///< "Alice Martin · not verified"
    StateMark mark = StateMark::Allowed;
    QString state;
    QString used;
    QString ends;
    QString searched; ///< what the search field looks through

    friend bool operator==(const ClientRow &, const ClientRow &) = default;
};

[[nodiscard]] QString rowKey(const ClientLine &client);
[[nodiscard]] QString rowKey(const BlockedLine &blocked);

/// Clients and blocked targets of a snapshot as rows, in its order.
[[nodiscard]] QList<ClientRow> clientRows(const DeskState &state, Instant now);

/// The rows of the Clients page. Takes whole snapshots and tells its views only what differs, by
/// key, so that selection, scroll position and focus stay.
class ClientsModel final : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { Client, State, Ends, ColumnCount };
    enum Role { KeyRole = Qt::UserRole, CategoryRole, MarkRole, SecondLineRole, SearchRole };

    using QAbstractTableModel::QAbstractTableModel;

    void setRows(const QList<ClientRow> &rows);

    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation,
                                      int role) const override;

private:
    void removeMissing(const QList<ClientRow> &rows);
    void bringTo(int place, const ClientRow &row);
    [[nodiscard]] QString text(const ClientRow &row, int column) const;
    [[nodiscard]] QString secondLine(const ClientRow &row, int column) const;
    [[nodiscard]] QString spokenText(const ClientRow &row, int column) const;

    QList<ClientRow> m_rows;
};

/// Chooses rows by category and by what the person searches. Rows that they have just revoked stay
/// until they choose again, so that they can see what became of them.
class ClientsFilter final : public QSortFilterProxyModel {
    Q_OBJECT

public:
    explicit ClientsFilter(QObject *parent);

    void setCategory(ClientCategory category);
    void setSearch(const QString &search);
    /// Keeps a row in sight whatever its category becomes.
    void keep(const QString &key) { m_kept.insert(key); }

protected:
    [[nodiscard]] bool filterAcceptsRow(int row, const QModelIndex &parent) const override;

private:
    ClientCategory m_category = ClientCategory::AllowedNow;
    QString m_search;
    QSet<QString> m_kept;
};

} // namespace gatehouse::ui
