#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds and tests this tree from scratch in a bare Debian: nothing of the machine is there but the kernel.
#   tests/chroot.sh bookworm|trixie [COMMAND…]
# Without a command: installer/demo --tour, then tests/run. Needs root, for chroot and mounts.
set -uo pipefail
exec </dev/null
# shellcheck source=../installer/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../installer/lib.sh"
# shellcheck source=support/bare.sh
. "$GATEHOUSE_ROOT/tests/support/bare.sh"

suite="${1:-}"
[[ "$suite" =~ ^(bookworm|trixie)$ ]] || { echo "usage: tests/chroot.sh bookworm|trixie [COMMAND…]" >&2 && exit 2; }
shift
[ $# -gt 0 ] || set -- bash -c 'installer/demo --tour && tests/run'
install_packages git

root="$GATEHOUSE_ROOT/build/chroot/$suite"
make_bare "$suite" "$root"
environment=()
# The certificate of a mirror that npm knows only by this.
if [ -n "${NODE_EXTRA_CA_CERTS:-}" ]; then
    cp "$NODE_EXTRA_CA_CERTS" "$root/etc/machine-ca.crt"
    environment+=(NODE_EXTRA_CA_CERTS=/etc/machine-ca.crt)
fi

# What a clone of this tree would hold.
mkdir -p "$root/gatehouse"
git -C "$GATEHOUSE_ROOT" -c safe.directory="$GATEHOUSE_ROOT" ls-files -z --cached --others --exclude-standard |
    tar -C "$GATEHOUSE_ROOT" --null -T - -cf - | tar -C "$root/gatehouse" -xf - || die 'copying the tree'

in_bare "$root" env "${environment[@]}" bash -c 'cd /gatehouse && "$@"' _ "$@"
status=$?
if [ "$status" -eq 0 ]; then rm -rf "$root"; else say "left for a look: $root"; fi
exit "$status"
