# SPDX-License-Identifier: GPL-3.0-or-later
gatehouse_test(tst_memory_store gatehouse_secrets)
gatehouse_test(tst_remote_store gatehouse_secrets)

# The keychain's states belong to the session a process runs in: one executable, run in each.
add_executable(tst_keychain_store tst_keychain_store.cpp)
target_link_libraries(tst_keychain_store PRIVATE gatehouse_secrets gatehouse_test_support Qt6::Test
    gatehouse_options)
foreach(state unlocked locked refusing slow silent absent none unset)
    add_test(NAME tst_keychain_store_${state}
        COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/../support/with_keyring.sh ${state}
            $<TARGET_FILE:tst_keychain_store> ${state})
    set_tests_properties(tst_keychain_store_${state} PROPERTIES TIMEOUT 60)
endforeach()
