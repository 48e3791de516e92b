#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Makes a desktop for a test and tells its environment; the desktop lives until standard input ends.
#   desktop_session.sh unlocked|locked|absent tray|bare
# A screen with a window manager and, with "tray", a panel; a D-Bus session with that keychain (see
# with_keyring.sh); the accessibility bus, over which a screen reader would learn what windows say.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

case $1 in
prepare)
    # A locked keyring is one that holds something.
    printf x | secret-tool store --label=x purpose test
    exit 0
    ;;
inside)
    "$(find /usr/libexec /usr/lib -name at-spi-bus-launcher 2>/dev/null | head -n 1)" --launch-immediately \
        >/dev/null 2>&1 &
    launcher=$!
    tries=0
    until dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner \
        string:org.a11y.Bus 2>/dev/null | grep -q 'boolean true'; do
        kill -0 $launcher
        tries=$((tries + 1))
        [ $tries -lt 100 ] || { echo 'no accessibility bus' >&2; exit 1; }
        sleep 0.05
    done
    QT_LINUX_ACCESSIBILITY_ALWAYS_ON=1 env -0
    printf 'ready=yes\0'
    cat >/dev/null
    kill $launcher 2>/dev/null || true
    exit 0
    ;;
screen)
    shift
    panel=
    [ "$1" = bare ] || panel=tray
    # The session is there already.
    WITH_DISPLAY_INSIDE=yes exec "$here/../ui/support/with_display.sh" $panel "$0" inside
    ;;
esac

# A session of its own, also where this is called inside another one.
unset WITH_KEYRING_INSIDE WITH_DISPLAY_INSIDE DBUS_SESSION_BUS_ADDRESS
# with_keyring.sh runs what it is given twice when it prepares a locked keyring.
runner=$(mktemp)
trap 'rm -f "$runner"' EXIT
cat >"$runner" <<EOF
#!/bin/sh
[ "\${1:-}" != prepare ] || exec '$here/desktop_session.sh' prepare
exec '$here/desktop_session.sh' screen '$2'
EOF
chmod +x "$runner"
"$here/with_keyring.sh" "$1" "$runner" <&0
