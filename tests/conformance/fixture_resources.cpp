// SPDX-License-Identifier: GPL-3.0-or-later
#include <conformance/fixture_content.h>
#include <conformance/fixtures.h>

#include <base/json.h>

namespace gatehouse::conformance {

using namespace Qt::StringLiterals;

namespace {

/// Answers `content` ("text" or "blob") under the URI that was asked for.
mcp::Run read(const QString &mimeType, const QString &kind, const QString &content)
{
    return [mimeType, kind, content](const std::shared_ptr<mcp::Call> &call) {
        const QJsonObject one{{u"uri"_s, call->arguments.value("uri"_L1)},
                              {u"mimeType"_s, mimeType},
                              {kind, content}};
        call->complete(mcp::ResourceContents{{one}});
    };
}

mcp::Resource makeText(const QString &name, const QString &title, const QString &text)
{
    const auto mimeType = u"text/plain"_s;
    return {u"test://"_s + name,
            name,
            title,
            u"Text that is always the same."_s,
            mimeType,
            read(mimeType, u"text"_s, text)};
}

void readTemplate(const std::shared_ptr<mcp::Call> &call)
{
    const auto id = call->arguments.value("id"_L1).toString();
    const QJsonObject data{
        {u"id"_s, id}, {u"templateTest"_s, true}, {u"data"_s, u"Data for ID: "_s + id}};
    read(u"application/json"_s, u"text"_s, QString::fromUtf8(toCompactJson(data)))(call);
}

QStringList proposeIds(const oauth::Access &, const QString &, const QJsonObject &)
{
    return {u"123"_s, u"124"_s, u"200"_s};
}

} // namespace

void addResources(mcp::Features &features)
{
    features.resources.push_back(makeText(u"static-text"_s, u"Static text"_s,
                                          u"This is the content of the static text resource."_s));
    features.resources.push_back({u"test://static-binary"_s, u"static-binary"_s, u"Static image"_s,
                                  u"One red pixel."_s, u"image/png"_s,
                                  read(u"image/png"_s, u"blob"_s, pngImage())});
    features.resources.push_back(
        makeText(u"watched-resource"_s, u"Watched resource"_s, u"Watched resource content"_s));
    features.templates.push_back({u"test://template/{id}/data"_s,
                                  u"template"_s,
                                  u"Data by ID"_s,
                                  u"JSON that names the ID it was read under."_s,
                                  u"application/json"_s,
                                  readTemplate,
                                  {{u"id"_s, proposeIds}}});
}

} // namespace gatehouse::conformance
