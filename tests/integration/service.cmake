# SPDX-License-Identifier: GPL-3.0-or-later
gatehouse_test(tst_gatehouse gatehouse_service gatehouse_oauth gatehouse_oidc gatehouse_secrets gatehouse_store
    gatehouse_test_tenant)
gatehouse_test(tst_gatehouse_view gatehouse_service gatehouse_oauth gatehouse_oidc gatehouse_secrets gatehouse_ui)
