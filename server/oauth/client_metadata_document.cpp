// SPDX-License-Identifier: GPL-3.0-or-later
#include <oauth/client_metadata_document.h>

#include <base/json.h>
#include <oauth/redirect_uri.h>

#include <QRegularExpression>

#include <algorithm>
#include <array>

namespace gatehouse::oauth {

using namespace Qt::StringLiterals;

namespace {

/// CIMD §3 wants them short: people read them.
constexpr qsizetype kLongestAddress = 1024;
constexpr qsizetype kMostRedirectUris = 20;
constexpr int kLastPort = 65535;
constexpr int kHttpsPort = 443;

/// Names that are looked up in the neighbourhood, or must never be looked up at all (RFC 6761,
/// 6762, 7686, 8375, 9476).
constexpr std::array kNearbyDomains{".localhost"_L1, ".local"_L1, ".internal"_L1,
                                    ".home.arpa"_L1, ".onion"_L1, ".alt"_L1};

/// What private keys, and keys that both sides share, have and public ones have not (RFC 7518 §6).
constexpr std::array kPrivateKeyMembers{"d"_L1,  "p"_L1,  "q"_L1,   "dp"_L1,
                                        "dq"_L1, "qi"_L1, "oth"_L1, "k"_L1};

struct AddressParts {
    QString authority;
    QString path;
};

struct Checking {
    AddressParts address;
    QUrl url;
};

using AddressCheck = std::optional<Error> (*)(const ClientId &, Checking &);

Error badAddress(const QString &what)
{
    return Error{u"The program's ID is a web address that Gatehouse does not accept: "_s + what};
}

std::optional<Error> checkCharacters(const ClientId &id, Checking &)
{
    const bool isPlain = std::all_of(id.value.begin(), id.value.end(), [](QChar c) {
        return c.unicode() > 0x20 && c.unicode() < 0x7f && !u"\\\"<>^`{|}"_s.contains(c);
    });
    if (!isPlain)
        return badAddress(u"it has characters that do not belong in one."_s);
    if (id.value.size() > kLongestAddress)
        return badAddress(u"it is longer than 1024 characters."_s);
    return std::nullopt;
}

/// In small letters: the document must repeat the ID letter by letter, so there is one way to write
/// it.
std::optional<Error> checkScheme(const ClientId &id, Checking &)
{
    if (!id.value.startsWith("https://"_L1))
        return badAddress(u"it does not begin with https://."_s);
    return std::nullopt;
}

std::optional<Error> checkShape(const ClientId &id, Checking &checking)
{
    if (id.value.contains(u'#'))
        return badAddress(u"it has a fragment."_s);
    static const QRegularExpression kShape(u"\\Ahttps://([^/?]*)([^?]*)(?:\\?.*)?\\z"_s);
    const auto match = kShape.match(id.value);
    checking.address = {match.captured(1), match.captured(2)};
    checking.url = QUrl(id.value, QUrl::StrictMode);
    if (!match.hasMatch() || !checking.url.isValid())
        return badAddress(u"it is not a valid one."_s);
    return std::nullopt;
}

std::optional<Error> checkUser(const ClientId &, Checking &checking)
{
    if (checking.address.authority.contains(u'@'))
        return badAddress(u"it carries a user name."_s);
    return std::nullopt;
}

/// A name, because it is what the person is shown as verified; numbers, in all their spellings,
/// name nobody.
std::optional<Error> checkHost(const ClientId &, Checking &checking)
{
    static const QRegularExpression kNameAndPort(
        u"\\A((?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\\.)+[a-z](?:[a-z0-9-]*[a-z0-9])?)(?::(\\d{1,5}))?\\z"_s,
        QRegularExpression::CaseInsensitiveOption);
    const auto match = kNameAndPort.match(checking.address.authority);
    const auto name = match.captured(1).toLower();
    const bool isNearby =
        std::any_of(kNearbyDomains.begin(), kNearbyDomains.end(),
                    [&](QLatin1StringView domain) { return name.endsWith(domain); });
    if (!match.hasMatch() || isNearby)
        return badAddress(u"it does not name a host of the public Internet."_s);
    if (match.hasCaptured(2)) {
        const int port = match.captured(2).toInt();
        if (port < 1 || port > kLastPort)
            return badAddress(u"its port does not exist."_s);
    }
    return std::nullopt;
}

std::optional<Error> checkPath(const ClientId &, Checking &checking)
{
    auto path = checking.address.path;
    if (path.isEmpty())
        return badAddress(u"it has no path."_s);
    // On the way to the server the encoded form becomes the plain one.
    const auto segments = path.replace("%2e"_L1, "."_L1, Qt::CaseInsensitive).split(u'/');
    if (segments.contains(u"."_s) || segments.contains(u".."_s))
        return badAddress(u"its path has dot segments."_s);
    return std::nullopt;
}

Error badDocument(const QString &what)
{
    return Error{u"The description at the program's address cannot be used: "_s + what};
}

/// CIMD §4.1: compared as written (RFC 3986 §6.2.1). Otherwise whoever may put a file on a host
/// could speak for another address.
std::optional<Error> checkClientId(const QJsonObject &document, store::Client &client)
{
    if (document.value("client_id"_L1).toString() != client.id.value)
        return badDocument(u"its client_id is not its own address."_s);
    return std::nullopt;
}

/// MCP 2025-11-25: required beside client_id and redirect_uris.
std::optional<Error> checkName(const QJsonObject &document, store::Client &client)
{
    client.name = document.value("client_name"_L1).toString();
    if (client.name.trimmed().isEmpty())
        return badDocument(u"client_name is missing."_s);
    return std::nullopt;
}

std::optional<Error> checkRedirectUris(const QJsonObject &document, store::Client &client)
{
    const auto uris = document.value("redirect_uris"_L1).toArray();
    if (uris.isEmpty() || uris.size() > kMostRedirectUris)
        return badDocument(u"between 1 and 20 redirect_uris are needed."_s);
    for (const auto &uri : uris) {
        const auto text = uri.toString();
        if (const auto checked = checkRegisteredRedirectUri(text); !checked)
            return badDocument(checked.error().message);
        client.redirectUris.append(text);
    }
    return std::nullopt;
}

/// CIMD §4.1: a public document cannot hold a secret.
std::optional<Error> checkNoSecret(const QJsonObject &document, store::Client &)
{
    for (const auto &key : {u"client_secret"_s, u"client_secret_expires_at"_s}) {
        if (document.contains(key))
            return badDocument(u"it must not contain %1."_s.arg(key));
    }
    return std::nullopt;
}

std::optional<Error> checkAuthMethod(const QJsonObject &document, store::Client &client)
{
    client.authMethod = u"none"_s;
    const auto method = document.value("token_endpoint_auth_method"_L1);
    if (method.isUndefined() || method.toString() == "none"_L1)
        return std::nullopt;
    if (method.toString() == "private_key_jwt"_L1) {
        return badDocument(u"it asks for private_key_jwt, which Gatehouse does not support; "
                           "token_endpoint_auth_method must be none."_s);
    }
    return badDocument(u"token_endpoint_auth_method must be none."_s);
}

bool holdsPrivateKey(const QJsonValue &value)
{
    if (value.isArray()) {
        const auto elements = value.toArray();
        return std::any_of(elements.begin(), elements.end(), &holdsPrivateKey);
    }
    const auto object = value.toObject();
    return std::any_of(kPrivateKeyMembers.begin(), kPrivateKeyMembers.end(),
                       [&](QLatin1StringView member) { return object.contains(member); })
        || std::any_of(object.begin(), object.end(), &holdsPrivateKey);
}

/// Public keys are of no use here; a private one is a mistake that its owner should hear of.
std::optional<Error> checkKeys(const QJsonObject &document, store::Client &)
{
    if (holdsPrivateKey(document.value("jwks"_L1)))
        return badDocument(u"its jwks contains a private key."_s);
    return std::nullopt;
}

/// Of the grant types those that exist here (RFC 7591 §2 lets a server choose): one document serves
/// every server, and may well name types of others.
std::optional<Error> checkGrantTypes(const QJsonObject &document, store::Client &client)
{
    client.grantTypes = {u"authorization_code"_s};
    const auto types = document.value("grant_types"_L1);
    if (!types.isUndefined() && !types.toArray().contains(u"authorization_code"_s))
        return badDocument(u"grant_types must contain authorization_code."_s);
    if (types.toArray().contains(u"refresh_token"_s))
        client.grantTypes.append(u"refresh_token"_s);
    const auto responses = document.value("response_types"_L1);
    if (!responses.isUndefined() && !responses.toArray().contains(u"code"_s))
        return badDocument(u"response_types must contain code."_s);
    return std::nullopt;
}

std::optional<Error> readApplicationType(const QJsonObject &document, store::Client &client)
{
    if (document.value("application_type"_L1).toString() == "native"_L1)
        client.applicationType = u"native"_s;
    return std::nullopt;
}

} // namespace

bool isWebAddress(const ClientId &id)
{
    return id.value.startsWith("https:"_L1, Qt::CaseInsensitive)
        || id.value.startsWith("http:"_L1, Qt::CaseInsensitive);
}

Result<QUrl> parseDocumentAddress(const ClientId &id)
{
    static constexpr std::array<AddressCheck, 6> kChecks{
        &checkCharacters, &checkScheme, &checkShape, &checkUser, &checkHost, &checkPath};
    Checking checking;
    for (const auto check : kChecks) {
        if (auto error = check(id, checking))
            return fail(*std::move(error));
    }
    return checking.url;
}

Result<store::Client> parseClientDocument(const ClientId &id, const QByteArray &body)
{
    using Check = std::optional<Error> (*)(const QJsonObject &, store::Client &);
    static constexpr std::array<Check, 8> kChecks{
        &checkClientId, &checkNoSecret,     &checkAuthMethod, &checkKeys,
        &checkName,     &checkRedirectUris, &checkGrantTypes, &readApplicationType};
    const auto document = parseJsonObject(body);
    if (!document)
        return fail(badDocument(u"it is not a JSON object."_s));
    store::Client client;
    client.id = id;
    client.kind = store::ClientKind::MetadataDocument;
    for (const auto check : kChecks) {
        if (auto error = check(*document, client))
            return fail(*std::move(error));
    }
    return client;
}

QString documentHost(const store::Client &client)
{
    if (client.kind != store::ClientKind::MetadataDocument)
        return {};
    const QUrl url(client.id.value, QUrl::StrictMode);
    const auto host = url.host(QUrl::FullyEncoded).toLower();
    const int port = url.port(kHttpsPort);
    return port == kHttpsPort ? host : u"%1:%2"_s.arg(host).arg(port);
}

QString documentHost(const std::optional<store::Client> &client)
{
    return client ? documentHost(*client) : QString();
}

} // namespace gatehouse::oauth
