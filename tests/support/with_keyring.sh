#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs a command in a D-Bus session of its own. The first argument says which keychain is there:
#   unlocked    GNOME Keyring with an empty password, unlocked
#   locked      GNOME Keyring, locked, and nobody to ask for the password; the command is run before
#               with the one argument "prepare", while it is unlocked
#   slow        GNOME Keyring, unlocked; the command may stop and continue it, as KEYRING_PID
#   refusing    something that owns the keychain's name, and a bus that lets nobody speak to it
#   silent      something that owns the keychain's name on the bus and never answers
#   absent      D-Bus without any keychain
#   none        an address of a D-Bus that is not there
#   unset       no D-Bus at all
set -eu

keychain=$1
shift

if [ "${WITH_KEYRING_INSIDE:-}" != yes ]; then
    . "$(dirname "$0")/private_session.sh"
    mkdir -m 0700 "$home/data/keyrings"
    unset DISPLAY GNOME_KEYRING_CONTROL
    # QtKeychain looks for the desktop's own keychain by this name.
    export XDG_CURRENT_DESKTOP=GNOME WITH_KEYRING_INSIDE=yes
    status=0
    case $keychain in
    none) DBUS_SESSION_BUS_ADDRESS="unix:path=$home/run/no-bus" "$@" || status=$? ;;
    unset) env -u DBUS_SESSION_BUS_ADDRESS "$@" || status=$? ;;
    refusing)
        bus_rules='<deny send_destination="org.freedesktop.secrets"/>'
        on_private_bus "$0" "$keychain" "$@" || status=$?
        ;;
    *) on_private_bus "$0" "$keychain" "$@" || status=$? ;;
    esac
    exit $status
fi

service=org.freedesktop.secrets
started=

# Starts a command in the background (its input is ours) and waits until it owns the keychain's name.
start() {
    "$@" <&3 >/dev/null 2>&1 &
    started=$!
    tries=0
    until dbus-send --session --print-reply --reply-timeout=2000 --dest=org.freedesktop.DBus / \
        org.freedesktop.DBus.NameHasOwner "string:$service" | grep -q 'boolean true'; do
        kill -0 "$started"
        tries=$((tries + 1))
        [ $tries -lt 100 ] || { echo "no $service on the bus" >&2; exit 1; }
        sleep 0.05
    done
}

stop() {
    [ -n "$started" ] || return 0
    kill "$started" 2>/dev/null || true
    wait "$started" 2>/dev/null || true
}

keyring() {
    start gnome-keyring-daemon --foreground --components=secrets "$@"
}

case $keychain in
unlocked | slow)
    keyring --unlock 3<<EOF

EOF
    export KEYRING_PID=$started
    ;;
locked)
    # A keyring that has a password, made by one daemon; the next one finds it locked.
    keyring --unlock 3<<EOF
a password
EOF
    "$1" prepare
    stop
    keyring 3</dev/null
    ;;
silent | refusing)
    start dbus-test-tool black-hole --name="$service" 3</dev/null
    ;;
esac

status=0
"$@" || status=$?
stop
exit $status
