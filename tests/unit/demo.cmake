# SPDX-License-Identifier: GPL-3.0-or-later
gatehouse_test(tst_demo_authorize_request gatehouse_demo)
gatehouse_test(tst_demo_configuration gatehouse_demo)
gatehouse_test(tst_demo_tenant_tokens gatehouse_demo)
gatehouse_test(tst_demo_todos gatehouse_demo)
