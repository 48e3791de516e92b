# SPDX-License-Identifier: GPL-3.0-or-later
foreach(test tst_http_gateway tst_http_limits tst_http_streams)
    gatehouse_test(${test} gatehouse_http Qt6::HttpServer)
    # With Qt's other dispatcher, too, which builds of Qt without GLib have.
    add_test(NAME ${test}_without_glib COMMAND ${test})
    set_tests_properties(${test}_without_glib PROPERTIES TIMEOUT 120
        ENVIRONMENT "QT_LOGGING_RULES=gatehouse.*.info=false;QT_NO_GLIB=1")
endforeach()
gatehouse_test(tst_parked_streams gatehouse_http Qt6::HttpServer)
