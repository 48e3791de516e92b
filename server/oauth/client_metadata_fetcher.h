// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <oauth/client_metadata_source.h>

#include <QHostAddress>
#include <QObject>
#include <QSslCertificate>

#include <functional>

namespace gatehouse::oauth {

/// Reads client metadata documents from the web without becoming a way into the person's network
/// (CIMD §6.5): https alone, at most 5 KB, 5 s in all, no redirects; connects only to the address
/// that was checked; and what fails always fails after the whole time. Speaks HTTP by itself,
/// because QNetworkAccessManager reads heads without a limit (Qt 6.4), tells the person's language
/// and repeats requests. Lives as long as the service.
class ClientMetadataFetcher final : public QObject, public ClientMetadataSource {
    Q_OBJECT

public:
    /// What it knows of the world. The defaults are the product; others are for tests alone.
    struct Network {
        using Found = std::function<void(const QList<QHostAddress> &)>;

        /// Addresses of a host name, none when there are none. Calls back while `context` lives.
        std::function<void(const QString &host, QObject *context, Found then)> resolve;
        std::function<bool(const QHostAddress &)> mayBeReached;
        QList<QSslCertificate> authorities = {}; ///< empty: those of the system

        [[nodiscard]] static Network ofThisComputer();
    };
    explicit ClientMetadataFetcher(Clock &clock, Network network = Network::ofThisComputer());

    void fetch(const QUrl &address, QObject *context, Callback<ClientDocument> then) override;

private:
    class Fetch;

    Clock &m_clock;
    Network m_network;
};

} // namespace gatehouse::oauth
