// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/completion.h>

#include <base/text.h>

#include <QJsonArray>

#include <algorithm>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

namespace {

RpcError unknown(const QString &what)
{
    return {rpc_code::kInvalidParams, what};
}

Result<Complete, RpcError> promptCompletion(const Features &features, const QString &name,
                                            const QString &argument)
{
    const auto *const prompt = features.findPrompt(name);
    if (prompt == nullptr)
        return fail(unknown(u"Unknown prompt: %1"_s.arg(shownText(name))));
    const auto found =
        std::find_if(prompt->arguments.begin(), prompt->arguments.end(),
                     [&](const PromptArgument &each) { return each.name == argument; });
    if (found == prompt->arguments.end()) {
        return fail(unknown(
            u"The prompt \"%1\" has no argument \"%2\"."_s.arg(prompt->name, shownText(argument))));
    }
    return found->complete;
}

Result<Complete, RpcError> templateCompletion(const Features &features, const QString &uri,
                                              const QString &argument)
{
    const auto *const found = features.findTemplate(uri);
    if (found == nullptr && features.findResource(uri) == nullptr)
        return fail(unknown(u"There is no such resource."_s));
    return found == nullptr ? Complete() : found->complete.value(argument);
}

Result<Complete, RpcError> completionOf(const Features &features, const QJsonObject &reference,
                                        const QString &argument)
{
    const auto type = reference.value("type"_L1).toString();
    if (type == "ref/prompt"_L1)
        return promptCompletion(features, reference.value("name"_L1).toString(), argument);
    if (type == "ref/resource"_L1)
        return templateCompletion(features, reference.value("uri"_L1).toString(), argument);
    return fail(unknown(u"ref.type must be ref/prompt or ref/resource."_s));
}

} // namespace

Result<QJsonObject, RpcError> completionFor(const Features &features, const QJsonObject &params,
                                            const oauth::Access &access)
{
    const auto argument = params.value("argument"_L1).toObject();
    if (!argument.value("name"_L1).isString() || !argument.value("value"_L1).isString())
        return fail(unknown(u"argument must have a name and a value, both strings."_s));
    const auto complete = completionOf(features, params.value("ref"_L1).toObject(),
                                       argument.value("name"_L1).toString());
    if (!complete)
        return fail(complete.error());

    const auto typed = argument.value("value"_L1).toString();
    QStringList values;
    if (*complete) {
        const auto others = params.value("context"_L1)["arguments"_L1].toObject();
        const auto proposed = (*complete)(access, typed, others);
        std::copy_if(proposed.begin(), proposed.end(), std::back_inserter(values),
                     [&](const QString &value) { return value.startsWith(typed); });
    }
    return QJsonObject{
        {u"completion"_s,
         QJsonObject{{u"values"_s, QJsonArray::fromStringList(values.mid(0, kMostCompletions))},
                     {u"total"_s, values.size()},
                     {u"hasMore"_s, values.size() > kMostCompletions}}}};
}

std::optional<QString> wrongArgument(const Prompt &prompt, const QJsonObject &arguments)
{
    for (const auto &argument : prompt.arguments) {
        if (argument.isRequired && !arguments.contains(argument.name))
            return u"The argument \"%1\" is missing."_s.arg(argument.name);
    }
    for (auto it = arguments.begin(); it != arguments.end(); ++it) {
        if (!it.value().isString())
            return u"The argument \"%1\" must be a string."_s.arg(shownText(it.key()));
    }
    return std::nullopt;
}

} // namespace gatehouse::mcp
