# SPDX-License-Identifier: GPL-3.0-or-later
gatehouse_test(tst_openapi_importer gatehouse_apis)
gatehouse_test(tst_api_request gatehouse_apis)
gatehouse_test(tst_scope_words gatehouse_apis)
