# SPDX-License-Identifier: GPL-3.0-or-later
gatehouse_test(tst_client_metadata_fetcher gatehouse_oauth)
target_sources(tst_client_metadata_fetcher PRIVATE
    ../support/https_site.h
    ../support/test_authority.cpp ../support/test_authority.h)
target_link_libraries(tst_client_metadata_fetcher PRIVATE OpenSSL::Crypto)
