# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# A bare Debian in a directory: nothing of the machine is there but the kernel and its way to the network.
# Sourced after installer/lib.sh. Needs root, for chroot and mounts.

# make_bare SUITE ROOT: makes ROOT a bare SUITE. The first one is fetched and kept as build/chroot/SUITE.tar.
make_bare() {
    local suite="$1" root="$2" base="$GATEHOUSE_ROOT/build/chroot/$1.tar"
    [ "$(id -u)" -eq 0 ] || die 'chroot takes root'
    unshare --mount true || die 'a bare system needs mounts, and this machine (a container?) does not let us mount'
    install_packages debootstrap
    rm -rf "$root"
    mkdir -p "$root"
    if [ -f "$base" ]; then
        tar -C "$root" -xf "$base" || die "unpacking $base"
    else
        logged "debootstrap-$suite" debootstrap "$suite" "$root" || die "debootstrap $suite"
        { tar -C "$root" -cf "$base.part" . && mv "$base.part" "$base"; } || die "packing $base"
    fi
    # How this machine reaches the network is the one thing that is taken over: name server and proxy.
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    apt-config dump | grep '^Acquire::' | grep -v '^Acquire::Changelogs' >"$root/etc/apt/apt.conf.d/99machine"
    # It does not have to outlive a power cut: without this most of the time goes into waiting for the disk.
    echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/unsafe-io"
    say "a bare $suite is ready"
}

# in_bare ROOT COMMAND…: runs the command in there, as root, with an environment of its own.
in_bare() {
    # The mounts live in a namespace of their own and go with it. ROOT is mounted on itself, because only from a
    # mount can the same be done again inside.
    # shellcheck disable=SC2016  # expanded inside
    unshare --mount --pid --fork --kill-child --propagation private bash -c '
        root="$1" && shift
        mount --bind "$root" "$root" && mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" &&
            mount -t tmpfs tmpfs "$root/tmp" && exec chroot "$root" /usr/bin/env -i "$@"
    ' _ "$1" HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 TERM=dumb "${@:2}"
}
