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
