// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>
#include <QStringList>

namespace gatehouse::approval {

enum class RiskLevel { Plain, Caution, Danger };

/// One reason to look twice, as a sentence for the person.
struct RiskReason {
    RiskLevel level = RiskLevel::Caution;
    QString sentence;
};

/// How carefully an access request should be looked at. The level is that of the gravest reason;
/// three cautions make danger.
struct Risk {
    RiskLevel level = RiskLevel::Plain;
    QList<RiskReason> reasons = {}; ///< the gravest first
};

/// A name that means something to the person: of a widespread client, or of one allowed before.
struct KnownName {
    QString name;
    QString program = {}; ///< the executable that usually carries it; empty when any may
    QStringList hosts = {}; ///< those that describe it, and their subdomains; empty when any may
};

/// What is known about a request when it is shown.
struct RiskInput {
    QString clientName; ///< as the client gave it
    QString program; ///< the executable that asks, empty when unknown
    QString redirectUri;
    QString documentHost = {}; ///< has the client's metadata document; empty when it registered
    bool allowedBefore = false; ///< the person has allowed this client, or this website, before
    int scopes = 0;
    int changingScopes = 0; ///< those that change or delete
    bool deletes = false;
    QList<KnownName> knownNames = {}; ///< of clients allowed before; widespread ones are built in
};

[[nodiscard]] Risk assessRisk(const RiskInput &input);

/// True when two names would look alike to a person though they are spelled differently
/// (Unicode Technical Standard #39, confusables).
[[nodiscard]] bool looksAlike(const QString &one, const QString &other);

} // namespace gatehouse::approval
