// SPDX-License-Identifier: GPL-3.0-or-later
// Tools that take some time and say something meanwhile, and those that make Gatehouse announce
// changes.
#include <conformance/fixture_content.h>
#include <conformance/fixtures.h>

#include <QTimer>

namespace gatehouse::conformance {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

/// Between two messages of a call, so that they cannot arrive together.
constexpr auto kStep = 50ms;
/// For a client to come back in.
constexpr auto kAway = 100ms;

/// Not for a call that has ended by then.
void later(mcp::Call *call, std::chrono::milliseconds time, const std::function<void()> &act)
{
    QTimer::singleShot(time, call, act);
}

void runLogging(const std::shared_ptr<mcp::Call> &started)
{
    auto *const call = started.get();
    call->log(mcp::LogLevel::Info, u"Tool execution started"_s);
    later(call, kStep, [call] { call->log(mcp::LogLevel::Info, u"Tool processing data"_s); });
    later(call, 2 * kStep, [call] {
        call->log(mcp::LogLevel::Info, u"Tool execution completed"_s);
        call->finish({u"Tool with logging executed successfully"_s});
    });
}

void runProgress(const std::shared_ptr<mcp::Call> &started)
{
    auto *const call = started.get();
    const auto tell = [call](int done) {
        call->progress(done, 100, u"Completed step %1 of 100"_s.arg(done));
    };
    tell(0);
    later(call, kStep, [tell] { tell(50); });
    later(call, 2 * kStep, [tell] { tell(100); });
    // The SDK's first client drops progress that comes together with the answer.
    later(call, 3 * kStep,
          [call] { call->finish({call->round.progressToken.toVariant().toString()}); });
}

void runReconnection(const std::shared_ptr<mcp::Call> &started)
{
    auto *const call = started.get();
    call->releaseConnection();
    later(call, kAway, [call] {
        call->finish({u"Reconnection test completed successfully. It reached you over a second "
                      "connection."_s});
    });
}

void runShortLog(const std::shared_ptr<mcp::Call> &call)
{
    call->log(mcp::LogLevel::Info, u"Logging was asked for"_s);
    call->finish({u"Logging evaluated"_s});
}

/// Announces that a list has changed, though it has not: that is what clients must be told of.
mcp::Tool makeTrigger(const QString &name, mcp::Features &features, mcp::ListKind kind)
{
    auto tool = makeTool(name, u"Announces that a list has changed."_s,
                         [&features, kind](const std::shared_ptr<mcp::Call> &call) {
                             Q_EMIT features.listChanged(kind);
                             call->finish({u"Announced"_s});
                         });
    tool.isListed = false;
    return tool;
}

/// Announces, to the caller's other streams too, that the watched resource is another.
mcp::Tool makeTouch(mcp::Features &features)
{
    auto tool = makeTool(u"test_touch_resource"_s, u"Changes the watched resource."_s,
                         [&features](const std::shared_ptr<mcp::Call> &call) {
                             Q_EMIT features.resourceUpdated(u"test://watched-resource"_s,
                                                             call->access.grant);
                             call->finish({u"Announced"_s});
                         });
    tool.isListed = false;
    return tool;
}

} // namespace

void addRunningTools(mcp::Features &features)
{
    add(features,
        makeTool(u"test_tool_with_logging"_s, u"Writes to the client's log three times."_s,
                 runLogging));
    add(features,
        makeTool(u"test_tool_with_progress"_s, u"Tells its progress three times."_s, runProgress));
    add(features,
        makeTool(u"test_reconnection"_s, u"Ends the connection before it answers."_s,
                 runReconnection));
    add(features,
        makeTool(u"test_logging_tool"_s, u"Writes to the client's log once."_s, runShortLog));
    add(features, makeTrigger(u"test_trigger_tool_change"_s, features, mcp::ListKind::Tools));
    add(features, makeTrigger(u"test_trigger_prompt_change"_s, features, mcp::ListKind::Prompts));
    add(features, makeTouch(features));
}

} // namespace gatehouse::conformance
