#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds and tests this tree from scratch in a bare Debian: nothing of the machine is there but the kernel.
#   tests/chroot.sh bookworm|trixie [COMMAND…]
# Without a command: installer/demo --tour, then tests/run. Needs root, for chroot and mounts.
set -uo pipefail
exec </dev/null
# shellcheck source=../installer/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../installer/lib.sh"

suite="${1:-}"
[[ "$suite" =~ ^(bookworm|trixie)$ ]] || { echo "usage: tests/chroot.sh bookworm|trixie [COMMAND…]" >&2 && exit 2; }
shift
[ $# -gt 0 ] || set -- bash -c 'installer/demo --tour && tests/run'
[ "$(id -u)" -eq 0 ] || die 'chroot takes root'
install_packages debootstrap git

base="$GATEHOUSE_ROOT/build/chroot/$suite.tar"
root="$GATEHOUSE_ROOT/build/chroot/$suite"
rm -rf "$root"
mkdir -p "$root"
if [ -f "$base" ]; then
    tar -C "$root" -xf "$base" || die "unpacking $base"
else
    logged "debootstrap-$suite" debootstrap "$suite" "$root" || die "debootstrap $suite"
    { tar -C "$root" -cf "$base.part" . && mv "$base.part" "$base"; } || die "packing $base"
fi
say "a bare $suite is ready"

# How this machine reaches the network is the one thing that is taken over: name server, proxy, mirror's certificate.
cp /etc/resolv.conf "$root/etc/resolv.conf"
apt-config dump | grep '^Acquire::' | grep -v '^Acquire::Changelogs' >"$root/etc/apt/apt.conf.d/99machine"
environment=(HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 TERM=dumb)
if [ -n "${NODE_EXTRA_CA_CERTS:-}" ]; then
    cp "$NODE_EXTRA_CA_CERTS" "$root/etc/machine-ca.crt"
    environment+=(NODE_EXTRA_CA_CERTS=/etc/machine-ca.crt)
fi

# What a clone of this tree would hold.
mkdir -p "$root/gatehouse"
git -C "$GATEHOUSE_ROOT" -c safe.directory="$GATEHOUSE_ROOT" ls-files -z --cached --others --exclude-standard |
    tar -C "$GATEHOUSE_ROOT" --null -T - -cf - | tar -C "$root/gatehouse" -xf - || die 'copying the tree'

# The mounts live in a namespace of their own and go with it.
# shellcheck disable=SC2016  # expanded inside
unshare --mount --pid --fork --kill-child --propagation private bash -c '
    root="$1" && shift
    mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" && mount -t tmpfs tmpfs "$root/tmp" &&
        exec chroot "$root" /usr/bin/env -i "$@"
' _ "$root" "${environment[@]}" bash -c 'cd /gatehouse && "$@"' _ "$@"
status=$?
if [ "$status" -eq 0 ]; then rm -rf "$root"; else say "left for a look: $root"; fi
exit "$status"
