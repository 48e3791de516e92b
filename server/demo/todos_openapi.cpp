// SPDX-License-Identifier: GPL-3.0-or-later
#include <demo/todos_openapi.h>

#include <demo/resource_text.h>

#include <QJsonArray>
#include <QJsonDocument>

namespace gatehouse::demo {

using namespace Qt::StringLiterals;

namespace {

/// JSON objects are values, so a nested field is set by rebuilding the way down to it.
QJsonObject withField(QJsonObject object, const QStringList &path, const QJsonValue &value)
{
    const auto &key = path.first();
    if (path.size() == 1)
        object.insert(key, value);
    else
        object.insert(key, withField(object.value(key).toObject(), path.mid(1), value));
    return object;
}

} // namespace

QJsonObject todosOpenApi(const QString &baseUrl, const QString &issuer)
{
    const auto document = QJsonDocument::fromJson(resourceText(u"todos-openapi.json"_s)).object();
    const QStringList flow{u"components"_s, u"securitySchemes"_s, u"tenant"_s, u"flows"_s,
                           u"authorizationCode"_s};
    auto complete =
        withField(document, flow + QStringList{u"authorizationUrl"_s}, issuer + u"authorize"_s);
    complete = withField(complete, flow + QStringList{u"tokenUrl"_s}, issuer + u"oauth/token"_s);
    complete.insert(u"servers"_s, QJsonArray{QJsonObject{{u"url"_s, baseUrl}}});
    return complete;
}

} // namespace gatehouse::demo
