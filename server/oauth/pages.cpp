// SPDX-License-Identifier: GPL-3.0-or-later
#include <oauth/pages.h>

#include <approval/redirect_target.h>
#include <base/logging.h>
#include <base/text.h>
#include <oauth/oauth_error.h>
#include <oauth/redirect_uri.h>

#include <kainjow/mustache.hpp>

#include <QFile>
#include <QVariantMap>

namespace gatehouse::oauth {

using namespace Qt::StringLiterals;

namespace {

namespace mustache = kainjow::mustache;

/// RFC 1035 §2.3.4, with a port: all of it, as the end of a host name says whose it is.
constexpr int kLongestHost = 253 + 6;

QByteArray resourceFile(const QString &name)
{
    QFile file(u":/gatehouse/pages/"_s + name);
    if (!file.open(QIODevice::ReadOnly))
        qCCritical(lcOauth) << "a page is missing from this program:" << name;
    return file.readAll();
}

mustache::data toData(const QVariantMap &values)
{
    mustache::data data{mustache::data::type::object};
    for (auto it = values.begin(); it != values.end(); ++it) {
        const auto key = it.key().toStdString();
        if (it->typeId() == QMetaType::Bool) {
            data.set(key, mustache::data(it->toBool()));
        } else if (it->typeId() == QMetaType::QStringList) {
            mustache::data list{mustache::data::type::list};
            const auto strings = it->toStringList();
            for (const auto &string : strings)
                list.push_back(mustache::data(string.toStdString()));
            data.set(key, list);
        } else {
            data.set(key, it->toString().toStdString());
        }
    }
    return data;
}

QString templateFor(const store::Interaction &interaction)
{
    return interaction.raised || interaction.raiseRequestedAt ? u"waiting.html"_s : u"ask.html"_s;
}

QString clockTime(Instant instant)
{
    return QDateTime::fromMSecsSinceEpoch(toMilliseconds(instant)).toString(u"HH:mm"_s);
}

} // namespace

QString stateWord(const store::Interaction &interaction)
{
    if (interaction.state != store::InteractionState::Pending)
        return u"decided"_s;
    return interaction.raised ? u"pending"_s : u"queued"_s;
}

Pages::Pages(const ScopeCatalog &scopes, QString notice, bool hasWindows, QString verbOptions)
    : m_scopes(scopes), m_notice(std::move(notice)), m_hasWindows(hasWindows),
      m_verbOptions(std::move(verbOptions))
{
}

void Pages::addRoutes(http::Router &router) const
{
    struct Asset {
        const char *path;
        const char *type;
    };
    for (const auto &asset : {Asset{"page.css", "text/css; charset=utf-8"},
                              Asset{"waiting.js", "text/javascript; charset=utf-8"},
                              Asset{"gatehouse.svg", "image/svg+xml"}}) {
        http::HttpResponse response{200};
        response.headers.append("Content-Type", asset.type);
        response.headers.append("Cache-Control", "max-age=3600");
        response.headers.append("X-Content-Type-Options", "nosniff");
        response.body = resourceFile(QString::fromLatin1(asset.path));
        router.add({"/assets/" + QByteArray(asset.path),
                    http::OriginRule::Listed,
                    {},
                    {{"GET", [response](const http::HttpRequest &, http::Reply reply) {
                          reply.send(response);
                      }}}});
    }
}

http::HttpResponse Pages::waiting(const http::HttpRequest &request,
                                  const store::Interaction &interaction,
                                  const QString &documentHost) const
{
    QStringList words;
    for (const auto &scope : interaction.scopes)
        words.append(shownText(m_scopes.inWords(scope)));
    QStringList letters;
    for (const QChar letter : interaction.matchingCode)
        letters.append(letter);
    const bool isWebsite =
        approval::redirectTargetOf(interaction.redirectUri).kind == approval::TargetKind::Website;
    return render(200, templateFor(interaction),
                  {{u"name"_s, shownText(interaction.clientName)},
                   {u"target"_s, describeRedirectTarget(interaction.redirectUri)},
                   {u"hasDocument"_s, !documentHost.isEmpty()},
                   {u"documentHost"_s, shownText(documentHost, kLongestHost)},
                   {u"isWebsite"_s, isWebsite},
                   {u"scopes"_s, words},
                   {u"code"_s, interaction.matchingCode},
                   {u"spokenCode"_s, letters.join(u' ')},
                   {u"until"_s, clockTime(interaction.expiresAt)},
                   {u"state"_s, stateWord(interaction)},
                   {u"isShown"_s, interaction.raised},
                   {u"hasWindows"_s, m_hasWindows},
                   {u"path"_s, u"/interaction/"_s + interaction.id.value},
                   {u"host"_s, QString::fromLatin1(request.host)}});
}

http::HttpResponse Pages::signedIn(const http::HttpRequest &request, const QString &name,
                                   const QString &email) const
{
    return render(200, u"signed-in.html"_s,
                  {{u"name"_s, shownText(name)},
                   {u"email"_s, shownText(email)},
                   {u"host"_s, QString::fromLatin1(request.host)}});
}

http::HttpResponse Pages::signedOut(const http::HttpRequest &request) const
{
    return render(200, u"signed-out.html"_s, {{u"host"_s, QString::fromLatin1(request.host)}});
}

http::HttpResponse Pages::error(int status, const http::HttpRequest &request,
                                const PageError &error) const
{
    auto page = render(status, u"error.html"_s,
                       {{u"title"_s, error.title},
                        {u"explanation"_s, error.explanation},
                        {u"advice"_s, error.advice},
                        {u"code"_s, error.code},
                        {u"name"_s, shownText(error.clientName)},
                        {u"hasName"_s, !error.clientName.isEmpty()},
                        {u"address"_s, shownText(error.address, 200)},
                        {u"hasAddress"_s, !error.address.isEmpty()},
                        {u"host"_s, QString::fromLatin1(request.host)}});
    if (status == 503)
        page.headers.append("Retry-After", QByteArray::number(qint64(kRetryAfterTrouble.count())));
    return page;
}

http::HttpResponse Pages::render(int status, const QString &name, const QVariantMap &values) const
{
    auto all = values;
    all.insert(u"hasNotice"_s, !m_notice.isEmpty());
    all.insert(u"notice"_s, m_notice);
    all.insert(u"verbOptions"_s, m_verbOptions);
    mustache::mustache page(resourceFile(name).toStdString());
    return http::HttpResponse::page(status, QByteArray::fromStdString(page.render(toData(all))));
}

} // namespace gatehouse::oauth
