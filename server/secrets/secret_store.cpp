// SPDX-License-Identifier: GPL-3.0-or-later
#include <secrets/secret_store.h>

#include <secrets/keychain_store.h>
#include <secrets/memory_store.h>

namespace gatehouse::secrets {

std::unique_ptr<SecretStore> makeKeychainStore(const QString &instanceId)
{
    return std::make_unique<KeychainStore>(instanceId);
}

std::unique_ptr<SecretStore> makeMemoryStore()
{
    return std::make_unique<MemoryStore>();
}

} // namespace gatehouse::secrets
