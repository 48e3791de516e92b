// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/session_ticket.h>

#include <base/crypto.h>

namespace gatehouse::mcp {

namespace {

constexpr char kVersion = 1;
constexpr qsizetype kRandomBytes = 16;
/// Version, revision, abilities, random.
constexpr qsizetype kPayloadBytes = 3 + kRandomBytes;
constexpr qsizetype kTagBytes = 16;

QByteArray tag(const QByteArray &payload, const Secret &key, const GrantId &grant)
{
    return hmacSha256(key.reveal(), "session" + payload + grant.value.toUtf8()).left(kTagBytes);
}

} // namespace

QByteArray SessionTicket::newId(RandomSource &random, const Secret &key, const GrantId &grant) const
{
    QByteArray payload;
    payload += kVersion;
    payload += char(revision);
    payload += char(abilities.toBits());
    payload += random.bytes(kRandomBytes);
    return toBase64Url(payload + tag(payload, key, grant));
}

std::optional<SessionTicket> SessionTicket::read(const QByteArray &id, const Secret &key,
                                                 const GrantId &grant)
{
    const auto bytes = fromBase64Url(id);
    if (!bytes || bytes->size() != kPayloadBytes + kTagBytes || bytes->front() != kVersion)
        return std::nullopt;
    const auto payload = bytes->left(kPayloadBytes);
    if (!constantTimeEquals(bytes->mid(kPayloadBytes), tag(payload, key, grant)))
        return std::nullopt;
    const auto revision = Revision(payload.at(1));
    if (revision < Revision::V2025_03_26 || isStateless(revision))
        return std::nullopt;
    return SessionTicket{revision, ClientAbilities::fromBits(quint8(payload.at(2)))};
}

} // namespace gatehouse::mcp
