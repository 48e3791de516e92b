# SPDX-License-Identifier: GPL-3.0-or-later
add_library(gatehouse_test_tenant STATIC
    ../support/captured_log.h
    ../support/fake_tenant.cpp ../support/fake_tenant.h
    ../support/scripted_secret_store.h
    ../support/test_key.cpp ../support/test_key.h)
target_link_libraries(gatehouse_test_tenant PUBLIC gatehouse_test_support gatehouse_secrets
    PRIVATE OpenSSL::Crypto gatehouse_options)

gatehouse_test(tst_tenant_findings gatehouse_oidc)
gatehouse_test(tst_jose gatehouse_oidc gatehouse_test_tenant)
gatehouse_test(tst_id_token gatehouse_oidc gatehouse_test_tenant)
