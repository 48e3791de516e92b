// SPDX-License-Identifier: GPL-3.0-or-later
#include <oauth/client_resolver.h>

#include <base/logging.h>
#include <base/text.h>
#include <oauth/client_metadata_document.h>
#include <store/client_store.h>

namespace gatehouse::oauth {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kRateWindow = 60s;
constexpr auto kLongestWithoutAnswer = 7 * 24h;
constexpr int kAddressInLog = 200;

PageError page(const QString &code, const QString &explanation, const QString &advice,
               const ClientId &id = {})
{
    return {code, u"This request cannot continue"_s, explanation, advice, {}, id.value};
}

PageError missing()
{
    return page(u"invalid_request"_s,
                u"The program did not say who it is (client_id is missing)."_s,
                u"Start again from the program."_s);
}

PageError unknown()
{
    return page(u"invalid_client"_s,
                u"Gatehouse does not know this program. Its registration may have expired, or it "
                "was made with another Gatehouse."_s,
                u"Remove the server from the program's settings and add it again."_s);
}

PageError unreadable(const Error &error)
{
    return page(u"server_error"_s, error.message, error.remedy);
}

PageError noPage()
{
    return page(u"invalid_request"_s, u"It was not opened as a page of its own."_s,
                u"Start again from the program."_s);
}

/// About the address, or about what it says of itself.
PageError unacceptable(const ClientId &id, const Error &error)
{
    return page(u"invalid_client"_s, error.message,
                u"Tell whoever makes the program. Nothing was shared."_s, id);
}

PageError unreachable(const ClientId &id, const Error &error)
{
    return page(u"temporarily_unavailable"_s, error.message, error.remedy, id);
}

PageError busy(const ClientId &id)
{
    return page(u"temporarily_unavailable"_s, u"Too many unknown programs ask at the same time."_s,
                u"Wait a minute, then start again from the program."_s, id);
}

bool isFresh(const store::Client &client, Instant now)
{
    return client.kind != store::ClientKind::MetadataDocument
        || (client.freshUntil && *client.freshUntil > now);
}

} // namespace

ClientResolver::ClientResolver(Deps deps, MetadataLimits limits, QObject *parent)
    : QObject(parent), m_deps(deps), m_limits(limits)
{
}

void ClientResolver::resolve(const ClientId &id, bool mayFetch, QObject *context,
                             Callback<store::Client, PageError> then)
{
    if (id.isEmpty())
        return then(fail(missing()));
    const auto stored = m_deps.clients.find(id);
    if (!stored)
        return then(fail(unreadable(stored.error())));
    if (*stored && isFresh(**stored, m_deps.clock.now()))
        return then(**stored);
    if (!isWebAddress(id))
        return then(fail(unknown()));
    const auto address = parseDocumentAddress(id);
    if (!address)
        return then(fail(unacceptable(id, address.error())));
    if (!mayFetch)
        return then(fail(noPage()));
    read(id, *address, *stored, context, std::move(then));
}

/// One reading of an address at a time: whoever asks meanwhile waits for the same answer.
void ClientResolver::read(const ClientId &id, const QUrl &address,
                          const std::optional<store::Client> &stored, QObject *context,
                          Callback<store::Client, PageError> then)
{
    const auto running = m_reading.find(id.value);
    if (running != m_reading.end())
        return running->second.add(context, std::move(then));
    if (!mayStartReading()) {
        qCInfo(lcOauth) << "too many client descriptions are read; refused"
                        << shownText(id.value, kAddressInLog);
        return then(withoutAnswer(stored, busy(id)));
    }
    m_reading[id.value].add(context, std::move(then));
    m_deps.documents.fetch(address, this,
                           [this, id, stored](const Result<ClientDocument> &document) {
                               auto waiters = std::move(m_reading.extract(id.value).mapped());
                               waiters.answer(accept(id, stored, document));
                           });
}

/// So that a web page cannot make a port scanner or a flood out of Gatehouse.
bool ClientResolver::mayStartReading()
{
    const auto now = m_deps.clock.now();
    while (!m_started.empty() && m_started.front() + kRateWindow <= now)
        m_started.pop_front();
    if (m_reading.size() >= m_limits.atOnce || m_started.size() >= m_limits.perMinute)
        return false;
    m_started.push_back(now);
    return true;
}

/// What is known of a client whose owner has taken its description away is not used again.
void ClientResolver::forget(store::Client client)
{
    client.freshUntil.reset();
    if (const auto forgotten = m_deps.clients.putDocument(client); !forgotten)
        qCWarning(lcOauth) << "an old client description stays:" << forgotten.error().message;
}

ClientResolver::Resolved ClientResolver::accept(const ClientId &id,
                                                const std::optional<store::Client> &stored,
                                                const Result<ClientDocument> &document)
{
    const auto shownId = shownText(id.value, kAddressInLog);
    if (!document) {
        qCInfo(lcOauth) << "no client description at" << shownId << document.error().detail;
        return withoutAnswer(stored, unreachable(id, document.error()));
    }
    auto client = parseClientDocument(id, document->body);
    if (!client) {
        // CIMD §4.4: nothing of it is kept, and what was known before is not used any more: its
        // owner has replaced it.
        qCInfo(lcOauth) << "client description refused:" << shownId << client.error().message;
        if (stored)
            forget(*stored);
        return fail(unacceptable(id, client.error()));
    }
    const auto now = m_deps.clock.now();
    client->createdAt = stored ? stored->createdAt : now;
    client->lastUsedAt = stored ? stored->lastUsedAt : std::nullopt;
    // An answer that must not be stored (no-store) is read anew each time; its record stays,
    // because it is the client's registration, which codes and tokens refer to.
    client->freshUntil = now + document->freshFor;
    if (const auto kept = keep(*client, !stored); !kept)
        return fail(unreadable(kept.error()));
    qCInfo(lcOauth) << "read client description" << shownId << shownText(client->name);
    return *std::move(client);
}

/// What is known is still used for a week when its address does not answer (RFC 9111 §4.2.4), if
/// the person has let this client in before: they can go on working on a bad network, and are asked
/// again anyway. It gives an attacker nothing: whoever can cut off the network could only keep up
/// redirect URIs that the owner had published and this person had used. A stranger's old
/// description is not used, and no refusal is outlived: an answer that is no valid description ends
/// it.
ClientResolver::Resolved ClientResolver::withoutAnswer(const std::optional<store::Client> &stored,
                                                       const PageError &error) const
{
    const bool isKnown = stored && stored->lastUsedAt && stored->freshUntil
        && m_deps.clock.now() < *stored->freshUntil + kLongestWithoutAnswer;
    if (isKnown)
        return *stored;
    return fail(error);
}

Result<std::monostate> ClientResolver::keep(const store::Client &client, bool isNew)
{
    const auto count = m_deps.clients.count(store::ClientKind::MetadataDocument);
    if (!count)
        return fail(count.error());
    if (isNew && *count >= m_limits.stored) {
        const auto dropped = m_deps.clients.dropOldestUnused(store::ClientKind::MetadataDocument);
        if (!dropped)
            return fail(dropped.error());
    }
    return m_deps.clients.putDocument(client);
}

} // namespace gatehouse::oauth
