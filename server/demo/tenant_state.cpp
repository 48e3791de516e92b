// SPDX-License-Identifier: GPL-3.0-or-later
#include <demo/tenant_state.h>

#include <base/crypto.h>
#include <base/json.h>
#include <demo/private_file.h>

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>

namespace gatehouse::demo {

using namespace Qt::StringLiterals;

namespace {

QJsonObject familyToJson(const QByteArray &name, const RefreshFamily &family)
{
    return {{u"family"_s, QString::fromLatin1(toBase64Url(name))},
            {u"current"_s, QString::fromLatin1(toBase64Url(family.currentHash))},
            {u"previous"_s, QString::fromLatin1(toBase64Url(family.previousHash))},
            {u"rotatedAt"_s, family.rotatedAt},
            {u"clientId"_s, family.grant.clientId},
            {u"person"_s, family.grant.personKey},
            {u"scopes"_s, QJsonArray::fromStringList(family.grant.scopes)},
            {u"audience"_s, family.grant.audience},
            {u"authTime"_s, family.grant.authTime},
            {u"expiresAt"_s, family.expiresAt}};
}

constexpr qint64 kLatestTime = 253'402'300'799; // the end of year 9999

/// Name and family; complaints go to the reader's list.
std::pair<QByteArray, RefreshFamily> readFamily(JsonReader &reader)
{
    const auto decoded = [&reader](QLatin1String key, const QString &text) {
        const auto bytes = fromBase64Url(text.toLatin1());
        if (!bytes)
            reader.complain(key, u"must be base64url"_s);
        return bytes.value_or(QByteArray());
    };
    RefreshFamily family;
    const auto name = decoded("family"_L1, reader.requiredString("family"_L1));
    family.currentHash = decoded("current"_L1, reader.requiredString("current"_L1));
    family.previousHash =
        decoded("previous"_L1, reader.optionalString("previous"_L1).value_or(QString()));
    family.rotatedAt = reader.optionalInteger("rotatedAt"_L1, 0, kLatestTime).value_or(0);
    family.grant.clientId = reader.requiredString("clientId"_L1);
    family.grant.personKey = reader.requiredString("person"_L1);
    family.grant.scopes = reader.optionalStrings("scopes"_L1);
    family.grant.audience = reader.optionalString("audience"_L1).value_or(QString());
    family.grant.authTime = reader.optionalInteger("authTime"_L1, 0, kLatestTime).value_or(0);
    family.expiresAt = reader.optionalInteger("expiresAt"_L1, 0, kLatestTime).value_or(0);
    return {name, family};
}

Error unreadable(const QString &path, const QString &detail)
{
    return Error{u"The demo tenant's file %1 is damaged."_s.arg(path),
                 u"Move it away; the demo makes a new one, and you sign in again."_s, detail};
}

} // namespace

TenantState::TenantState(QString path, oidc::SigningKey key)
    : m_path(std::move(path)), m_key(std::move(key))
{
}

Result<TenantState> TenantState::load(const QString &dataDirectory)
{
    if (const auto made = ensurePrivateDirectory(dataDirectory); !made)
        return fail(made.error());
    const auto path = QDir(dataDirectory).filePath(u"demo-tenant.json"_s);
    const auto content = readFile(path);
    if (!content)
        return fail(content.error());
    return *content ? parse(path, **content) : create(path);
}

Result<TenantState> TenantState::create(const QString &path)
{
    auto key = oidc::SigningKey::create();
    if (!key)
        return fail(key.error());
    TenantState state(path, *std::move(key));
    if (const auto saved = state.save(); !saved)
        return fail(saved.error());
    return state;
}

Result<TenantState> TenantState::parse(const QString &path, const QByteArray &content)
{
    const auto document = parseJsonObject(content);
    if (!document)
        return fail(unreadable(path, document.error().message));
    auto key = oidc::SigningKey::fromPrivateJwk(
        Secret(toCompactJson(document->value("signingKey"_L1).toObject())));
    if (!key)
        return fail(unreadable(path, key.error().detail));

    TenantState state(path, *std::move(key));
    QStringList errors;
    JsonReader reader(*document, {}, errors);
    auto families = reader.optionalObjects("refreshTokens"_L1);
    for (auto &family : families) {
        const auto [name, record] = readFamily(family);
        state.m_families.insert(name, record);
    }
    if (!errors.isEmpty())
        return fail(unreadable(path, errors.join(u"; ")));
    return state;
}

Result<std::monostate> TenantState::replaceFamilies(QHash<QByteArray, RefreshFamily> families)
{
    auto previous = std::exchange(m_families, std::move(families));
    auto saved = save();
    if (!saved)
        m_families = std::move(previous);
    return saved;
}

Result<std::monostate> TenantState::save() const
{
    const auto privateJwk = m_key.toPrivateJwk();
    QJsonArray families;
    for (auto it = m_families.cbegin(); it != m_families.cend(); ++it)
        families.append(familyToJson(it.key(), it.value()));
    const QJsonObject document{
        {u"signingKey"_s, QJsonDocument::fromJson(privateJwk.reveal()).object()},
        {u"refreshTokens"_s, families}};
    return writePrivateFile(m_path, QJsonDocument(document).toJson());
}

} // namespace gatehouse::demo
