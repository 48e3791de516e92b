// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/notifier.h>

#include <base/text.h>
#include <ui/request_words.h>

#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusServiceWatcher>

#include <algorithm>

namespace gatehouse::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kMaxSingle = 3; ///< more requests than this share one notification
constexpr uchar kNormalUrgency = 1;
constexpr int kServersOwnTimeout = -1;

constexpr auto kService = "org.freedesktop.Notifications"_L1;
constexpr auto kPath = "/org/freedesktop/Notifications"_L1;
constexpr auto kReview = "review"_L1;
constexpr auto kDeny = "deny"_L1;
constexpr auto kShow = "show"_L1;
constexpr auto kSignIn = "signin"_L1;
/// Desktop Notifications Specification §3.2: a click on the notification itself.
constexpr auto kDefault = "default"_L1;

QDBusMessage call(const QString &method)
{
    return QDBusMessage::createMethodCall(kService, kPath, kService, method);
}

QStringList namesOf(const QList<AccessRequest> &requests)
{
    QStringList names;
    for (const auto &request : requests)
        names << shownName(request);
    names.removeDuplicates();
    return names;
}

QString summaryBody(const QStringList &names)
{
    switch (names.size()) {
    case 1:
        return Notifier::tr("All come from %1.").arg(names[0]);
    case 2:
        return Notifier::tr("%1 and %2.").arg(names[0], names[1]);
    default:
        return Notifier::tr("%1, %2 and others.").arg(names[0], names[1]);
    }
}

} // namespace

QHash<QString, Notice> noticesFor(const QList<AccessRequest> &requests)
{
    if (requests.size() > kMaxSingle)
        return {{u"summary"_s,
                 {Notifier::tr("%n requests are waiting", nullptr, int(requests.size())),
                  summaryBody(namesOf(requests))}}};
    QHash<QString, Notice> notices;
    for (const auto &request : requests) {
        const auto name = shownName(request);
        notices.insert(u"request "_s + request.id.value,
                       {request.targetKind == TargetKind::Terminal
                            ? Notifier::tr("A terminal asks for an access token")
                            : Notifier::tr("%1 asks to act for you").arg(name),
                        Notifier::tr("Nothing happens until you answer in Gatehouse."),
                        request.id});
    }
    return notices;
}

QHash<QString, Notice> noticesFor(const QList<ClientLine> &clients, Instant since)
{
    QHash<QString, Notice> notices;
    for (const auto &client : clients) {
        if (client.misused && client.endedAt && *client.endedAt > since) {
            notices.insert(
                u"misuse "_s + client.grant.value,
                {Notifier::tr("%1 was shut out")
                     .arg(shownText(client.clientName, kShownNameLength)),
                 Notifier::tr("An old token was used again. Someone may have copied it."),
                 {},
                 Notice::About::Misuse});
        }
    }
    return notices;
}

QHash<QString, Notice> noticesFor(const QList<AccountLine> &accounts)
{
    QHash<QString, Notice> notices;
    for (const auto &account : accounts) {
        if (account.endedByTenant) {
            notices.insert(
                u"signed out "_s + account.id.value,
                {Notifier::tr("%1 was signed out").arg(shownText(account.name, kShownNameLength)),
                 Notifier::tr(
                     "Clients stay allowed, but their calls fail until you sign in again."),
                 {},
                 Notice::About::SignedOut});
        }
    }
    return notices;
}

Notifier::Notifier(Desk &desk, QDBusConnection bus, QObject *parent)
    : QObject(parent), m_desk(desk), m_bus(std::move(bus)), m_since(desk.clock().now())
{
    connect(&desk, &Desk::stateChanged, this, &Notifier::update);
    if (!m_bus.isConnected())
        return;
    connectSignals();
    auto *watcher =
        new QDBusServiceWatcher(kService, m_bus, QDBusServiceWatcher::WatchForOwnerChange, this);
    connect(watcher, &QDBusServiceWatcher::serviceUnregistered, this, &Notifier::onServiceGone);
    connect(watcher, &QDBusServiceWatcher::serviceRegistered, this, &Notifier::askCapabilities);
    askCapabilities();
}

Notifier::~Notifier()
{
    for (const auto &sent : std::as_const(m_sent))
        close(sent.id);
}

void Notifier::connectSignals()
{
    m_bus.connect(kService, kPath, kService, u"ActionInvoked"_s, this,
                  SLOT(onActionInvoked(uint, QString)));
    m_bus.connect(kService, kPath, kService, u"ActivationToken"_s, this,
                  SLOT(onActivationToken(uint, QString)));
    m_bus.connect(kService, kPath, kService, u"NotificationClosed"_s, this, SLOT(onClosed(uint)));
}

