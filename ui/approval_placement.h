// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QScrollArea;
class QWidget;

/// How large an approval window is, and where on the screen. Nothing here keeps state.
namespace gatehouse::ui {

class ApprovalForm;

/// Gives the window the size that it wants, with all of the form, which `scroll` holds. Header and
/// buttons always stay in sight: when the window would take too much of the screen, the details
/// scroll first, then the permissions, then all of the form.
void fitToScreen(QWidget &window, QScrollArea &scroll, ApprovalForm &form);

/// Moves the window near the middle of the screen with the pointer, to where the pointer is over
/// nothing to click on. Every control has its place inside by then.
void placeAwayFromPointer(QWidget &window);

} // namespace gatehouse::ui
