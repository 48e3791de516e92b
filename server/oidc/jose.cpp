// SPDX-License-Identifier: GPL-3.0-or-later
#include <oidc/jose.h>

#include <base/crypto.h>
#include <base/json.h>
#include <base/text.h>

#include <cjose/cjose.h>

#include <QJsonArray>

#include <bit>

namespace gatehouse::oidc {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kSmallestRsaBits = 2048;
// OpenSSL refuses to verify with more; a set full of huge keys must not cost import time either.
constexpr qsizetype kLargestRsaBits = 16384;
constexpr qsizetype kP256CoordinateBytes = 32;
constexpr qsizetype kMostKeys = 64;

struct Algorithm {
    QLatin1StringView name;
    QLatin1StringView kty;
};
// All that is accepted. RFC 8725 §3.1: exact names, and each with one kind of key.
constexpr std::array kAlgorithms{Algorithm{"RS256"_L1, "RSA"_L1}, Algorithm{"PS256"_L1, "RSA"_L1},
                                 Algorithm{"ES256"_L1, "EC"_L1}};

std::shared_ptr<void> ownKey(cjose_jwk_t *key)
{
    return {key, [](void *handle) { cjose_jwk_release(static_cast<cjose_jwk_t *>(handle)); }};
}

cjose_jwk_t *toCjose(const std::shared_ptr<void> &handle)
{
    return static_cast<cjose_jwk_t *>(handle.get());
}

struct JwsDeleter {
    void operator()(cjose_jws_t *jws) const { cjose_jws_release(jws); }
};
using JwsPointer = std::unique_ptr<cjose_jws_t, JwsDeleter>;

struct HeaderDeleter {
    void operator()(cjose_header_t *header) const { cjose_header_release(header); }
};
using HeaderPointer = std::unique_ptr<cjose_header_t, HeaderDeleter>;

Error notValid(const QString &reason)
{
    return Error{u"The signature of the tenant's token is not valid."_s}.withDetail(reason);
}

const Algorithm *findAlgorithm(const QString &name)
{
    const auto found = std::find_if(kAlgorithms.begin(), kAlgorithms.end(),
                                    [&](const Algorithm &a) { return a.name == name; });
    return found == kAlgorithms.end() ? nullptr : &*found;
}

// --- keys

QByteArray decodedMember(const QJsonObject &jwk, QLatin1StringView name)
{
    return fromBase64Url(jwk.value(name).toString().toLatin1()).value_or(QByteArray());
}

qsizetype bitLength(const QByteArray &bigEndian)
{
    qsizetype first = 0;
    while (first < bigEndian.size() && bigEndian.at(first) == 0)
        ++first;
    if (first == bigEndian.size())
        return 0;
    const auto top = static_cast<unsigned char>(bigEndian.at(first));
    return (bigEndian.size() - first - 1) * 8 + std::bit_width(static_cast<unsigned>(top));
}

bool isStrongRsa(const QJsonObject &jwk)
{
    const auto bits = bitLength(decodedMember(jwk, "n"_L1));
    const auto exponent = decodedMember(jwk, "e"_L1);
    return bits >= kSmallestRsaBits && bits <= kLargestRsaBits && bitLength(exponent) >= 2
        && (exponent.back() & 1) == 1;
}

bool isP256(const QJsonObject &jwk)
{
    return jwk.value("crv"_L1) == "P-256"_L1
        && decodedMember(jwk, "x"_L1).size() == kP256CoordinateBytes
        && decodedMember(jwk, "y"_L1).size() == kP256CoordinateBytes;
}

/// RFC 7517 §4.2, §4.3: absent, or it says that the key verifies signatures.
bool isMeantForSignatures(const QJsonObject &jwk)
{
    const auto use = jwk.value("use"_L1);
    const auto operations = jwk.value("key_ops"_L1);
    return (use.isUndefined() || use == "sig"_L1)
        && (operations.isUndefined() || operations.toArray().contains(u"verify"_s));
}

/// RFC 7517 §4.4: absent, or an algorithm that this kind of key can do here.
bool isMeantForOurAlgorithms(const QJsonObject &jwk)
{
    const auto alg = jwk.value("alg"_L1);
    if (alg.isUndefined())
        return true;
    const auto *algorithm = findAlgorithm(alg.toString());
    return algorithm != nullptr && jwk.value("kty"_L1) == algorithm->kty;
}

/// Only the members that make up the public key, so that a library never sees anything else.
QJsonObject publicMembers(const QJsonObject &jwk)
{
    QJsonObject result;
    for (const auto name : {"kty"_L1, "crv"_L1, "x"_L1, "y"_L1, "n"_L1, "e"_L1}) {
        if (jwk.contains(name))
            result.insert(name, jwk.value(name));
    }
    return result;
}

std::shared_ptr<void> import(const QJsonObject &jwk)
{
    auto json = toCompactJson(jwk);
    cjose_err error{};
    auto *key = cjose_jwk_import(json.constData(), static_cast<size_t>(json.size()), &error);
    wipe(json);
    return key == nullptr ? nullptr : ownKey(key);
}

std::optional<VerificationKey> usableKey(const QJsonObject &jwk)
{
    const auto kty = jwk.value("kty"_L1).toString();
    const auto kid = jwk.value("kid"_L1);
    const bool strong = (kty == "RSA"_L1 && isStrongRsa(jwk)) || (kty == "EC"_L1 && isP256(jwk));
    if (!strong || !isMeantForSignatures(jwk) || !isMeantForOurAlgorithms(jwk)
        || !(kid.isUndefined() || kid.isString())) {
        return std::nullopt;
    }
    auto handle = import(publicMembers(jwk));
    if (!handle)
        return std::nullopt;
    return VerificationKey{kid.toString(), jwk.value("alg"_L1).toString(), kty, std::move(handle)};
}

// --- tokens

struct JwsHead {
    const Algorithm *algorithm;
    QJsonValue kid;
};

Result<QJsonObject> parseHeader(const QByteArray &compact)
{
    if (compact.size() > kLongestJws)
        return fail(notValid(u"the token is longer than %1 bytes"_s.arg(kLongestJws)));
    const auto parts = compact.split('.');
    if (parts.size() != 3)
        return fail(notValid(u"the token does not have three parts"_s));
    for (const auto &part : parts) {
        if (part.isEmpty() || !fromBase64Url(part))
            return fail(notValid(u"a part of the token is empty or not base64url"_s));
    }
    auto header = parseJsonObject(*fromBase64Url(parts.first()));
    if (!header)
        return fail(notValid(u"the header is not a JSON object"_s));
    return *header;
}

/// Everything that must hold before the JOSE library sees the token, as it accepts more.
Result<JwsHead> checkHeader(const QJsonObject &header)
{
    const auto alg = header.value("alg"_L1).toString();
    const auto *algorithm = findAlgorithm(alg);
    if (algorithm == nullptr)
        return fail(notValid(u"the algorithm %1 is not accepted"_s.arg(shownText(alg))));
    // RFC 7515 §4.1.11: extensions that are not understood make the token invalid; none is here.
    if (header.contains("crit"_L1))
        return fail(notValid(u"the header has critical extensions"_s));
    // RFC 7797: would change what was signed.
    if (header.contains("b64"_L1))
        return fail(notValid(u"the header has b64"_s));
    const auto kid = header.value("kid"_L1);
    if (!kid.isUndefined() && !kid.isString())
        return fail(notValid(u"the kid is not a string"_s));
    return JwsHead{algorithm, kid};
}

Result<const VerificationKey *> chooseKey(const JwsHead &head, const JwkSet &set)
{
    std::vector<const VerificationKey *> fitting;
    for (const auto &key : set.keys()) {
        const bool named = head.kid.isUndefined() || key.kid == head.kid.toString();
        const bool fits = key.kty == head.algorithm->kty
            && (key.alg.isEmpty() || key.alg == head.algorithm->name);
        if (named && fits)
            fitting.push_back(&key);
    }
    if (fitting.empty())
        return fail(notValid(u"the tenant has no key that fits the token"_s));
    if (fitting.size() > 1)
        return fail(notValid(u"several keys of the tenant fit the token"_s));
    return fitting.front();
}

Result<QJsonObject> verifyWith(const QByteArray &compact, const JwsHead &head,
                               const VerificationKey &key)
{
    cjose_err error{};
    const JwsPointer jws(
        cjose_jws_import(compact.constData(), static_cast<size_t>(compact.size()), &error));
    if (!jws)
        return fail(notValid(u"the token cannot be read"_s));
    // A repeated member could be read differently by two parsers: both must see the same algorithm.
    const char *alg = cjose_header_get(cjose_jws_get_protected(jws.get()), CJOSE_HDR_ALG, &error);
    if (alg == nullptr || QLatin1StringView(alg) != head.algorithm->name)
        return fail(notValid(u"the algorithm is ambiguous"_s));
    if (!cjose_jws_verify(jws.get(), toCjose(key.handle), &error))
        return fail(notValid(u"the signature does not match the key"_s));
    uint8_t *payload = nullptr;
    size_t size = 0;
    if (!cjose_jws_get_plaintext(jws.get(), &payload, &size, &error))
        return fail(notValid(u"the payload cannot be read"_s));
    auto claims = parseJsonObject(
        QByteArray(reinterpret_cast<const char *>(payload), static_cast<qsizetype>(size)));
    if (!claims)
        return fail(notValid(u"the claims are not a JSON object"_s));
    return *claims;
}

Error signingFailed(const cjose_err &error)
{
    return Error{u"The development tenant's signing key does not work."_s}.withDetail(
        QString::fromUtf8(error.message));
}

/// RFC 7638 §3: the required members in lexical order, without white space.
QString thumbprint(const QJsonObject &rsaPublic)
{
    QJsonObject required;
    for (const auto name : {"e"_L1, "kty"_L1, "n"_L1})
        required.insert(name, rsaPublic.value(name));
    return QString::fromLatin1(toBase64Url(sha256(toCompactJson(required))));
}

QByteArray toJson(const std::shared_ptr<void> &handle, bool withPrivate)
{
    cjose_err error{};
    char *text = cjose_jwk_to_json(toCjose(handle), withPrivate, &error);
    if (text == nullptr)
        return {};
    QByteArray json(text);
    cjose_get_dealloc()(text);
    return json;
}

} // namespace

