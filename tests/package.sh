#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Makes the Debian package, looks into it, then installs, tries and removes it in a bare system of this machine's
# release.
#   tests/package.sh              all of this; chroot and mounts take root, or sudo
#   tests/package.sh --contents   without the bare system
set -uo pipefail
exec </dev/null
# shellcheck source=../installer/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../installer/lib.sh"
# shellcheck source=support/bare.sh
. "$GATEHOUSE_ROOT/tests/support/bare.sh"
cd "$GATEHOUSE_ROOT" || exit 1

build=build/release
# Some that are linked and all that are only loaded while running.
needed=(ca-certificates libqt6httpserver6 libqt6sql6-sqlite libqt6svg6 libqt6widgets6 libsecret-1-0)

make_package() {
    install_packages "${GATEHOUSE_BUILD_PACKAGES[@]}" "${GATEHOUSE_PACKAGING_PACKAGES[@]}"
    build_preset release package -DGATEHOUSE_TESTS=OFF -- gatehouse gatehouse-tray gatehouse-tour || die 'the build'
    rm -rf "$build"/*.deb "$build/_CPack_Packages"
    # The strictest umask, because none may show in the package.
    (umask 077 && cd "$build" && logged cpack cpack -G DEB) || die 'cpack'
}

# The name of the one package that was made.
package_file() {
    local files=("$build"/*.deb)
    { [ "${#files[@]}" -eq 1 ] && [ -f "${files[0]}" ]; } || die "not one package in $build: ${files[*]}"
    echo "${files[0]}"
}

check_control() {
    local file="$1" version changes
    version=$(sed -nE 's/^project\(gatehouse VERSION ([0-9.]+) .*/\1/p' CMakeLists.txt)
    changes=$(dpkg-parsechangelog -l installer/debian/changelog -S Version)
    [ "$changes" = "$version" ] || die "installer/debian/changelog begins with $changes, the project is $version"
    [ "$(basename "$file")" = "gatehouse_${version}_$(dpkg --print-architecture).deb" ] || die "its name is $file"
    [ "$(dpkg-deb -f "$file" Version)" = "$version" ] || die 'it has another version than the project'

    local depends name
    depends=$(dpkg-deb -f "$file" Depends | tr ',' '\n' | sed -E 's/^ *([^ ]+).*/\1/')
    for name in "${needed[@]}"; do
        grep -qx "$name" <<<"$depends" || die "it does not depend on $name"
    done
}

check_contents() {
    local file="$1" tree="$2" found
    found=$(dpkg-deb --fsys-tarfile "$file" | tar -t | grep -v '/$' | LC_ALL=C sort)
    diff - <(echo "$found") <<'TEXT' || die 'it holds other files than it should (<: missing, >: not expected)'
./usr/bin/gatehouse
./usr/bin/gatehouse-tray
./usr/share/applications/gatehouse.desktop
./usr/share/doc/gatehouse/changelog.gz
./usr/share/doc/gatehouse/copyright
./usr/share/icons/hicolor/scalable/apps/gatehouse.svg
./usr/share/icons/hicolor/symbolic/apps/gatehouse-symbolic.svg
TEXT
    dpkg-deb -x "$file" "$tree" || die 'unpacking it'
    desktop-file-validate --no-hints "$tree/usr/share/applications/gatehouse.desktop" || die 'the desktop entry'
}

# try_in_bare FILE SUITE: as root.
try_in_bare() {
    local root="$GATEHOUSE_ROOT/build/chroot/package"
    make_bare "$2" "$root"
    { mkdir "$root/try" &&
        cp "$1" "$build/installer/tour/gatehouse-tour" tests/support/try_package.sh "$root/try"; } || die "filling $root"
    in_bare "$root" /try/try_package.sh || die "the package does not work in a bare $2; left for a look: $root"
    rm -rf "$root"
    say 'the package works'
}

case "$*" in
'' | --contents) ;;
'--in-bare '*) try_in_bare "$2" "$3" && exit ;;
*) echo 'usage: tests/package.sh [--contents]' >&2 && exit 2 ;;
esac

make_package
file=$(package_file) || exit 1
say "made $file ($(du -h "$file" | cut -f1))"
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
check_control "$file"
check_contents "$file" "$tree"
# There are no manual pages: `gatehouse --help` says all.
logged lintian lintian --fail-on error,warning --suppress-tags no-manual-page "$file" || die 'lintian'
say 'its contents are right'
[ "${1:-}" != --contents ] || exit 0

suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
[[ "$suite" =~ ^(bookworm|trixie)$ ]] || die "the package is tried on Debian 12 and 13 only, and this is '$suite'"
if [ "$(id -u)" -eq 0 ]; then
    try_in_bare "$file" "$suite"
else
    sudo -n true || die 'the bare system takes root, or sudo without a password; without it: tests/package.sh --contents'
    # Made here, so that what sudo puts there can be removed again.
    mkdir -p build/chroot
    sudo -n tests/package.sh --in-bare "$file" "$suite"
fi
