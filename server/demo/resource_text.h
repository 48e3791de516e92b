// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

namespace gatehouse::demo {

/// A text that is compiled in under :/gatehouse/demo; the build fails when it is missing.
[[nodiscard]] QByteArray resourceText(const QString &name);

} // namespace gatehouse::demo
