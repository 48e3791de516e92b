# SPDX-License-Identifier: GPL-3.0-or-later
gatehouse_test(tst_activity_log gatehouse_service gatehouse_oauth)
gatehouse_test(tst_configuration gatehouse_service)
gatehouse_test(tst_pause gatehouse_service)
gatehouse_test(tst_housekeeping gatehouse_service)
