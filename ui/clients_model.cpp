// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/clients_model.h>

#include <base/text.h>
#include <ui/clients_words.h>
#include <ui/request_words.h>

#include <algorithm>

namespace gatehouse::ui {

using namespace Qt::StringLiterals;

namespace {

StateMark markOf(ClientState state)
{
    switch (state) {
    case ClientState::Connected:
        return StateMark::Connected;
    case ClientState::Allowed:
        return StateMark::Allowed;
    case ClientState::EndsSoon:
        return StateMark::EndsSoon;
    case ClientState::Paused:
        return StateMark::Paused;
    case ClientState::SignedOut:
        return StateMark::SignedOut;
    case ClientState::Ended:
    case ClientState::Revoked:
        return StateMark::Over;
    }
    return StateMark::Over;
}

ClientRow clientRow(const ClientLine &client, Instant now)
{
    const bool allowed = isAllowedNow(client.state);
    const QString account = shownText(client.account.name, kShownNameLength);
    ClientRow row;
    row.key = rowKey(client);
    row.category = allowed ? ClientCategory::AllowedNow : ClientCategory::Ended;
    row.name = shownText(client.clientName, kShownNameLength);
    row.origin = client.preRegistered
        ? ClientsModel::tr("%1 · set up by your administrator").arg(account)
        : client.documentHost.isEmpty()
        ? ClientsModel::tr("%1 · not verified").arg(account)
        : ClientsModel::tr("%1 · described at %2").arg(account, shownHost(client.documentHost));
    row.mark = markOf(client.state);
    row.state = stateWord(client.state);
    row.used = usedText(client.lastUsedAt, now);
    row.ends = client.endedAt ? endedText(*client.endedAt, now) : endsText(client.expiresAt, now);
    row.searched = QStringList{row.name, account, client.account.email, row.state}.join(u'\n');
    return row;
}

ClientRow blockedRow(const BlockedLine &blocked, Instant now)
{
    ClientRow row;
    row.key = rowKey(blocked);
    row.category = ClientCategory::Blocked;
    row.name = shownText(blocked.clientName, kShownNameLength);
    row.origin = shownText(blocked.target);
    row.mark = StateMark::Blocked;
    row.state = ClientsModel::tr("Blocked");
    row.used = ClientsModel::tr("Since: %1").arg(endedText(blocked.since, now));
    row.ends = ClientsModel::tr("never");
    row.searched = QStringList{row.name, row.origin}.join(u'\n');
    return row;
}

} // namespace

QString rowKey(const ClientLine &client)
{
    return u"grant "_s + client.grant.value;
}

QString rowKey(const BlockedLine &blocked)
{
    return u"blocked "_s + blocked.target;
}

QList<ClientRow> clientRows(const DeskState &state, Instant now)
{
    QList<ClientRow> rows;
    for (const auto &client : state.clients)
        rows.append(clientRow(client, now));
    for (const auto &blocked : state.blocked)
        rows.append(blockedRow(blocked, now));
    return rows;
}

void ClientsModel::setRows(const QList<ClientRow> &rows)
{
    removeMissing(rows);
    for (int place = 0; place < rows.size(); ++place)
        bringTo(place, rows[place]);
}

void ClientsModel::removeMissing(const QList<ClientRow> &rows)
{
    QSet<QString> present;
    for (const auto &row : rows)
        present.insert(row.key);
    for (int place = int(m_rows.size()) - 1; place >= 0; --place) {
        if (present.contains(m_rows[place].key))
            continue;
        beginRemoveRows({}, place, place);
        m_rows.removeAt(place);
        endRemoveRows();
    }
}

/// Places below `place` are in order already, so the row stands there or further down, or is new.
void ClientsModel::bringTo(int place, const ClientRow &row)
{
    const auto found = std::find_if(m_rows.cbegin() + place, m_rows.cend(),
                                    [&row](const ClientRow &old) { return old.key == row.key; });
    if (found == m_rows.cend()) {
        beginInsertRows({}, place, place);
        m_rows.insert(place, row);
        endInsertRows();
        return;
    }
    const int from = int(found - m_rows.cbegin());
    if (from != place) {
        beginMoveRows({}, from, from, {}, place);
        m_rows.move(from, place);
        endMoveRows();
    }
    if (m_rows[place] != row) {
        m_rows[place] = row;
        Q_EMIT dataChanged(index(place, 0), index(place, ColumnCount - 1));
    }
}

int ClientsModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

int ClientsModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant ClientsModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const auto &row = m_rows[index.row()];
    switch (role) {
    case Qt::DisplayRole:
        return text(row, index.column());
    case Qt::AccessibleTextRole:
        return spokenText(row, index.column());
    case KeyRole:
        return row.key;
    case CategoryRole:
        return QVariant::fromValue(row.category);
    case MarkRole:
        return QVariant::fromValue(row.mark);
    case SecondLineRole:
        return secondLine(row, index.column());
    case SearchRole:
        return row.searched;
    default:
        return {};
    }
}

QString ClientsModel::text(const ClientRow &row, int column) const
{
    switch (column) {
    case Client:
        return row.name;
    case State:
        return row.state;
    default:
        return row.ends;
    }
}

QString ClientsModel::secondLine(const ClientRow &row, int column) const
{
    switch (column) {
    case Client:
        return row.origin;
    case State:
        return row.used;
    default:
        return {};
    }
}

QString ClientsModel::spokenText(const ClientRow &row, int column) const
{
    const QString second = secondLine(row, column);
    return second.isEmpty() ? tr("Ends: %1").arg(row.ends)
                            : tr("%1, %2").arg(text(row, column), second);
}

QVariant ClientsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Client:
        return tr("Client");
    case State:
        return tr("State");
    default:
        return tr("Ends");
    }
}

ClientsFilter::ClientsFilter(QObject *parent) : QSortFilterProxyModel(parent) { }

void ClientsFilter::setCategory(ClientCategory category)
{
    m_category = category;
    m_kept.clear();
    invalidateFilter();
}

void ClientsFilter::setSearch(const QString &search)
{
    m_search = search.trimmed();
    m_kept.clear();
    invalidateFilter();
}

bool ClientsFilter::filterAcceptsRow(int row, const QModelIndex &parent) const
{
    const auto index = sourceModel()->index(row, 0, parent);
    const bool chosen = m_kept.contains(index.data(ClientsModel::KeyRole).toString())
        || index.data(ClientsModel::CategoryRole).value<ClientCategory>() == m_category;
    return chosen
        && index.data(ClientsModel::SearchRole).toString().contains(m_search, Qt::CaseInsensitive);
}

} // namespace gatehouse::ui
