// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <service/gatehouse.h>

namespace gatehouse::app {

/// The whole of `gatehouse`, for a main() to call once and first: every verb, and the headless
/// service, which also offers what `addFeatures` adds. Its exit code.
[[nodiscard]] int runProgram(int argc, char *argv[], const AddFeatures &addFeatures = {});

} // namespace gatehouse::app
