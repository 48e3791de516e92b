// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/secret.h>

#include <QString>

namespace gatehouse::app {

/// What the variables GATEHOUSE_… say, not checked yet; empty means that one is not set.
struct Environment {
    QString port = {};
    QString dataDirectory = {};
    QString secretStore = {};
    QString tenantDomain = {};
    QString tenantIssuer = {};
    QString clientId = {};
    Secret clientSecret = {};
};

/// Reads the variables. The client secret leaves the environment of this process, so that no
/// program that it starts inherits it: call this once, before anything else.
[[nodiscard]] Environment takeEnvironment();

/// Puts a client secret back, for the program that goes on in place of this one.
void handOnClientSecret(const Secret &secret);

} // namespace gatehouse::app
