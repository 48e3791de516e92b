// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/features.h>

#include <QRegularExpression>
#include <QUrl>

#include <algorithm>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

namespace {

template <typename Item, typename Name>
const Item *findBy(const std::vector<Item> &items, Name Item::*member, const QString &wanted)
{
    const auto found = std::find_if(items.begin(), items.end(),
                                    [&](const Item &item) { return item.*member == wanted; });
    return found == items.end() ? nullptr : &*found;
}

/// "test://{id}/data" → "test://(?<id>[^/?#]+)/data"
QRegularExpression patternOf(const QString &uriTemplate)
{
    QString pattern;
    const auto parts = uriTemplate.split(u'{');
    pattern += QRegularExpression::escape(parts.first());
    for (qsizetype i = 1; i < parts.size(); ++i) {
        const auto name = parts.at(i).section(u'}', 0, 0);
        pattern += u"(?<%1>[^/?#]+)"_s.arg(name)
            + QRegularExpression::escape(parts.at(i).section(u'}', 1));
    }
    return QRegularExpression(QRegularExpression::anchoredPattern(pattern));
}

} // namespace

const Resource *Features::findResource(const QString &uri) const
{
    return findBy(resources, &Resource::uri, uri);
}

const Prompt *Features::findPrompt(const QString &name) const
{
    return findBy(prompts, &Prompt::name, name);
}

const ResourceTemplate *Features::findTemplate(const QString &uriTemplate) const
{
    return findBy(templates, &ResourceTemplate::uriTemplate, uriTemplate);
}

std::optional<Features::Match> Features::matchTemplate(const QString &uri) const
{
    for (const auto &each : templates) {
        const auto pattern = patternOf(each.uriTemplate);
        const auto match = pattern.match(uri);
        if (!match.hasMatch())
            continue;
        QJsonObject variables;
        const auto names = pattern.namedCaptureGroups();
        for (const auto &name : names) {
            if (!name.isEmpty())
                variables.insert(name, QUrl::fromPercentEncoding(match.captured(name).toUtf8()));
        }
        return Match{&each, variables};
    }
    return std::nullopt;
}

} // namespace gatehouse::mcp
