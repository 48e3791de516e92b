#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints, as one JSON value, every window that is shown and all that a screen reader finds in it.

A node is {role, name, text, x, y, width, height, states, children}; hidden ones are left out.
"""
import json
import sys

import gi

gi.require_version('Atspi', '2.0')
from gi.repository import Atspi, GLib  # noqa: E402

STATES = {
    'enabled': Atspi.StateType.ENABLED,
    'checked': Atspi.StateType.CHECKED,
    'focused': Atspi.StateType.FOCUSED,
    'active': Atspi.StateType.ACTIVE,
}
# Since AT-SPI 2.53 a push button is called a button.
ROLES = {'button': 'push button'}


def text_of(accessible):
    text = accessible.get_text_iface()
    return Atspi.Text.get_text(text, 0, -1) if text else ''


def describe(accessible):
    states = accessible.get_state_set()
    if not states.contains(Atspi.StateType.SHOWING):
        return None
    role = accessible.get_role_name()
    node = {
        'role': ROLES.get(role, role),
        'name': accessible.get_name(),
        'text': text_of(accessible),
        'states': [name for name, state in STATES.items() if states.contains(state)],
        'children': list(children(accessible)),
    }
    component = accessible.get_component_iface()
    if component:
        at = component.get_extents(Atspi.CoordType.SCREEN)
        node.update(x=at.x, y=at.y, width=at.width, height=at.height)
    return node


def children(accessible):
    for i in range(accessible.get_child_count()):
        try:
            child = accessible.get_child_at_index(i)
            node = describe(child) if child else None
        except GLib.Error:
            continue  # it has gone meanwhile
        if node:
            yield node


desktop = Atspi.get_desktop(0)
windows = []
for number in range(desktop.get_child_count()):
    application = desktop.get_child_at_index(number)
    if application:
        windows.extend(children(application))
json.dump(windows, sys.stdout)
