# SPDX-License-Identifier: GPL-3.0-or-later
gatehouse_test(tst_service_thread gatehouse_desk gatehouse_tour)
gatehouse_test(tst_programs gatehouse_app gatehouse_tour gatehouse_test_tenant)
target_compile_definitions(tst_programs PRIVATE GATEHOUSE_PROGRAMS="$<TARGET_FILE_DIR:gatehouse>")
add_dependencies(tst_programs gatehouse gatehouse-tray)
