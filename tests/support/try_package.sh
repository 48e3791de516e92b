#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs as root in a bare Debian: installs the package that lies beside this file, tries both programs, removes it.
set -uo pipefail
cd "$(dirname "$0")" || exit 1

die() {
    echo "FAILED: $*" >&2
    exit 1
}

# quietly COMMAND…: shows its output only when it fails.
quietly() {
    local output
    output=$("$@" 2>&1) || { echo "$output" && return 1; }
}

apt() { quietly env DEBIAN_FRONTEND=noninteractive apt-get -y "$@"; }

apt update || die 'apt-get update'
apt install --no-install-recommends ./gatehouse_*.deb || die 'installing the package'
echo "installed: $(dpkg-query -W gatehouse)"
[ "$(gatehouse --version)" = "gatehouse $(dpkg-query -W -f '${Version}' gatehouse)" ] ||
    die "\"gatehouse --version\" says: $(gatehouse --version 2>&1)"

mkdir tour
./gatehouse-tour --binary /usr/bin/gatehouse --work-dir tour || { cat tour/gatehouse.log && die 'the tour'; }

# start_as_nobody NAME ENVIRONMENT…: starts `gatehouse` as a user who may do nothing else; its process is $pid.
nobody=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
start_as_nobody() {
    local name="$1" status i
    shift
    install -d -o nobody -g nogroup -m 700 "$name"
    instance=(--demo --data-dir "$PWD/$name/data")
    mine=("${nobody[@]}" env HOME="$PWD/$name" XDG_RUNTIME_DIR="$PWD/$name" "$@" gatehouse)
    (umask 022 && exec "${mine[@]}" "${instance[@]}" --port 0 --secret-store memory) >"$name.log" 2>&1 &
    pid=$!
    for ((i = 0; i < 200; i++)); do
        status=$("${mine[@]}" status --json "${instance[@]}" 2>/dev/null) && return
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    cat "$name.log" && die "as nobody, $name does not start: $status"
}

# check_hardened PROGRAM: what is in the memory of $pid is for no other program of its user, and for no core file.
check_hardened() {
    local file
    [ "$(readlink "/proc/$pid/exe")" = "/usr/bin/$1" ] || die "it runs $(readlink "/proc/$pid/exe"), not $1"
    grep -q '^Uid:[[:space:]]*65534[[:space:]]' "/proc/$pid/status" || die "$1 does not run as nobody"
    for file in environ mem maps; do
        [ "$(stat -c %U "/proc/$pid/$file")" = root ] || die "/proc/PID/$file of $1 belongs to its user"
        ! "${nobody[@]}" head -c 1 "/proc/$pid/$file" >/dev/null 2>&1 || die "its user can read /proc/PID/$file of $1"
    done
    grep -Eq '^Max core file size +0 +0 ' "/proc/$pid/limits" ||
        die "$1 may leave a core: $(grep core "/proc/$pid/limits")"
    kill -TERM "$pid"
    wait "$pid" || die "$1 ended with $?"
    echo "$1 keeps its memory to itself"
}

# Processes of nobody that are not hardened can be read by nobody, or the checks would say nothing.
"${nobody[@]}" sleep 60 &
pid=$!
sleep 0.5
"${nobody[@]}" head -c 1 "/proc/$pid/environ" >/dev/null || die 'nobody cannot read what belongs to nobody'
kill "$pid"
start_as_nobody headless
check_hardened gatehouse
start_as_nobody tray DISPLAY=:987 QT_QPA_PLATFORM=offscreen
check_hardened gatehouse-tray

# The offscreen platform opens windows without a server; DISPLAY only says that there is one. `gatehouse` starts the
# program with windows, which lies beside it.
instance=(--demo --data-dir "$PWD/windows")
env DISPLAY=:987 QT_QPA_PLATFORM=offscreen gatehouse "${instance[@]}" --port 0 --secret-store memory >windows.log 2>&1 &
pid=$!
status=
for ((i = 0; i < 200; i++)); do
    status=$(gatehouse status --json "${instance[@]}" 2>/dev/null) && break
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
done
tr -d ' \n' <<<"$status" | grep -q '"headless":false' || { cat windows.log && die "the windows' status is: $status"; }
[ "$(readlink "/proc/$pid/exe")" = /usr/bin/gatehouse-tray ] || die "it runs $(readlink "/proc/$pid/exe")"
kill -TERM "$pid"
wait "$pid" || die "gatehouse-tray ended with $?"
echo 'gatehouse-tray started, answered and ended'

apt remove gatehouse || die 'removing the package'
left=$(find /usr /etc /var/lib/dpkg/info -iname '*gatehouse*')
[ -z "$left" ] || die "removing it left: $left"
echo 'removed'