Result<JwkSet> JwkSet::parse(const QJsonObject &document)
{
    const auto keys = document.value("keys"_L1);
    if (!keys.isArray())
        return fail(Error{u"The tenant's key set has no keys."_s});
    if (keys.toArray().size() > kMostKeys)
        return fail(Error{u"The tenant's key set has too many keys."_s});
    JwkSet set;
    const auto array = keys.toArray();
    for (const auto &entry : array) {
        if (auto key = usableKey(entry.toObject()))
            set.m_keys.push_back(*std::move(key));
    }
    return set;
}

bool JwkSet::contains(const QString &kid) const
{
    return std::any_of(m_keys.begin(), m_keys.end(),
                       [&](const VerificationKey &key) { return key.kid == kid; });
}

QString unverifiedKid(const QByteArray &compact)
{
    const auto header = parseHeader(compact);
    return header ? header->value("kid"_L1).toString() : QString();
}

QJsonObject unverifiedClaims(const QByteArray &compact)
{
    const auto parts = compact.split('.');
    const auto payload = parts.size() == 3 ? fromBase64Url(parts.at(1)) : std::nullopt;
    return payload ? parseJsonObject(*payload).value_or(QJsonObject()) : QJsonObject();
}

Result<QJsonObject> verifyJws(const QByteArray &compact, const JwkSet &keys)
{
    return parseHeader(compact).and_then(checkHeader).and_then([&](const JwsHead &head) {
        return chooseKey(head, keys).and_then([&](const VerificationKey *key) {
            return verifyWith(compact, head, *key);
        });
    });
}

