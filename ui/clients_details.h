// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ui/desk_state.h>
#include <ui/look_widgets.h>

class QLineEdit;
class QPushButton;
class QVBoxLayout;

namespace gatehouse::ui {

/// A caption and below it what came from outside, in one line that can be selected and copied.
class FactLine final : public QWidget {
    Q_OBJECT

public:
    FactLine(const QString &name, const QString &caption, QWidget *parent = nullptr);
    void setCaption(const QString &caption);
    /// Hides itself when there is nothing to show.
    void set(const QString &value);

private:
    TextLabel *m_caption;
    QLineEdit *m_value;
};

/// What one client may do, for how long, and where it comes from; or why a target is blocked.
/// Changes in place, so that a selection in its text stays.
class ClientsDetails final : public Box {
    Q_OBJECT

public:
    explicit ClientsDetails(QWidget *parent = nullptr);

    void show(const ClientLine &client, Instant now);
    void show(const BlockedLine &blocked, Instant now);

Q_SIGNALS:
    void revokeWanted(const gatehouse::GrantId &grant);
    void unblockWanted(const QString &target);

protected:
    void changeEvent(QEvent *event) override;

private:
    [[nodiscard]] QWidget *makeHeader();
    [[nodiscard]] QWidget *makeBody();
    void tintRevoke();
    void showHeader(const QString &name, const QString &state);
    void showScopes(const QList<ScopeLine> &scopes);
    void addScope(const ScopeLine &scope);
    void showOrigin(const ClientLine &client);

    Tile *m_tile;
    TextLabel *m_name;
    TextLabel *m_state;
    TextLabel *m_scopesTitle;
    QVBoxLayout *m_scopes;
    QStringList m_shownScopes;
    TextLabel *m_howLongTitle;
    TextLabel *m_howLong;
    FactLine *m_account;
    FactLine *m_created;
    FactLine *m_target;
    FactLine *m_registrar;
    FactLine *m_program;
    FactLine *m_clientId;
    QPushButton *m_revoke;
    QPushButton *m_unblock;
    GrantId m_grant;
    QString m_blockedTarget;
};

} // namespace gatehouse::ui
