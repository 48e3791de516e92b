// SPDX-License-Identifier: GPL-3.0-or-later
#include <app/environment.h>

#include <base/platform/process.h>

namespace gatehouse::app {

namespace {

constexpr auto kClientSecret = "GATEHOUSE_CLIENT_SECRET";

} // namespace

Environment takeEnvironment()
{
    return {qEnvironmentVariable("GATEHOUSE_PORT"),
            qEnvironmentVariable("GATEHOUSE_DATA_DIR"),
            qEnvironmentVariable("GATEHOUSE_SECRET_STORE"),
            qEnvironmentVariable("GATEHOUSE_TENANT_DOMAIN"),
            qEnvironmentVariable("GATEHOUSE_TENANT_ISSUER"),
            qEnvironmentVariable("GATEHOUSE_CLIENT_ID"),
            platform::takeSecretVariable(kClientSecret)};
}

void handOnClientSecret(const Secret &secret)
{
    if (!secret.isEmpty())
        qputenv(kClientSecret, secret.reveal());
}

} // namespace gatehouse::app
