// SPDX-License-Identifier: GPL-3.0-or-later
#include <base/random.h>

#include <base/crypto.h>

#include <openssl/rand.h>

#include <cstdlib>

namespace gatehouse {

QByteArray SystemRandom::bytes(int count)
{
    QByteArray out(count, Qt::Uninitialized);
    if (RAND_bytes(reinterpret_cast<unsigned char *>(out.data()), count) != 1)
        std::abort();
    return out;
}

QByteArray randomToken(RandomSource &random)
{
    return toBase64Url(random.bytes(32));
}

QString randomId(RandomSource &random)
{
    // Typed after a verb: a leading "-" would be an option, and a double click stops at one.
    return QString::fromLatin1(toBase64Url(random.bytes(12)))
        .replace(u'-', u'a')
        .replace(u'_', u'b');
}

QString randomMatchingCode(RandomSource &random)
{
    // 32 characters, so that five bits choose one without bias; 0/O, 1/I/L are left out.
    constexpr QLatin1String kAlphabet("23456789ABCDEFGHJKMNPQRSTUVWXYZ#");
    QString code;
    while (code.size() < 4) {
        const auto byte = random.bytes(1);
        const QLatin1Char c = kAlphabet.at(static_cast<unsigned char>(byte.at(0)) & 31U);
        if (c != QLatin1Char('#'))
            code.append(c);
    }
    return code;
}

} // namespace gatehouse
