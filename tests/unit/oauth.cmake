# SPDX-License-Identifier: GPL-3.0-or-later
gatehouse_test(tst_redirect_uri gatehouse_oauth)
gatehouse_test(tst_authorize gatehouse_oauth)
gatehouse_test(tst_interaction gatehouse_oauth)
gatehouse_test(tst_token gatehouse_oauth)
gatehouse_test(tst_registration gatehouse_oauth)
gatehouse_test(tst_client_metadata gatehouse_oauth)
gatehouse_test(tst_http_answer gatehouse_oauth)
