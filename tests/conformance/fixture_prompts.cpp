// SPDX-License-Identifier: GPL-3.0-or-later
#include <conformance/fixture_content.h>
#include <conformance/fixture_questions.h>
#include <conformance/fixtures.h>

#include <mcp/schema_format.h>

namespace gatehouse::conformance {

using namespace Qt::StringLiterals;

namespace {

/// One message of the user for each block.
mcp::PromptMessages ofUser(const QList<QJsonObject> &blocks)
{
    mcp::PromptMessages messages;
    for (const auto &block : blocks)
        messages.messages.append(QJsonObject{{u"role"_s, u"user"_s}, {u"content"_s, block}});
    return messages;
}

void runSimple(const std::shared_ptr<mcp::Call> &call)
{
    call->complete(ofUser({textBlock(u"This is a simple prompt for testing."_s)}));
}

void runWithArguments(const std::shared_ptr<mcp::Call> &call)
{
    call->complete(ofUser({textBlock(u"Prompt with arguments: arg1='%1', arg2='%2'"_s.arg(
        call->arguments.value("arg1"_L1).toString(),
        call->arguments.value("arg2"_L1).toString()))}));
}

void runWithResource(const std::shared_ptr<mcp::Call> &call)
{
    const auto uri = call->arguments.value("resourceUri"_L1).toString();
    if (!mcp::schemaFormat("uri")->fits(uri)) {
        return call->complete(
            mcp::RpcError{mcp::rpc_code::kInvalidParams, u"resourceUri must be a URI."_s});
    }
    call->complete(
        ofUser({resourceBlock(uri, u"text/plain"_s, u"Embedded resource content for testing."_s),
                textBlock(u"Please process the embedded resource above."_s)}));
}

void runWithImage(const std::shared_ptr<mcp::Call> &call)
{
    call->complete(ofUser({imageBlock(), textBlock(u"Please analyze the image above."_s)}));
}

void runWithInput(const std::shared_ptr<mcp::Call> &call)
{
    const auto key = u"user_context"_s;
    const auto field = u"context"_s;
    if (hasAnswers(*call, {key})) {
        return call->complete(
            ofUser({textBlock(u"Prompt with context: "_s + filledIn(*call, key, field))}));
    }
    call->complete(mcp::InputRequired{{askForm(key, u"What context should the prompt use?"_s,
                                               objectSchema({{field, typed(u"string"_s)}}))}});
}

QStringList proposeWords(const oauth::Access &, const QString &, const QJsonObject &)
{
    return {u"paris"_s, u"park"_s, u"party"_s, u"rome"_s};
}

mcp::PromptArgument required(const QString &name, const QString &description)
{
    return {name, description, true, proposeWords};
}

} // namespace

void addPrompts(mcp::Features &features)
{
    const auto addPrompt = [&](const QString &name, const QString &description,
                               const QList<mcp::PromptArgument> &arguments, const mcp::Run &run) {
        features.prompts.push_back({name, {}, description, arguments, run});
    };
    addPrompt(u"test_simple_prompt"_s, u"Without arguments."_s, {}, runSimple);
    addPrompt(u"test_prompt_with_arguments"_s, u"With two arguments."_s,
              {required(u"arg1"_s, u"The first"_s), required(u"arg2"_s, u"The second"_s)},
              runWithArguments);
    addPrompt(u"test_prompt_with_embedded_resource"_s, u"With a resource in it."_s,
              {required(u"resourceUri"_s, u"Its URI"_s)}, runWithResource);
    addPrompt(u"test_prompt_with_image"_s, u"With an image in it."_s, {}, runWithImage);
    addPrompt(u"test_input_required_result_prompt"_s, u"Asks the person first."_s, {},
              runWithInput);
}

} // namespace gatehouse::conformance
