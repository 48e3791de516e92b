// SPDX-License-Identifier: GPL-3.0-or-later
#include <conformance/fixture_content.h>

#include <QFile>
#include <QJsonDocument>

namespace gatehouse::conformance {

using namespace Qt::StringLiterals;

QString pngImage()
{
    return u"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU"
           u"5E"
           "rkJggg=="_s;
}

QString wavSound()
{
    return u"UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA="_s;
}

QJsonObject textBlock(const QString &text)
{
    return {{u"type"_s, u"text"_s}, {u"text"_s, text}};
}

QJsonObject imageBlock()
{
    return {{u"type"_s, u"image"_s}, {u"data"_s, pngImage()}, {u"mimeType"_s, u"image/png"_s}};
}

QJsonObject soundBlock()
{
    return {{u"type"_s, u"audio"_s}, {u"data"_s, wavSound()}, {u"mimeType"_s, u"audio/wav"_s}};
}

QJsonObject resourceBlock(const QString &uri, const QString &mimeType, const QString &text)
{
    return {{u"type"_s, u"resource"_s},
            {u"resource"_s,
             QJsonObject{{u"uri"_s, uri}, {u"mimeType"_s, mimeType}, {u"text"_s, text}}}};
}

QJsonObject readData(const QString &fileName)
{
    QFile file(u":/conformance/"_s + fileName);
    if (!file.open(QIODevice::ReadOnly))
        qFatal("%s is missing", qPrintable(file.fileName()));
    const auto document = QJsonDocument::fromJson(file.readAll());
    if (!document.isObject())
        qFatal("%s is not an object", qPrintable(file.fileName()));
    return document.object();
}

QJsonObject objectSchema(const QJsonObject &properties)
{
    QJsonObject schema{{u"type"_s, u"object"_s}, {u"properties"_s, properties}};
    if (!properties.isEmpty())
        schema.insert(u"required"_s, QJsonArray::fromStringList(properties.keys()));
    return schema;
}

QJsonObject typed(const QString &name)
{
    return {{u"type"_s, name}};
}

mcp::Tool makeTool(const QString &name, const QString &description, mcp::Run run)
{
    mcp::Tool tool;
    tool.name = name;
    tool.description = description;
    tool.inputSchema = objectSchema();
    tool.run = std::move(run);
    return tool;
}

void add(mcp::Features &features, mcp::Tool tool)
{
    const auto name = tool.name;
    if (const auto added = features.tools.add(std::move(tool)); !added)
        qFatal("the tool %s %s", qPrintable(name), qPrintable(added.error()));
}

} // namespace gatehouse::conformance
