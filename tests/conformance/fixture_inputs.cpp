// SPDX-License-Identifier: GPL-3.0-or-later
// Tools that ask one thing, of clients of every revision that can be asked.
#include <conformance/fixture_content.h>
#include <conformance/fixture_questions.h>
#include <conformance/fixtures.h>

#include <base/json.h>

namespace gatehouse::conformance {

using namespace Qt::StringLiterals;

namespace {

constexpr int kMaxTokens = 100;

/// "action=accept, content={…}"
QString describeForm(const mcp::Call &call, const QString &key)
{
    const auto answer = call.round.inputs.value(key);
    return u"action=%1, content=%2"_s.arg(
        answer["action"_L1].toString(),
        QString::fromUtf8(toCompactJson(answer["content"_L1].toObject())));
}

void runSampling(const std::shared_ptr<mcp::Call> &call)
{
    const auto key = u"response"_s;
    if (hasAnswers(*call, {key}))
        return call->finish({u"LLM response: "_s + modelAnswer(*call, key)});
    call->complete(mcp::InputRequired{
        {askModel(key, call->arguments.value("prompt"_L1).toString(), kMaxTokens)}});
}

void runElicitation(const std::shared_ptr<mcp::Call> &call)
{
    const auto key = u"response"_s;
    if (hasAnswers(*call, {key}))
        return call->finish({u"User response: "_s + describeForm(*call, key)});
    const QJsonObject field{{u"type"_s, u"string"_s}, {u"description"_s, u"User's response"_s}};
    call->complete(mcp::InputRequired{{askForm(key, call->arguments.value("message"_L1).toString(),
                                               objectSchema({{key, field}}))}});
}

/// Asks for a form of data/.
mcp::Run askFormOf(const QString &fileName, const QString &message)
{
    return [schema = readData(fileName), message](const std::shared_ptr<mcp::Call> &call) {
        const auto key = u"form"_s;
        if (hasAnswers(*call, {key}))
            return call->finish({u"Elicitation completed: "_s + describeForm(*call, key)});
        call->complete(mcp::InputRequired{{askForm(key, message, schema)}});
    };
}

/// Needs a client that has a model.
void runMissingCapability(const std::shared_ptr<mcp::Call> &call)
{
    if (call->round.client.samples)
        return call->finish({u"Success"_s});
    call->complete(mcp::InputRequired{{askModel(u"answer"_s, u"Say yes."_s, kMaxTokens)}});
}

void runStreamingElicitation(const std::shared_ptr<mcp::Call> &call)
{
    const auto key = u"go_on"_s;
    if (hasAnswers(*call, {key}))
        return call->finish({u"Streaming complete"_s});
    call->progress(50, 100, u"Asking"_s);
    call->complete(mcp::InputRequired{
        {askForm(key, u"Go on?"_s, objectSchema({{key, typed(u"boolean"_s)}}))}});
}

mcp::Tool withText(mcp::Tool tool, const QString &argument, const QString &description)
{
    tool.inputSchema = objectSchema(
        {{argument, QJsonObject{{u"type"_s, u"string"_s}, {u"description"_s, description}}}});
    return tool;
}

} // namespace

void addInputTools(mcp::Features &features)
{
    add(features,
        withText(makeTool(u"test_sampling"_s, u"Asks the client's model."_s, runSampling),
                 u"prompt"_s, u"What to ask it"_s));
    add(features,
        withText(makeTool(u"test_elicitation"_s, u"Asks the person."_s, runElicitation),
                 u"message"_s, u"What to ask them"_s));
    add(features,
        makeTool(u"test_elicitation_sep1034_defaults"_s, u"Asks with values filled in."_s,
                 askFormOf(u"form_with_defaults.json"_s, u"Please review these values."_s)));
    add(features,
        makeTool(u"test_elicitation_sep1330_enums"_s, u"Asks with every kind of choice."_s,
                 askFormOf(u"form_with_choices.json"_s, u"Please choose."_s)));
    add(features,
        makeTool(u"test_missing_capability"_s, u"Needs a client with a model."_s,
                 runMissingCapability));
    add(features,
        makeTool(u"test_streaming_elicitation"_s, u"Tells its progress, then asks."_s,
                 runStreamingElicitation));
}

} // namespace gatehouse::conformance
