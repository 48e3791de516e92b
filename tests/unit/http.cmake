# SPDX-License-Identifier: GPL-3.0-or-later
gatehouse_test(tst_form gatehouse_http)
gatehouse_test(tst_http_message gatehouse_http)
gatehouse_test(tst_request_framer gatehouse_http)
gatehouse_test(tst_response_writer gatehouse_http)
gatehouse_test(tst_router gatehouse_http)
