// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <apis/operation.h>
#include <base/result.h>

#include <QList>
#include <QStringList>
#include <QUrl>

namespace gatehouse {

constexpr quint16 kDefaultPort = 8377;

/// A client that needs no registration.
struct ClientEntry {
    QString id;
    QString name;
    QStringList redirectUris;
};

struct TenantEntry {
    QString issuer;
    QString clientId;
    QStringList scopes;
    QString callbackHost;
};

/// gatehouse.json of a data directory, checked. A value.
struct Configuration {
    quint16 port = kDefaultPort;
    TenantEntry tenant;
    QList<apis::ApiConfig> apis;
    QList<ClientEntry> clients;
};

/// Reads and checks the file. The error lists every complaint with its path in the document and
/// says what to do; nothing is written.
[[nodiscard]] Result<Configuration> readConfiguration(const QString &path);
/// The same for its text; `name` stands in the messages.
[[nodiscard]] Result<Configuration> parseConfiguration(const QByteArray &text, const QString &name);

} // namespace gatehouse
