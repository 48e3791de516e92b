// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/state_seal.h>

#include <base/crypto.h>
#include <base/json.h>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

namespace {

/// What a request is about, in words that no other request shares.
QString describe(const StateSeal::Binding &binding)
{
    return binding.method + u'\n' + binding.name + u'\n'
        + QString::fromLatin1(sha256(toCompactJson(binding.arguments)).toHex());
}

} // namespace

QString StateSeal::seal(const QJsonObject &state, const Binding &binding) const
{
    const auto payload = toCompactJson(
        QJsonObject{{u"state"_s, state}, {u"until"_s, toMilliseconds(m_clock.now() + kLifetime)}});
    return QString::fromLatin1(toBase64Url(payload) + '.' + toBase64Url(tag(payload, binding)));
}

std::optional<QJsonObject> StateSeal::open(const QString &sealed, const Binding &binding) const
{
    const auto parts = sealed.toLatin1().split('.');
    const auto payload = fromBase64Url(parts.value(0));
    const auto given = fromBase64Url(parts.value(1));
    if (parts.size() != 2 || !payload || !given
        || !constantTimeEquals(*given, tag(*payload, binding)))
        return std::nullopt;
    const auto read = parseJsonObject(*payload);
    if (!read || read->value("until"_L1).toInteger() < toMilliseconds(m_clock.now()))
        return std::nullopt;
    return read->value("state"_L1).toObject();
}

QByteArray StateSeal::tag(const QByteArray &payload, const Binding &binding) const
{
    // Each part by its hash, so that no two divisions of one text are the same.
    return hmacSha256(m_key.reveal(),
                      "request state" + sha256(payload) + sha256(binding.grant.value.toUtf8())
                          + sha256(describe(binding).toUtf8()));
}

} // namespace gatehouse::mcp
