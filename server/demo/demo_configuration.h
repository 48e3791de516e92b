// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>
#include <demo/demo_options.h>

#include <variant>

namespace gatehouse::demo {

/// Writes an ordinary gatehouse.json, and the OpenAPI document that it names, for a demo in this
/// data directory. Called by the composition root before it reads the configuration.
///
/// A file that the demo wrote before keeps what the person added; only ports and addresses follow
/// the options. Any other configuration is an error: the demo never mixes with a real tenant.
[[nodiscard]] Result<std::monostate> writeDemoConfiguration(const DemoOptions &options);

} // namespace gatehouse::demo
