# SPDX-License-Identifier: GPL-3.0-or-later
gatehouse_test(tst_base gatehouse_base)
gatehouse_test(tst_database gatehouse_store)
gatehouse_test(tst_process_info gatehouse_base)
