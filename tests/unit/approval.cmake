# SPDX-License-Identifier: GPL-3.0-or-later
gatehouse_test(tst_approval gatehouse_approval)
gatehouse_test(tst_risk gatehouse_approval)
