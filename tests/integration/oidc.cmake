# SPDX-License-Identifier: GPL-3.0-or-later
gatehouse_test(tst_discovery gatehouse_oidc gatehouse_test_tenant)
gatehouse_test(tst_tenant_checkup gatehouse_oidc gatehouse_test_tenant)
target_sources(tst_tenant_checkup PRIVATE
    ../support/https_site.h
    ../support/test_authority.cpp ../support/test_authority.h)
target_link_libraries(tst_tenant_checkup PRIVATE OpenSSL::Crypto)
gatehouse_test(tst_tenant_sign_ins gatehouse_oidc gatehouse_test_tenant)
gatehouse_test(tst_tenant_account_tokens gatehouse_oidc gatehouse_test_tenant)
