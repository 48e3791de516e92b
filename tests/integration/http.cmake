# SPDX-License-Identifier: GPL-3.0-or-later
gatehouse_test(tst_http_gateway gatehouse_http Qt6::HttpServer)
gatehouse_test(tst_parked_streams gatehouse_http Qt6::HttpServer)
