// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <mcp/features.h>

namespace gatehouse::conformance {

/// What the official conformance suite wants to find on a server, under the names and with the
/// answers that its scenarios name. Each keeps the reference where it changes something later.
void addFixtures(mcp::Features &features);

/// The parts of it.
/// @{
void addContentTools(mcp::Features &features);
void addRunningTools(mcp::Features &features);
void addInputTools(mcp::Features &features);
void addRoundTools(mcp::Features &features);
void addResources(mcp::Features &features);
void addPrompts(mcp::Features &features);
/// @}

} // namespace gatehouse::conformance
