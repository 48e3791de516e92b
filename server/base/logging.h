// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLoggingCategory>

namespace gatehouse {

Q_DECLARE_LOGGING_CATEGORY(lcApp)
Q_DECLARE_LOGGING_CATEGORY(lcHttp)
Q_DECLARE_LOGGING_CATEGORY(lcStore)
Q_DECLARE_LOGGING_CATEGORY(lcSecrets)
Q_DECLARE_LOGGING_CATEGORY(lcApproval)
Q_DECLARE_LOGGING_CATEGORY(lcOauth)
Q_DECLARE_LOGGING_CATEGORY(lcOidc)
Q_DECLARE_LOGGING_CATEGORY(lcMcp)
Q_DECLARE_LOGGING_CATEGORY(lcApis)
Q_DECLARE_LOGGING_CATEGORY(lcDemo)

/// Writes every message as one line "time level category text" to standard error, with line breaks
/// and escape characters made visible: text from outside cannot forge a line. Qt's own debug
/// messages are dropped, because they show requests with all their secrets.
void installLogSink();

} // namespace gatehouse
