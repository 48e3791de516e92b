// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>
#include <base/secret.h>

#include <QByteArray>
#include <QJsonObject>
#include <QString>

#include <memory>
#include <vector>

namespace gatehouse::oidc {

/// The longest token that is looked at, in bytes.
constexpr qsizetype kLongestJws = 64 * 1024;

/// One public key that may verify signatures. The handle belongs to the JOSE library.
struct VerificationKey {
    QString kid; ///< empty when the key has none
    QString alg; ///< empty when the key does not say
    QString kty; ///< RSA or EC
    std::shared_ptr<void> handle;
};

/// The public keys of a tenant (RFC 7517 §5). A value; copies share the keys.
class JwkSet {
public:
    JwkSet() = default;
    /// Takes the keys that may verify: RSA from 2048 bits and EC on P-256, meant for signatures.
    /// Keys of other kinds are left out, as a tenant may publish keys for other purposes; a
    /// document without `keys` is an error.
    [[nodiscard]] static Result<JwkSet> parse(const QJsonObject &document);

    [[nodiscard]] const std::vector<VerificationKey> &keys() const { return m_keys; }
    [[nodiscard]] bool contains(const QString &kid) const;

private:
    std::vector<VerificationKey> m_keys;
};

/// The key id that a compact JWS names, before anything is verified; empty when it names none or is
/// no JWS. Only good for looking up keys.
[[nodiscard]] QString unverifiedKid(const QByteArray &compact);
/// What a compact JWS says, before anything is verified; empty when it is none, as an opaque token.
/// Only good for tokens that somebody else verifies.
[[nodiscard]] QJsonObject unverifiedClaims(const QByteArray &compact);

/// Verifies a compact JWS (RFC 7515 §5.2) signed with RS256, PS256 or ES256 and returns its claims.
/// The error's detail says which check failed; neither text holds a part of the token.
[[nodiscard]] Result<QJsonObject> verifyJws(const QByteArray &compact, const JwkSet &keys);

/// An RSA key that signs RS256 tokens, for a development tenant. A value; copies share the key.
class SigningKey {
public:
    /// Makes a new 2048-bit key; takes a moment.
    [[nodiscard]] static Result<SigningKey> create();
    /// Reads what toPrivateJwk() wrote.
    [[nodiscard]] static Result<SigningKey> fromPrivateJwk(const Secret &json);

    [[nodiscard]] Secret toPrivateJwk() const;
    /// For a JWKS document: kid, alg and use included.
    [[nodiscard]] QJsonObject publicJwk() const { return m_publicJwk; }
    /// The thumbprint of the public key (RFC 7638).
    [[nodiscard]] QString kid() const;
    /// A compact RS256 JWS; `typ` is for example "JWT" or "at+jwt".
    [[nodiscard]] Result<QByteArray> sign(const QJsonObject &claims, const QString &typ) const;

private:
    SigningKey(std::shared_ptr<void> handle, QJsonObject publicJwk);
    [[nodiscard]] static Result<SigningKey> fromHandle(std::shared_ptr<void> handle);

    std::shared_ptr<void> m_handle;
    QJsonObject m_publicJwk;
};

} // namespace gatehouse::oidc
