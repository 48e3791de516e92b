# SPDX-License-Identifier: GPL-3.0-or-later
gatehouse_test(tst_command_line gatehouse_app)
gatehouse_test(tst_doctor gatehouse_app gatehouse_store gatehouse_test_tenant)
gatehouse_test(tst_verbs gatehouse_app gatehouse_store)
