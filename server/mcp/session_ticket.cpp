// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/session_ticket.h>

#include <base/crypto.h>

namespace gatehouse::mcp {

namespace {

constexpr char kVersion = 2;
constexpr qsizetype kRandomBytes = 15;
constexpr qsizetype kTimeBytes = 6;
/// Version, revision, abilities, milliseconds, random. With the signature a multiple of three, so
/// that there is one spelling in Base64.
constexpr qsizetype kPayloadBytes = 3 + kTimeBytes + kRandomBytes;
constexpr qsizetype kTagBytes = 18;

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
    const auto time = quint64(toMilliseconds(issuedAt));
    for (qsizetype i = kTimeBytes; i > 0; --i)
        payload += char(time >> (8 * (i - 1)));
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
    qint64 time = 0;
    for (qsizetype i = 0; i < kTimeBytes; ++i)
        time = time << 8 | quint8(payload.at(3 + i));
    return SessionTicket{revision, ClientAbilities::fromBits(quint8(payload.at(2))),
                         fromMilliseconds(time)};
}

} // namespace gatehouse::mcp
