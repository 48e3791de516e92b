// SPDX-License-Identifier: GPL-3.0-or-later
#include <oauth/public_address.h>

#include <QNetworkInterface>

#include <algorithm>
#include <optional>
#include <vector>

namespace gatehouse::oauth {

namespace {

using Subnet = QPair<QHostAddress, int>;

std::vector<Subnet> subnets(std::initializer_list<const char *> texts)
{
    std::vector<Subnet> list;
    for (const char *text : texts)
        list.push_back(QHostAddress::parseSubnet(QString::fromLatin1(text)));
    return list;
}

bool isInAny(const QHostAddress &address, const std::vector<Subnet> &list)
{
    return std::any_of(list.begin(), list.end(),
                       [&](const Subnet &subnet) { return address.isInSubnet(subnet); });
}

/// The IANA registry of IPv4 special-purpose addresses, and multicast.
bool isSpecialIPv4(const QHostAddress &address)
{
    static const auto kSpecial = subnets({
        "0.0.0.0/8", // this network (RFC 791)
        "10.0.0.0/8", // private (RFC 1918)
        "100.64.0.0/10", // behind a provider's NAT (RFC 6598)
        "127.0.0.0/8", // loopback (RFC 1122)
        "169.254.0.0/16", // link-local (RFC 3927); clouds answer with credentials there
        "172.16.0.0/12", // private (RFC 1918)
        "192.0.0.0/24", // protocol assignments (RFC 6890)
        "192.0.2.0/24", // documentation (RFC 5737)
        "192.31.196.0/24", // AS112 (RFC 7535)
        "192.52.193.0/24", // AMT (RFC 7450)
        "192.88.99.0/24", // 6to4 relays (RFC 7526)
        "192.168.0.0/16", // private (RFC 1918)
        "192.175.48.0/24", // AS112 (RFC 7534)
        "198.18.0.0/15", // benchmarking (RFC 2544)
        "198.51.100.0/24", // documentation (RFC 5737)
        "203.0.113.0/24", // documentation (RFC 5737)
        "224.0.0.0/4", // multicast (RFC 5771)
        "240.0.0.0/4", // reserved, and broadcast (RFC 1112)
    });
    return isInAny(address, kSpecial);
}

/// Only global unicast is in use for the public Internet (RFC 4291 §2.4), so what is allowed is
/// named, and of that what is special is taken out again.
bool isSpecialIPv6(const QHostAddress &address)
{
    static const auto kGlobal = subnets({"2000::/3"});
    static const auto kSpecial = subnets({
        "2001::/23", // protocol assignments (RFC 2928): Teredo, benchmarking, ORCHID
        "2001:db8::/32", // documentation (RFC 3849)
        "2002::/16", // 6to4 (RFC 7526): deprecated, and carries any IPv4 address
        "2620:4f:8000::/48", // AS112 (RFC 7534)
        "3fff::/20", // documentation (RFC 9637)
    });
    return !isInAny(address, kGlobal) || isInAny(address, kSpecial);
}

/// RFC 4291 §2.5.5.2 and RFC 6052 §2.1. Networks may translate under prefixes of their own, which
/// cannot be told from the address.
std::optional<QHostAddress> carriedIPv4(const QHostAddress &address)
{
    bool isMapped = false;
    const auto mapped = address.toIPv4Address(&isMapped);
    if (isMapped)
        return QHostAddress(mapped);
    static const auto kNat64 = subnets({"64:ff9b::/96"});
    if (!isInAny(address, kNat64))
        return std::nullopt;
    const auto bytes = address.toIPv6Address();
    return QHostAddress(quint32(bytes[12]) << 24 | quint32(bytes[13]) << 16
                        | quint32(bytes[14]) << 8 | quint32(bytes[15]));
}

} // namespace

bool isPublicAddress(const QHostAddress &address)
{
    if (address.protocol() == QAbstractSocket::IPv4Protocol)
        return !isSpecialIPv4(address);
    if (address.protocol() != QAbstractSocket::IPv6Protocol)
        return false;
    if (const auto carried = carriedIPv4(address))
        return !isSpecialIPv4(*carried);
    return !isSpecialIPv6(address);
}

bool isOfOwnNetwork(const QHostAddress &address)
{
    const auto reached = carriedIPv4(address).value_or(address);
    const auto interfaces = QNetworkInterface::allInterfaces();
    for (const auto &networkInterface : interfaces) {
        const auto entries = networkInterface.addressEntries();
        for (const auto &entry : entries) {
            // A tunnel that takes everything is no neighbourhood.
            const bool isNear =
                entry.prefixLength() > 0 && reached.isInSubnet(entry.ip(), entry.prefixLength());
            if (isNear || reached.isEqual(entry.ip()))
                return true;
        }
    }
    return false;
}

} // namespace gatehouse::oauth
