# SPDX-License-Identifier: GPL-3.0-or-later
gatehouse_test(tst_mcp_sockets gatehouse_mcp)
