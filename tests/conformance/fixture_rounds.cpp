// SPDX-License-Identifier: GPL-3.0-or-later
// Tools whose calls take several rounds (MCP 2026-07-28 patterns/mrtr), with and without a state.
#include <conformance/fixture_content.h>
#include <conformance/fixture_questions.h>
#include <conformance/fixtures.h>

namespace gatehouse::conformance {

using namespace Qt::StringLiterals;

namespace {

/// A form with one field.
mcp::InputRequest askFor(const QString &key, const QString &message, const QString &field,
                         const QString &type = u"string"_s)
{
    return askForm(key, message, objectSchema({{field, typed(type)}}));
}

void runElicitationRound(const std::shared_ptr<mcp::Call> &call)
{
    const auto key = u"user_name"_s;
    if (hasAnswers(*call, {key}))
        return call->finish({u"Hello, %1!"_s.arg(filledIn(*call, key, u"name"_s))});
    call->complete(mcp::InputRequired{{askFor(key, u"What is your name?"_s, u"name"_s)}});
}

void runSamplingRound(const std::shared_ptr<mcp::Call> &call)
{
    const auto key = u"sample_request"_s;
    if (hasAnswers(*call, {key}))
        return call->finish({u"Sampling result: "_s + modelAnswer(*call, key)});
    call->complete(mcp::InputRequired{{askModel(key, u"What is the capital of France?"_s, 100)}});
}

void runRootsRound(const std::shared_ptr<mcp::Call> &call)
{
    const auto key = u"roots_request"_s;
    if (hasAnswers(*call, {key}))
        return call->finish({u"Found %1 root(s)"_s.arg(rootCount(*call, key))});
    call->complete(mcp::InputRequired{{askRoots(key)}});
}

/// Asks for a confirmation, and goes on only with the state that it asked with.
mcp::Run confirmWithState(const QString &kind, const QString &done)
{
    return [kind, done](const std::shared_ptr<mcp::Call> &call) {
        const auto key = u"confirm"_s;
        if (call->round.state.value("kind"_L1).toString() == kind && hasAnswers(*call, {key}))
            return call->finish({done});
        call->complete(mcp::InputRequired{{askFor(key, u"Please confirm"_s, u"ok"_s, u"boolean"_s)},
                                          {{u"kind"_s, kind}}});
    };
}

void runMultipleInputs(const std::shared_ptr<mcp::Call> &call)
{
    const auto name = u"user_name"_s;
    const auto greeting = u"greeting"_s;
    const auto roots = u"client_roots"_s;
    if (!call->round.state.isEmpty() && hasAnswers(*call, {name, greeting, roots})) {
        return call->finish(
            {u"Name: %1; Greeting: %2; Roots: %3"_s
                 .arg(filledIn(*call, name, u"name"_s), modelAnswer(*call, greeting))
                 .arg(rootCount(*call, roots))});
    }
    call->complete(
        mcp::InputRequired{{askFor(name, u"What is your name?"_s, u"name"_s),
                            askModel(greeting, u"Generate a greeting"_s, 50), askRoots(roots)},
                           {{u"asked"_s, true}}});
}

/// The name in the first round, the colour in the second.
void runMultiRound(const std::shared_ptr<mcp::Call> &call)
{
    const auto first = u"step1"_s;
    const auto second = u"step2"_s;
    const auto name = call->round.state.value("name"_L1).toString();
    if (!name.isEmpty() && hasAnswers(*call, {second})) {
        return call->finish({u"Multi-round complete for %1 who likes %2"_s.arg(
            name, filledIn(*call, second, u"color"_s))});
    }
    if (hasAnswers(*call, {first})) {
        return call->complete(mcp::InputRequired{
            {askFor(second, u"Step 2: What is your favorite color?"_s, u"color"_s)},
            {{u"name"_s, filledIn(*call, first, u"name"_s)}}});
    }
    call->complete(mcp::InputRequired{{askFor(first, u"Step 1: What is your name?"_s, u"name"_s)},
                                      {{u"begun"_s, true}}});
}

/// Asks everything, whatever the client can be asked: Gatehouse leaves out what it cannot.
void runCapabilities(const std::shared_ptr<mcp::Call> &call)
{
    if (!call->round.inputs.isEmpty())
        return call->finish({u"Received "_s + call->round.inputs.keys().join(u", "_s)});
    call->complete(
        mcp::InputRequired{{askFor(u"elicit_input"_s, u"Elicitation input"_s, u"value"_s),
                            askModel(u"sample_input"_s, u"Sample request"_s, 50)},
                           {{u"asked"_s, true}}});
}

} // namespace

void addRoundTools(mcp::Features &features)
{
    const auto addRounds = [&](const QString &what, const QString &description, mcp::Run run) {
        add(features,
            makeTool(u"test_input_required_result_"_s + what, description, std::move(run)));
    };
    addRounds(u"elicitation"_s, u"Asks for a name."_s, runElicitationRound);
    addRounds(u"sampling"_s, u"Asks the client's model."_s, runSamplingRound);
    addRounds(u"list_roots"_s, u"Asks for the client's folders."_s, runRootsRound);
    addRounds(u"request_state"_s, u"Asks, and knows the answer by a state."_s,
              confirmWithState(u"request-state"_s, u"state-ok: requestState validated"_s));
    addRounds(u"tampered_state"_s, u"Asks, and takes no state but its own."_s,
              confirmWithState(u"tamper-test"_s, u"integrity-ok: state verified"_s));
    addRounds(u"multiple_inputs"_s, u"Asks for three things at once."_s, runMultipleInputs);
    addRounds(u"multi_round"_s, u"Asks twice."_s, runMultiRound);
    addRounds(u"capabilities"_s, u"Asks only what the client can answer."_s, runCapabilities);
}

} // namespace gatehouse::conformance
