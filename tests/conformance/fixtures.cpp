// SPDX-License-Identifier: GPL-3.0-or-later
#include <conformance/fixtures.h>

namespace gatehouse::conformance {

void addFixtures(mcp::Features &features)
{
    addContentTools(features);
    addRunningTools(features);
    addInputTools(features);
    addRoundTools(features);
    addResources(features);
    addPrompts(features);
}

} // namespace gatehouse::conformance
