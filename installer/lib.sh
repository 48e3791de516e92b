# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# What installer/demo and tests/run share: progress lines, packages, configure and build. Sourced by bash.

GATEHOUSE_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
GATEHOUSE_LOGS="$GATEHOUSE_ROOT/build/logs"

# What compiling and running the headless service takes, by the names of Debian 12, 13 and Ubuntu 24.04.
# Debian's qt6-httpserver-dev forgets that it needs qt6-websockets-dev, and libcjose-dev libjansson-dev.
# shellcheck disable=SC2034  # read by the scripts that source this file
GATEHOUSE_BUILD_PACKAGES=(
    ca-certificates cmake g++ ninja-build pkg-config
    libcjose-dev libexpected-dev libicu-dev libjansson-dev libkainjow-mustache-dev libqt6sql6-sqlite libsecret-1-0 libssl-dev
    libvalijson-dev
    qt6-base-dev qt6-httpserver-dev qt6-networkauth-dev qt6-svg-dev qt6-websockets-dev qtkeychain-qt6-dev
)

# What making the Debian package and looking at it takes besides.
# shellcheck disable=SC2034
GATEHOUSE_PACKAGING_PACKAGES=(desktop-file-utils dpkg-dev file lintian)

# Clones share a cache: paths below the clone do not count.
export CCACHE_BASEDIR="$GATEHOUSE_ROOT" CCACHE_NOHASHDIR=1
# Without these, files that use the precompiled header are never taken from the cache.
export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime

# Seconds since the script began.
elapsed() { echo "$SECONDS"; }

# say TEXT: one progress line with the time.
say() { printf '[%4d s] %s\n' "$(elapsed)" "$*"; }

# die TEXT: ends the script with the reason.
die() {
    printf '[%4d s] FAILED: %s\n' "$(elapsed)" "$*" >&2
    exit 1
}

# logged NAME COMMAND…: runs the command with its output in build/logs/NAME.log; on failure shows the end of it.
logged() {
    local log="$GATEHOUSE_LOGS/$1.log"
    shift
    mkdir -p "$GATEHOUSE_LOGS"
    if "$@" >"$log" 2>&1 </dev/null; then return 0; fi
    tail -n 40 "$log" >&2
    echo "(the whole output: $log)" >&2
    return 1
}

# missing_packages NAME…: prints those that are not installed.
missing_packages() {
    local package
    for package in "$@"; do
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
    done
}

# install_packages NAME…: installs what is missing through apt, and touches nothing when all is there.
install_packages() {
    command -v dpkg-query >/dev/null ||
        die "this script installs packages on Debian 12, Debian 13 and Ubuntu 24.04 only. Elsewhere install what corresponds to: $*"
    local missing as_root=()
    read -r -a missing <<<"$(missing_packages "$@" | tr '\n' ' ')"
    [ "${#missing[@]}" -gt 0 ] || return 0

    if [ "$(id -u)" -ne 0 ]; then
        local remedy="ask an administrator for: apt-get install ${missing[*]}"
        command -v sudo >/dev/null || die "packages are missing and there is no sudo here; $remedy"
        # A terminal can be asked for the password; without one sudo must work without.
        if [ -t 0 ]; then sudo -v || die "sudo refused; $remedy"; else
            sudo -n true 2>/dev/null || die "sudo wants a password and there is no terminal; $remedy"
        fi
        as_root=(sudo)
    fi
    say "Installing ${#missing[@]} packages: ${missing[*]}"
    as_root+=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120)
    logged apt-update "${as_root[@]}" update || die "apt-get update failed; is the network there?"
    logged apt-install "${as_root[@]}" install -y --no-install-recommends "${missing[@]}" ||
        die "apt-get could not install: ${missing[*]}"
}

# build_preset PRESET LOG-NAME [CMAKE-OPTION…] [-- TARGET…]: configures and builds into build/PRESET.
build_preset() {
    local preset="$1" name="$2" options=() targets=()
    shift 2
    while [ $# -gt 0 ] && [ "$1" != -- ]; do options+=("$1") && shift; done
    [ $# -eq 0 ] || { shift && targets=(--target "$@"); }
    (
        cd "$GATEHOUSE_ROOT" || exit 1
        logged "$name-configure" cmake --preset "$preset" "${options[@]}" || exit 1
        logged "$name-build" cmake --build --preset "$preset" "${targets[@]}"
    )
}
