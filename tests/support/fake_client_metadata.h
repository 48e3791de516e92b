// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <oauth/client_metadata_source.h>

#include <QHash>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QPointer>

#include <utility>
#include <vector>

namespace gatehouse::tests {

using namespace Qt::StringLiterals;

/// A web of client metadata documents without a network. What is not in it cannot be read.
class FakeClientMetadata final : public oauth::ClientMetadataSource {
public:
    void fetch(const QUrl &address, QObject *context, Callback<oauth::ClientDocument> then) override
    {
        fetched.append(address.toString());
        if (web)
            web->fetch(address, context, std::move(then));
        else if (isHeld)
            m_held.push_back({address, context, std::move(then)});
        else
            then(find(address));
    }
    /// Answers what was asked for while `isHeld`.
    void release()
    {
        isHeld = false;
        for (auto &held : std::exchange(m_held, {})) {
            if (held.context)
                held.then(find(held.address));
        }
    }
    /// The document of a client as MCP shows one, with some properties changed.
    static QByteArray document(const QString &id, const QJsonObject &changes = {})
    {
        QJsonObject object{
            {u"client_id"_s, id},
            {u"client_name"_s, u"Claude Code"_s},
            {u"redirect_uris"_s,
             QJsonArray{u"http://localhost/callback"_s, u"http://127.0.0.1/callback"_s}},
            {u"grant_types"_s, QJsonArray{u"authorization_code"_s, u"refresh_token"_s}},
            {u"response_types"_s, QJsonArray{u"code"_s}},
            {u"token_endpoint_auth_method"_s, u"none"_s}};
        for (auto it = changes.begin(); it != changes.end(); ++it) {
            if (it->isUndefined() || it->isNull())
                object.remove(it.key());
            else
                object.insert(it.key(), it.value());
        }
        return QJsonDocument(object).toJson();
    }
    void put(const QString &id, const QJsonObject &changes = {}, std::chrono::seconds freshFor = {})
    {
        documents.insert(id, {document(id, changes), freshFor});
    }

    QHash<QString, oauth::ClientDocument> documents;
    QStringList fetched;
    ClientMetadataSource *web = nullptr; ///< asked instead, when there is one
    bool isHeld = false;

private:
    [[nodiscard]] Result<oauth::ClientDocument> find(const QUrl &address) const
    {
        const auto found = documents.constFind(address.toString());
        if (found == documents.constEnd())
            return fail(Error{u"It could not be read."_s}.withDetail(u"not in this web"_s));
        return *found;
    }

    struct Held {
        QUrl address;
        QPointer<QObject> context;
        Callback<oauth::ClientDocument> then;
    };
    std::vector<Held> m_held;
};

} // namespace gatehouse::tests
