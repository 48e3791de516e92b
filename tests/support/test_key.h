// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QJsonObject>

#include <memory>

namespace gatehouse::tests {

/// A key that signs whatever it is told, also what nobody should accept. On OpenSSL directly, so
/// that the library under test does not check itself.
class TestKey {
public:
    [[nodiscard]] static TestKey rsa(int bits = 2048);
    [[nodiscard]] static TestKey p256();
    [[nodiscard]] static TestKey symmetric();

    /// kty and the public numbers (for a symmetric key, the key).
    [[nodiscard]] QJsonObject jwk() const;
    [[nodiscard]] QJsonObject jwk(const QString &kid) const;
    /// A compact JWS signed as the header's alg says; "none" leaves the signature empty.
    [[nodiscard]] QByteArray sign(const QJsonObject &header, const QJsonObject &claims) const;
    /// The same for a header and payload that need not be JSON.
    [[nodiscard]] QByteArray signRaw(const QString &alg, const QByteArray &header,
                                     const QByteArray &payload) const;

private:
    [[nodiscard]] QByteArray signature(const QString &alg, const QByteArray &input) const;

    std::shared_ptr<void> m_key;
    QByteArray m_secret;
};

} // namespace gatehouse::tests
