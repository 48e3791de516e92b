// SPDX-License-Identifier: GPL-3.0-or-later
#include <support/test_key.h>

#include <base/crypto.h>
#include <base/json.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <QMessageAuthenticationCode>

namespace gatehouse::tests {

using namespace Qt::StringLiterals;

namespace {

constexpr int kCoordinateBytes = 32;

std::shared_ptr<void> own(EVP_PKEY *key)
{
    return {key, [](void *handle) { EVP_PKEY_free(static_cast<EVP_PKEY *>(handle)); }};
}

EVP_PKEY *toOpenSsl(const std::shared_ptr<void> &key)
{
    return static_cast<EVP_PKEY *>(key.get());
}

QByteArray toBytes(const BIGNUM *number, int size)
{
    QByteArray bytes(size, '\0');
    BN_bn2binpad(number, reinterpret_cast<unsigned char *>(bytes.data()), size);
    return bytes;
}

QString numberOf(EVP_PKEY *key, const char *parameter, int size = 0)
{
    BIGNUM *number = nullptr;
    EVP_PKEY_get_bn_param(key, parameter, &number);
    const auto bytes = toBytes(number, size > 0 ? size : BN_num_bytes(number));
    BN_free(number);
    return QString::fromLatin1(toBase64Url(bytes));
}

/// RFC 7518 §3.4: the two numbers side by side instead of DER.
QByteArray toFlatEcdsa(const QByteArray &der)
{
    const auto *data = reinterpret_cast<const unsigned char *>(der.constData());
    ECDSA_SIG *signature = d2i_ECDSA_SIG(nullptr, &data, long(der.size()));
    const auto flat = toBytes(ECDSA_SIG_get0_r(signature), kCoordinateBytes)
        + toBytes(ECDSA_SIG_get0_s(signature), kCoordinateBytes);
    ECDSA_SIG_free(signature);
    return flat;
}

} // namespace

TestKey TestKey::rsa(int bits)
{
    TestKey key;
    key.m_key = own(EVP_RSA_gen(static_cast<unsigned>(bits)));
    return key;
}

TestKey TestKey::p256()
{
    TestKey key;
    key.m_key = own(EVP_EC_gen("P-256"));
    return key;
}

TestKey TestKey::symmetric()
{
    TestKey key;
    key.m_secret = QByteArray(32, 'k');
    return key;
}

QJsonObject TestKey::jwk() const
{
    if (!m_key)
        return {{u"kty"_s, u"oct"_s}, {u"k"_s, QString::fromLatin1(toBase64Url(m_secret))}};
    auto *key = toOpenSsl(m_key);
    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC) {
        return {{u"kty"_s, u"EC"_s},
                {u"crv"_s, u"P-256"_s},
                {u"x"_s, numberOf(key, OSSL_PKEY_PARAM_EC_PUB_X, kCoordinateBytes)},
                {u"y"_s, numberOf(key, OSSL_PKEY_PARAM_EC_PUB_Y, kCoordinateBytes)}};
    }
    return {{u"kty"_s, u"RSA"_s},
            {u"n"_s, numberOf(key, OSSL_PKEY_PARAM_RSA_N)},
            {u"e"_s, numberOf(key, OSSL_PKEY_PARAM_RSA_E)}};
}

QJsonObject TestKey::jwk(const QString &kid) const
{
    auto result = jwk();
    result.insert(u"kid"_s, kid);
    return result;
}

QByteArray TestKey::sign(const QJsonObject &header, const QJsonObject &claims) const
{
    return signRaw(header.value(u"alg"_s).toString(), toCompactJson(header), toCompactJson(claims));
}

QByteArray TestKey::signRaw(const QString &alg, const QByteArray &header,
                            const QByteArray &payload) const
{
    const auto input = toBase64Url(header) + '.' + toBase64Url(payload);
    return input + '.' + toBase64Url(signature(alg, input));
}

QByteArray TestKey::signature(const QString &alg, const QByteArray &input) const
{
    if (alg == u"none"_s)
        return {};
    if (!m_key)
        return QMessageAuthenticationCode::hash(input, m_secret, QCryptographicHash::Sha256);
    auto *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *keyContext = nullptr;
    const auto *digest = alg == u"RS384"_s ? EVP_sha384() : EVP_sha256();
    EVP_DigestSignInit(context, &keyContext, digest, nullptr, toOpenSsl(m_key));
    if (alg == u"PS256"_s) {
        EVP_PKEY_CTX_set_rsa_padding(keyContext, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen(keyContext, RSA_PSS_SALTLEN_DIGEST);
    }
    const auto *data = reinterpret_cast<const unsigned char *>(input.constData());
    const auto size = static_cast<size_t>(input.size());
    size_t length = 0;
    EVP_DigestSign(context, nullptr, &length, data, size);
    QByteArray result(static_cast<qsizetype>(length), '\0');
    EVP_DigestSign(context, reinterpret_cast<unsigned char *>(result.data()), &length, data, size);
    result.truncate(static_cast<qsizetype>(length));
    EVP_MD_CTX_free(context);
    return alg == u"ES256"_s ? toFlatEcdsa(result) : result;
}

} // namespace gatehouse::tests
