#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs a command on a screen of its own: Xvfb with the window manager openbox and, where the first
# argument is "tray", the panel trayer; in a D-Bus session of its own, on which nothing is started.
set -eu

if [ "${WITH_DISPLAY_INSIDE:-}" != yes ]; then
    . "$(dirname "$0")/../../support/private_session.sh"
    unset XDG_CURRENT_DESKTOP DESKTOP_SESSION QT_QPA_PLATFORM QT_STYLE_OVERRIDE
    export WITH_DISPLAY_INSIDE=yes
    status=0
    on_private_bus "$0" "$@" || status=$?
    exit $status
fi

tray=no
if [ "$1" = tray ]; then
    tray=yes
    shift
fi

# A number that no other test has: on one that has just become free, the ending server would take this one's
# socket with it. Xvfb writes the number when it is ready.
Xvfb ":$((100 + $$ % 50000))" -displayfd 3 -screen 0 "${WITH_DISPLAY_SIZE:-1600x1200}x24" -nolisten tcp 3>"$HOME/display" >"$HOME/xvfb.log" 2>&1 &
processes=$!
trap 'kill $processes 2>/dev/null || true' EXIT
wait_for() {
    tries=0
    until "$@" >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ $tries -lt 200 ] || { echo "no $*" >&2; exit 1; }
        sleep 0.05
    done
}
wait_for test -s "$HOME/display"
DISPLAY=":$(cat "$HOME/display")"
export DISPLAY
# It says on the screen that it is there before it looks after windows.
openbox --startup "touch $HOME/openbox.ready" >"$HOME/openbox.log" 2>&1 &
processes="$processes $!"
wait_for test -e "$HOME/openbox.ready"
if [ $tray = yes ]; then
    trayer --edge bottom --align right --widthtype request --height 32 --expand true \
        >"$HOME/trayer.log" 2>&1 &
    processes="$processes $!"
    wait_for sh -c 'xwininfo -root -tree | grep -qi trayer'
fi

# libxkbcommon-x11 copies parts of X's answers, which end with no zero byte, by their length; this check would
# look for one.
[ -z "${ASAN_OPTIONS:-}" ] || export ASAN_OPTIONS="$ASAN_OPTIONS:strict_string_checks=0"

status=0
"$@" || status=$?
exit $status
