# SPDX-License-Identifier: GPL-3.0-or-later
# What is installed and where, and the Debian package of it: `cpack -G DEB` in build/release.
include(GNUInstallDirs)

install(TARGETS gatehouse gatehouse-tray RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES resources/gatehouse.desktop
    DESTINATION ${CMAKE_INSTALL_DATADIR}/applications)
install(FILES resources/icons/gatehouse.svg
    DESTINATION ${CMAKE_INSTALL_DATADIR}/icons/hicolor/scalable/apps)
# Gatehouse draws its tray icons itself; this one is for desktops that show programs in one colour.
install(FILES resources/icons/tray-quiet-symbolic.svg
    DESTINATION ${CMAKE_INSTALL_DATADIR}/icons/hicolor/symbolic/apps
    RENAME gatehouse-symbolic.svg)

# What Debian wants in every package: who may do what with it, and what changed (without the time in the archive).
set(changelog ${CMAKE_CURRENT_BINARY_DIR}/changelog.gz)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS installer/debian/changelog)
execute_process(COMMAND gzip -9nc ${CMAKE_CURRENT_SOURCE_DIR}/installer/debian/changelog
    OUTPUT_FILE ${changelog} COMMAND_ERROR_IS_FATAL ANY)
install(FILES installer/debian/copyright ${changelog}
    DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/gatehouse)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME gatehouse)
set(CPACK_PACKAGE_CONTACT "Gatehouse maintainers <gatehouse@example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "let AI clients call your organisation's APIs as you")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    "AI clients that speak the Model Context Protocol connect to Gatehouse on
localhost. It asks you to approve each of them, signs you in at your
organisation's Auth0 tenant, and then lets them call its protected APIs
through MCP tools, until the permission ends or you revoke it.
.
gatehouse-tray shows requests and clients from an icon in the tray; gatehouse
does the same from a terminal, and without a display.")
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_SOURCE_DIR}/installer/debian/permissions.cmake)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
# dpkg-shlibdeps (of dpkg-dev) names the libraries that are linked. It cannot see what is loaded while running: the
# SQLite driver, libsecret (by QtKeychain) and the certificates. The plugins for X11 and TLS come with Qt's Gui and
# Network libraries, and the pictures need no plugin.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "ca-certificates, libqt6sql6-sqlite, libsecret-1-0")
# The session's bus carries keychain, tray and notifications; xdg-utils opens the browser.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS
    "default-dbus-session-bus | dbus-session-bus, gnome-keyring | kwalletmanager, xdg-utils")
include(CPack)
