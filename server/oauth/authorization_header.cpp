// SPDX-License-Identifier: GPL-3.0-or-later
#include <oauth/authorization_header.h>

#include <algorithm>

namespace gatehouse::oauth {

namespace {

constexpr QByteArrayView kBearer("bearer ");
constexpr QByteArrayView kBasic("basic ");

/// RFC 9110 §11.1: the name of a scheme is compared without regard to case.
bool hasScheme(QByteArrayView authorization, QByteArrayView scheme)
{
    return authorization.size() >= scheme.size()
        && authorization.first(scheme.size()).compare(scheme, Qt::CaseInsensitive) == 0;
}

QByteArray formDecoded(QByteArray text)
{
    return QByteArray::fromPercentEncoding(text.replace('+', ' '));
}

} // namespace

std::optional<QByteArray> bearerToken(QByteArrayView authorization)
{
    if (!hasScheme(authorization, kBearer))
        return std::nullopt;
    constexpr QByteArrayView kPunctuation("-._~+/=");
    const auto token = authorization.sliced(kBearer.size()).trimmed().toByteArray();
    const bool fine = std::all_of(token.begin(), token.end(), [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
            || kPunctuation.contains(c);
    });
    return fine ? token : QByteArray();
}

bool isBasic(QByteArrayView authorization)
{
    return hasScheme(authorization, kBasic);
}

std::optional<BasicCredentials> basicCredentials(QByteArrayView authorization)
{
    if (!isBasic(authorization))
        return std::nullopt;
    const auto encoded = authorization.sliced(kBasic.size()).trimmed().toByteArray();
    const auto decoded =
        QByteArray::fromBase64Encoding(encoded, QByteArray::AbortOnBase64DecodingErrors);
    if (!decoded)
        return std::nullopt;
    const auto colon = decoded.decoded.indexOf(':');
    if (colon <= 0)
        return std::nullopt;
    return BasicCredentials{QString::fromUtf8(formDecoded(decoded.decoded.left(colon))),
                            formDecoded(decoded.decoded.mid(colon + 1))};
}

} // namespace gatehouse::oauth
