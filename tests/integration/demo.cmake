# SPDX-License-Identifier: GPL-3.0-or-later
gatehouse_test(tst_demo_import gatehouse_apis gatehouse_demo)
gatehouse_test(tst_demo_tenant gatehouse_demo)
gatehouse_test(tst_demo_todos_api gatehouse_demo)
