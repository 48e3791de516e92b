// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/ids.h>
#include <mcp/tool.h>

#include <QObject>

namespace gatehouse::mcp {

/// Proposes values for what is being typed, best first (completion/complete): the text so far, and
/// the arguments that are filled in already.
using Complete = std::function<QStringList(const oauth::Access &access, const QString &typed,
                                           const QJsonObject &others)>;

struct Resource {
    QString uri;
    QString name;
    QString title;
    QString description;
    QString mimeType;
    Run run; ///< answers ResourceContents
};

/// Resources whose URI has a variable part, as "test://{id}/data" (RFC 6570 level 1).
struct ResourceTemplate {
    QString uriTemplate;
    QString name;
    QString title;
    QString description;
    QString mimeType;
    Run run; ///< answers ResourceContents; the variables are among the arguments
    QHash<QString, Complete> complete = {}; ///< by variable
};

struct PromptArgument {
    QString name;
    QString description;
    bool isRequired = false;
    Complete complete = {};
};

struct Prompt {
    QString name;
    QString title;
    QString description;
    QList<PromptArgument> arguments;
    Run run; ///< answers PromptMessages
};

enum class ListKind { Tools, Resources, Prompts };

/// Everything that clients find here, in a fixed order. Filled by the composition root before
/// serving; lives as long as the service.
class Features : public QObject {
    Q_OBJECT

public:
    ToolRegistry tools;
    std::vector<Resource> resources;
    std::vector<ResourceTemplate> templates;
    std::vector<Prompt> prompts;

    [[nodiscard]] const Resource *findResource(const QString &uri) const;
    [[nodiscard]] const Prompt *findPrompt(const QString &name) const;
    [[nodiscard]] const ResourceTemplate *findTemplate(const QString &uriTemplate) const;

    /// A template that makes this URI, with the value of each of its variables.
    struct Match {
        const ResourceTemplate *source = nullptr;
        QJsonObject variables;
    };
    [[nodiscard]] std::optional<Match> matchTemplate(const QString &uri) const;

Q_SIGNALS:
    /// Clients that listen are told to read this list again.
    void listChanged(gatehouse::mcp::ListKind kind);
    /// Reading this URI answers something else than before: to one grant, or (empty) to all.
    void resourceUpdated(const QString &uri, const gatehouse::GrantId &grant);
};

} // namespace gatehouse::mcp
