// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include <functional>

namespace gatehouse {

/// Calls `work` once on the thread of `context`, from its event loop, unless `context` is gone by
/// then. The one way in which threads of ours talk: `work` carries values, never references to what
/// another thread owns. The caller makes sure that `context` lives while this is called.
void callOn(QObject *context, std::function<void()> work);

} // namespace gatehouse
