# SPDX-License-Identifier: GPL-3.0-or-later
gatehouse_test(tst_http_gateway gatehouse_http Qt6::HttpServer)
# Qt's other dispatcher, which builds of Qt without GLib have.
add_test(NAME tst_http_gateway_without_glib COMMAND tst_http_gateway)
set_tests_properties(tst_http_gateway_without_glib PROPERTIES TIMEOUT 120
    ENVIRONMENT "QT_LOGGING_RULES=gatehouse.*.info=false;QT_NO_GLIB=1")
gatehouse_test(tst_parked_streams gatehouse_http Qt6::HttpServer)
