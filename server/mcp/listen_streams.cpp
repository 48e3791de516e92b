// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/listen_streams.h>

#include <mcp/wire.h>

#include <QJsonArray>

#include <algorithm>
#include <array>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

namespace {

struct ListName {
    ListKind kind;
    QLatin1String filter; ///< in the request
    QLatin1String notification;
};

constexpr std::array kLists{
    ListName{ListKind::Tools, "toolsListChanged"_L1, "notifications/tools/list_changed"_L1},
    ListName{ListKind::Prompts, "promptsListChanged"_L1, "notifications/prompts/list_changed"_L1},
    ListName{ListKind::Resources, "resourcesListChanged"_L1,
             "notifications/resources/list_changed"_L1},
};

constexpr auto kSubscriptionId = "io.modelcontextprotocol/subscriptionId"_L1;

} // namespace

QString listChangedMethod(ListKind kind)
{
    const auto *const found = std::find_if(kLists.begin(), kLists.end(),
                                           [kind](const ListName &n) { return n.kind == kind; });
    return found->notification;
}

void ListenStreams::open(const RpcRequest &request, const GrantId &grant, http::Reply reply)
{
    const auto isOfGrant = [&](const Listener &listener) { return listener.grant == grant; };
    if (std::count_if(m_listeners.begin(), m_listeners.end(),
                      [&](const auto &each) { return isOfGrant(*each); })
        >= kMostPerGrant)
        endIf(isOfGrant, 1);

    auto listener = std::make_unique<Listener>(Listener{request.id, grant, {}, {}, nullptr});
    const auto agreed = honoured(request.params.value("notifications"_L1).toObject(), *listener);
    listener->stream = reply.beginStream(eventStreamHead({}));
    if (!listener->stream->isOpen())
        return;
    const auto *const stream = listener->stream.get();
    connect(stream, &http::Stream::closed, this, [this, stream] { drop(stream); });
    tell(*listener, u"notifications/subscriptions/acknowledged"_s, {{u"notifications"_s, agreed}});
    m_listeners.push_back(std::move(listener));
    m_heartbeat.start();
    Q_EMIT changed();
}

void ListenStreams::tellListChanged(ListKind kind)
{
    for (const auto &listener : m_listeners) {
        if (listener->lists.contains(kind))
            tell(*listener, listChangedMethod(kind), {});
    }
}

void ListenStreams::tellUpdated(const QString &uri, const GrantId &grant)
{
    for (const auto &listener : m_listeners) {
        if (listener->uris.contains(uri) && (grant.isEmpty() || listener->grant == grant))
            tell(*listener, u"notifications/resources/updated"_s, {{u"uri"_s, uri}});
    }
}

void ListenStreams::beat()
{
    for (const auto &listener : m_listeners)
        listener->stream->write(": ping\n\n");
}

void ListenStreams::endGrant(const GrantId &grant)
{
    endIf([&](const Listener &listener) { return listener.grant == grant; },
          qsizetype(m_listeners.size()));
}

void ListenStreams::endAll()
{
    endIf([](const Listener &) { return true; }, qsizetype(m_listeners.size()));
}

QSet<GrantId> ListenStreams::grants() const
{
    QSet<GrantId> grants;
    for (const auto &listener : m_listeners)
        grants.insert(listener->grant);
    return grants;
}

/// The part of the filter that can be kept, in the words of the request.
QJsonObject ListenStreams::honoured(const QJsonObject &asked, Listener &listener) const
{
    QJsonObject agreed;
    for (const auto &list : kLists) {
        if (asked.value(list.filter).toBool()) {
            listener.lists.insert(list.kind);
            agreed.insert(list.filter, true);
        }
    }
    QJsonArray uris;
    const auto wanted = asked.value("resourceSubscriptions"_L1).toArray();
    for (const auto &each : wanted) {
        const auto uri = each.toString();
        // Of the URIs that templates make none is announced.
        if (listener.uris.size() < kMostUris && !listener.uris.contains(uri)
            && m_features.findResource(uri) != nullptr) {
            listener.uris.insert(uri);
            uris.append(uri);
        }
    }
    if (!uris.isEmpty())
        agreed.insert(u"resourceSubscriptions"_s, uris);
    return agreed;
}

void ListenStreams::tell(const Listener &listener, const QString &method, QJsonObject params)
{
    params.insert(u"_meta"_s, QJsonObject{{kSubscriptionId, listener.id.toJson()}});
    listener.stream->write(
        sseEvent("message", toWire(rpcNotification(method, params), kStateless)));
}

void ListenStreams::endIf(const std::function<bool(const Listener &)> &matches, qsizetype atMost)
{
    auto place = m_listeners.begin();
    while (place != m_listeners.end() && atMost > 0) {
        if (!matches(**place)) {
            ++place;
            continue;
        }
        const auto listener = std::move(*place);
        place = m_listeners.erase(place);
        --atMost;
        listener->stream->disconnect(this);
        const QJsonObject result{
            {u"_meta"_s, QJsonObject{{kSubscriptionId, listener->id.toJson()}}}};
        listener->stream->write(
            sseEvent("message",
                     toWire(rpcResult(listener->id, completed(result, m_server, kStateless)),
                            kStateless, u"subscriptions/listen"_s)));
        listener->stream->close();
        listener->stream.release()->deleteLater(); // this may come from within one of its calls
        Q_EMIT changed();
    }
}

void ListenStreams::drop(const http::Stream *stream)
{
    const auto found =
        std::find_if(m_listeners.begin(), m_listeners.end(),
                     [stream](const auto &each) { return each->stream.get() == stream; });
    if (found == m_listeners.end())
        return;
    (*found)->stream.release()->deleteLater(); // it is in the middle of its own signal
    m_listeners.erase(found);
    Q_EMIT changed();
}

} // namespace gatehouse::mcp