SigningKey::SigningKey(std::shared_ptr<void> handle, QJsonObject publicJwk)
    : m_handle(std::move(handle)), m_publicJwk(std::move(publicJwk))
{
}

Result<SigningKey> SigningKey::create()
{
    constexpr std::array<uint8_t, 3> exponent{1, 0, 1};
    cjose_err error{};
    auto *key =
        cjose_jwk_create_RSA_random(kSmallestRsaBits, exponent.data(), exponent.size(), &error);
    if (key == nullptr)
        return fail(signingFailed(error));
    return fromHandle(ownKey(key));
}

Result<SigningKey> SigningKey::fromPrivateJwk(const Secret &json)
{
    const Error unreadable{u"The stored signing key cannot be read."_s};
    const auto jwk = parseJsonObject(json.reveal());
    if (!jwk || jwk->value("kty"_L1) != "RSA"_L1 || !isStrongRsa(*jwk) || !jwk->contains("d"_L1))
        return fail(unreadable);
    auto handle = import(*jwk);
    if (!handle)
        return fail(unreadable);
    return fromHandle(std::move(handle));
}

Result<SigningKey> SigningKey::fromHandle(std::shared_ptr<void> handle)
{
    const auto parsed = parseJsonObject(toJson(handle, false));
    if (!parsed)
        return fail(signingFailed({}));
    auto jwk = publicMembers(*parsed);
    jwk.insert("kid"_L1, thumbprint(jwk));
    jwk.insert("use"_L1, u"sig"_s);
    jwk.insert("alg"_L1, u"RS256"_s);
    return SigningKey(std::move(handle), std::move(jwk));
}

Secret SigningKey::toPrivateJwk() const
{
    auto json = toJson(m_handle, true);
    Secret result(json);
    wipe(json);
    return result;
}

QString SigningKey::kid() const
{
    return m_publicJwk.value("kid"_L1).toString();
}

Result<QByteArray> SigningKey::sign(const QJsonObject &claims, const QString &typ) const
{
    cjose_err error{};
    const HeaderPointer header(cjose_header_new(&error));
    const auto kidText = kid().toUtf8();
    const auto typText = typ.toUtf8();
    if (!header || !cjose_header_set(header.get(), CJOSE_HDR_ALG, CJOSE_HDR_ALG_RS256, &error)
        || !cjose_header_set(header.get(), "typ", typText.constData(), &error)
        || !cjose_header_set(header.get(), CJOSE_HDR_KID, kidText.constData(), &error)) {
        return fail(signingFailed(error));
    }
    const auto payload = toCompactJson(claims);
    const JwsPointer jws(cjose_jws_sign(toCjose(m_handle), header.get(),
                                        reinterpret_cast<const uint8_t *>(payload.constData()),
                                        static_cast<size_t>(payload.size()), &error));
    const char *compact = nullptr; // belongs to the JWS
    if (!jws || !cjose_jws_export(jws.get(), &compact, &error))
        return fail(signingFailed(error));
    return QByteArray(compact);
}

} // namespace gatehouse::oidc
