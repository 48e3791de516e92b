// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/test_authority.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <QByteArray>
#include <QSslKey>

namespace gatehouse::tests {

using namespace Qt::StringLiterals;

namespace {

constexpr long kHour = 3600;
constexpr long kVersion3 = 2;

EVP_PKEY *keyOf(const std::shared_ptr<void> &key)
{
    return static_cast<EVP_PKEY *>(key.get());
}

X509 *certificateOf(const std::shared_ptr<void> &certificate)
{
    return static_cast<X509 *>(certificate.get());
}

std::shared_ptr<void> newKey()
{
    return {EVP_EC_gen("P-256"), [](void *key) { EVP_PKEY_free(static_cast<EVP_PKEY *>(key)); }};
}

void addExtension(X509 *certificate, X509 *issuer, int nid, const QByteArray &value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    auto *extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.constData());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

/// Valid from `from` until `until`, in seconds from now. Without `issuer` it signs itself.
std::shared_ptr<void> newCertificate(const QByteArray &name, EVP_PKEY *key, X509 *issuer,
                                     EVP_PKEY *issuerKey, long from, long until)
{
    static long s_serial = 0;
    auto *certificate = X509_new();
    X509_set_version(certificate, kVersion3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++s_serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), from);
    X509_gmtime_adj(X509_getm_notAfter(certificate), until);
    X509_set_pubkey(certificate, key);
    auto *subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char *>(name.constData()),
                               int(name.size()), -1, 0);
    X509_set_issuer_name(certificate, issuer ? X509_get_subject_name(issuer) : subject);
    if (issuer)
        addExtension(certificate, issuer, NID_subject_alt_name, "DNS:" + name);
    else
        addExtension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE");
    X509_sign(certificate, issuerKey, EVP_sha256());
    return {certificate, [](void *made) { X509_free(static_cast<X509 *>(made)); }};
}

QByteArray readAll(BIO *bio)
{
    char *data = nullptr;
    const auto size = BIO_get_mem_data(bio, &data);
    const QByteArray bytes(data, size);
    BIO_free(bio);
    return bytes;
}

QSslCertificate toQt(X509 *certificate)
{
    auto *bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, certificate);
    return QSslCertificate(readAll(bio));
}

QSslKey toQt(EVP_PKEY *key)
{
    auto *bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
    return QSslKey(readAll(bio), QSsl::Ec);
}

} // namespace

TestAuthority::TestAuthority()
    : m_key(newKey()), m_certificate(newCertificate("Gatehouse test authority", keyOf(m_key),
                                                    nullptr, keyOf(m_key), -kHour, kHour))
{
}

QSslCertificate TestAuthority::certificate() const
{
    return toQt(certificateOf(m_certificate));
}

QSslConfiguration TestAuthority::serverFor(const QString &host, bool isExpired) const
{
    const auto key = newKey();
    const auto certificate =
        newCertificate(host.toLatin1(), keyOf(key), certificateOf(m_certificate), keyOf(m_key),
                       -2 * kHour, isExpired ? -kHour : kHour);
    auto configuration = QSslConfiguration::defaultConfiguration();
    configuration.setLocalCertificate(toQt(certificateOf(certificate)));
    configuration.setPrivateKey(toQt(keyOf(key)));
    return configuration;
}

} // namespace gatehouse::tests
