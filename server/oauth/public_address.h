// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHostAddress>

namespace gatehouse::oauth {

/// Whether an address belongs to the public Internet: none of the special-use networks of IPv4 and
/// IPv6 (RFC 6890 and its registries), and no IPv6 form of such an IPv4 address. Of forms that
/// carry an IPv4 address only those pass that translate to exactly this address: IPv4-mapped, and
/// NAT64 under its well-known prefix, which is how an IPv6-only network names all of IPv4.
[[nodiscard]] bool isPublicAddress(const QHostAddress &address);

/// Whether an address belongs to this computer or to a network that one of its interfaces is in.
/// With IPv6, printers and cameras have addresses that look public.
[[nodiscard]] bool isOfOwnNetwork(const QHostAddress &address);

} // namespace gatehouse::oauth
