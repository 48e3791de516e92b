# SPDX-License-Identifier: GPL-3.0-or-later
gatehouse_test(tst_api_calls gatehouse_apis)
