# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by scripts that run a command in a session of its own. Makes a home that goes when the
# script ends; the person's own files and keyrings are never touched.
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
trap 'exit 143' TERM INT HUP
mkdir -p -m 0700 "$home/run" "$home/config" "$home/data" "$home/cache"
export HOME="$home" XDG_RUNTIME_DIR="$home/run" XDG_CONFIG_HOME="$home/config" \
    XDG_DATA_HOME="$home/data" XDG_CACHE_HOME="$home/cache"
unset WAYLAND_DISPLAY

# Runs a command in a D-Bus session without service files: nothing is started on the bus but what
# the scripts start. `bus_rules` are added to what is allowed on it.
on_private_bus() {
    cat >"$home/bus.conf" <<EOF
<busconfig>
  <type>session</type>
  <listen>unix:dir=$home/run</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
    ${bus_rules:-}
  </policy>
</busconfig>
EOF
    dbus-run-session --config-file="$home/bus.conf" -- "$@"
}