/// Starts the service where the bus can; where there is none the error is the answer.
void Notifier::askCapabilities()
{
    auto *watcher = new QDBusPendingCallWatcher(m_bus.asyncCall(call(u"GetCapabilities"_s)), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher] {
        watcher->deleteLater();
        if (watcher->isError())
            return;
        m_capabilities = watcher->reply().arguments().value(0).toStringList();
        update();
    });
}

void Notifier::onServiceGone()
{
    m_capabilities.reset();
    m_sent.clear();
}

void Notifier::update()
{
    if (!m_capabilities)
        return;
    auto notices = noticesFor(m_desk.state().requests);
    notices.insert(noticesFor(m_desk.state().clients, m_since));
    notices.insert(noticesFor(m_desk.state().accounts));
    for (const auto &key : m_sent.keys())
        if (!notices.contains(key))
            withdraw(key);
    for (auto notice = notices.cbegin(); notice != notices.cend(); ++notice)
        show(notice.key(), notice.value());
}

void Notifier::show(const QString &key, const Notice &notice)
{
    auto &sent = m_sent[key];
    sent.withdrawn = false;
    if (sent.notice == notice)
        return;
    sent.notice = notice;
    // While the service still owes the id, onSent() notices that the text has changed.
    if (!sent.awaitsId)
        send(key);
}

void Notifier::send(const QString &key)
{
    auto &sent = m_sent[key];
    sent.awaitsId = true;
    const auto &notice = sent.notice;
    const bool markup = m_capabilities->contains("body-markup"_L1);
    const QVariantMap hints{{u"urgency"_s, QVariant::fromValue(kNormalUrgency)},
                            {u"desktop-entry"_s, u"gatehouse"_s},
                            {u"suppress-sound"_s, true}};
    auto message = call(u"Notify"_s);
    message << tr("Gatehouse") << sent.id << u"gatehouse"_s << notice.title
            << (markup ? notice.body.toHtmlEscaped() : notice.body) << actionsOf(notice) << hints
            << kServersOwnTimeout;
    auto *watcher = new QDBusPendingCallWatcher(m_bus.asyncCall(message), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, key, notice, watcher] {
        watcher->deleteLater();
        onSent(key, notice, watcher->reply());
    });
}

void Notifier::onSent(const QString &key, const Notice &notice, const QDBusMessage &answer)
{
    const uint id =
        answer.type() == QDBusMessage::ReplyMessage ? answer.arguments().value(0).toUInt() : 0;
    const auto sent = m_sent.find(key);
    if (sent == m_sent.end()) {
        close(id);
        return;
    }
    sent->awaitsId = false;
    sent->id = id;
    if (sent->withdrawn) {
        close(id);
        m_sent.erase(sent);
    } else if (id != 0 && sent->notice != notice) {
        send(key);
    }
}

void Notifier::withdraw(const QString &key)
{
    auto &sent = m_sent[key];
    sent.withdrawn = true;
    if (sent.awaitsId)
        return;
    close(sent.id);
    m_sent.remove(key);
}

void Notifier::close(uint id)
{
    if (id != 0)
        m_bus.asyncCall(call(u"CloseNotification"_s) << id);
}

QStringList Notifier::actionsOf(const Notice &notice) const
{
    if (!m_capabilities->contains("actions"_L1))
        return {};
    if (notice.about == Notice::About::Misuse)
        return {kDefault, tr("Show…"), kShow, tr("Show…")};
    if (notice.about == Notice::About::SignedOut)
        return {kDefault, tr("Sign in…"), kSignIn, tr("Sign in…")};
    QStringList actions{kDefault, tr("Review…"), kReview, tr("Review…")};
    if (notice.request)
        actions << kDeny << tr("Deny");
    return actions;
}

std::optional<Notice> Notifier::noticeOf(uint id) const
{
    const auto sent = std::ranges::find(m_sent, id, &Sent::id);
    return id != 0 && sent != m_sent.end() ? std::optional(sent->notice) : std::nullopt;
}

void Notifier::onActivationToken(uint id, const QString &token)
{
    if (noticeOf(id))
        m_token = token;
}

void Notifier::onActionInvoked(uint id, const QString &action)
{
    const auto notice = noticeOf(id);
    if (!notice)
        return;
    const auto token = std::exchange(m_token, {});
    if (notice->about == Notice::About::Misuse)
        Q_EMIT clientsWanted();
    else if (notice->about == Notice::About::SignedOut)
        Q_EMIT signInWanted();
    else if (action == kDeny && notice->request)
        Q_EMIT denied(*notice->request);
    else if (action == kReview || action == kDefault)
        Q_EMIT reviewWanted(notice->request.value_or(InteractionId()), token);
}

void Notifier::onClosed(uint id)
{
    const auto sent = std::ranges::find(m_sent, id, &Sent::id);
    if (id != 0 && sent != m_sent.end())
        sent->id = 0;
}

} // namespace gatehouse::ui
