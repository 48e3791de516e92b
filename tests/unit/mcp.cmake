# SPDX-License-Identifier: GPL-3.0-or-later
gatehouse_test(tst_json_rpc gatehouse_mcp)
gatehouse_test(tst_mcp_revisions gatehouse_mcp)
gatehouse_test(tst_streamable_http gatehouse_mcp)
gatehouse_test(tst_mcp_sessions gatehouse_mcp)
gatehouse_test(tst_http_sse gatehouse_mcp)
foreach(name tst_mcp_revisions tst_http_sse)
    target_compile_definitions(${name} PRIVATE
        GATEHOUSE_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data")
endforeach()
