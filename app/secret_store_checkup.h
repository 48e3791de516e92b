// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/finding.h>
#include <base/random.h>
#include <secrets/secret_store.h>

#include <functional>

namespace gatehouse::app {

/// Writes an entry of its own to the secret store, reads it and removes it. Answers once.
void checkSecretStore(secrets::SecretStore &store, RandomSource &random, QObject *context,
                      const std::function<void(const Finding &)> &then);

} // namespace gatehouse::app
