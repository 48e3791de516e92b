// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLatin1String>

namespace gatehouse::app {

// What an instance keeps about itself (store::InstanceStore), and its files.
constexpr QLatin1String kDatabaseFile("gatehouse.db");
constexpr QLatin1String kSettingsFile("gatehouse.json");
/// The first of its ports, once it has chosen them.
constexpr QLatin1String kPortKey("port");
/// Names its entries in the keychain, which is shared by all of the user's programs.
constexpr QLatin1String kInstanceIdKey("instance-id");
/// Gatehouse, and in the demo its tenant and its API.
constexpr int kDemoPorts = 3;

} // namespace gatehouse::app
