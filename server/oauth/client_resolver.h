// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <oauth/authorize_request.h>
#include <oauth/client_metadata_source.h>
#include <oidc/waiters.h>
#include <store/records.h>

#include <QObject>

#include <deque>
#include <map>

namespace gatehouse::store {
class ClientStore;
}

namespace gatehouse::oauth {

/// How much may be read from the web for whoever asks.
struct MetadataLimits {
    size_t atOnce = 8;
    size_t perMinute = 30;
    qint64 stored = 1000; ///< records of clients that nobody has allowed yet make room first
};

/// A client's ID → its record. Registered clients are known at once; one whose ID is a web address
/// is read there, and kept as long as its answer says. Lives as long as the authorize endpoint,
/// which alone calls it: everything after that step uses the stored record.
class ClientResolver : public QObject {
    Q_OBJECT

public:
    struct Deps {
        Clock &clock;
        store::ClientStore &clients;
        ClientMetadataSource &documents;
    };
    explicit ClientResolver(Deps deps, MetadataLimits limits = {}, QObject *parent = nullptr);

    /// Answers at once, before it returns, or later. Without `mayFetch` nothing is read from the
    /// web. The error is for the page: until the client is known there is nowhere to redirect to.
    void resolve(const ClientId &id, bool mayFetch, QObject *context,
                 Callback<store::Client, PageError> then);

private:
    using Resolved = Result<store::Client, PageError>;

    void read(const ClientId &id, const QUrl &address, const std::optional<store::Client> &stored,
              QObject *context, Callback<store::Client, PageError> then);
    [[nodiscard]] bool mayStartReading();
    [[nodiscard]] Resolved accept(const ClientId &id, const std::optional<store::Client> &stored,
                                  const Result<ClientDocument> &document);
    void forget(store::Client client);
    [[nodiscard]] Resolved withoutAnswer(const std::optional<store::Client> &stored,
                                         const PageError &error) const;
    [[nodiscard]] Result<std::monostate> keep(const store::Client &client, bool isNew);

    Deps m_deps;
    MetadataLimits m_limits;
    /// Requests that wait, by the ID that is being read.
    std::map<QString, oidc::Waiters<store::Client, PageError>> m_reading;
    std::deque<Instant> m_started; ///< within the last minute
};

} // namespace gatehouse::oauth
