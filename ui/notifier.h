// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ui/desk.h>

#include <QDBusConnection>
#include <QHash>

class QDBusMessage;

namespace gatehouse::ui {

/// One notification as it stands on the desktop. Lock screens show it, so it says who asks, but
/// never a code, a permission or an argument.
struct Notice {
    enum class About { Requests, Misuse, SignedOut };

    QString title;
    QString body;
    std::optional<InteractionId> request = {}; ///< empty: about several, or none
    About about = About::Requests;

    friend bool operator==(const Notice &, const Notice &) = default;
};

/// Notifications for the requests that wait, by key: one each, or one for all of more than three.
[[nodiscard]] QHash<QString, Notice> noticesFor(const QList<AccessRequest> &requests);

/// One notification for each client that was shut out after `since` because an old token was used
/// again.
[[nodiscard]] QHash<QString, Notice> noticesFor(const QList<ClientLine> &clients, Instant since);

/// One notification for each account that the tenant has signed out.
[[nodiscard]] QHash<QString, Notice> noticesFor(const QList<AccountLine> &accounts);

/// Keeps the desktop's notifications in step with the requests that wait, with clients that were
/// shut out and accounts that were signed out, over org.freedesktop.Notifications. Nothing here
/// allows anything. Where the desktop has no such service the tray icon alone says that a request
/// waits. Lives as long as the windows.
class Notifier final : public QObject {
    Q_OBJECT

public:
    explicit Notifier(Desk &desk, QDBusConnection bus, QObject *parent = nullptr);
    ~Notifier() override;

Q_SIGNALS:
    /// The person wants to see this request, or all when empty. The token lets a window come
    /// forward; it is empty where the desktop gives none.
    void reviewWanted(const gatehouse::InteractionId &request, const QString &activationToken);
    /// The person wants to see the list of clients.
    void clientsWanted();
    /// The person wants to sign in again.
    void signInWanted();
    void denied(const gatehouse::InteractionId &request);

private Q_SLOTS:
    void onActionInvoked(uint id, const QString &action);
    void onActivationToken(uint id, const QString &token);
    void onClosed(uint id);

private:
    /// A notification that was sent. It has no id until the service has answered, and none once
    /// the person or the service has closed it: it does not come back.
    struct Sent {
        Notice notice;
        uint id = 0;
        bool awaitsId = false;
        bool withdrawn = false;
    };

    void connectSignals();
    void askCapabilities();
    void onServiceGone();
    void update();
    void show(const QString &key, const Notice &notice);
    void send(const QString &key);
    void onSent(const QString &key, const Notice &notice, const QDBusMessage &answer);
    void withdraw(const QString &key);
    void close(uint id);
    [[nodiscard]] QStringList actionsOf(const Notice &notice) const;
    [[nodiscard]] std::optional<Notice> noticeOf(uint id) const;

    Desk &m_desk;
    QDBusConnection m_bus;
    std::optional<QStringList> m_capabilities; ///< empty: no service, or not asked yet
    QHash<QString, Sent> m_sent;
    Instant m_since; ///< what ended before that is no news
    QString m_token; ///< for the action that is invoked next
};

} // namespace gatehouse::ui
