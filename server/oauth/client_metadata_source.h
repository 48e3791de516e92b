// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>

#include <QByteArray>
#include <QUrl>

#include <chrono>

namespace gatehouse::oauth {

/// The bytes at a client's address, which may be anything, and how long they need not be read
/// again.
struct ClientDocument {
    QByteArray body;
    std::chrono::seconds freshFor{0};
};

/// Where client metadata documents come from: the web. An interface, because it is an edge of the
/// process. Made by the composition root, outlives the authorization server.
class ClientMetadataSource {
public:
    virtual ~ClientMetadataSource() = default;
    /// Reads the document at `address`, which has passed parseDocumentAddress(). An error's message
    /// is the same whatever happened, as it must not tell a web page what exists on the network;
    /// the detail is for the log.
    virtual void fetch(const QUrl &address, QObject *context, Callback<ClientDocument> then) = 0;
};

} // namespace gatehouse::oauth
