// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <mcp/client_abilities.h>
#include <mcp/json_rpc.h>
#include <mcp/log_level.h>
#include <oauth/access.h>

#include <QJsonArray>
#include <QJsonObject>
#include <QList>
#include <QObject>

#include <optional>
#include <type_traits>
#include <variant>

namespace gatehouse::mcp {

/// The result of one tools/call.
struct ToolResult {
    QString text; ///< the first content block, unless empty
    std::optional<QJsonObject> structured = {}; ///< structuredContent, from 2025-06-18 on
    bool isError = false; ///< the call was made and failed: the model should read why
    QJsonArray blocks = {}; ///< further content, as the newest revision writes it

    [[nodiscard]] static ToolResult error(QString what) { return {std::move(what), {}, true}; }
};

/// The result of one resources/read: `contents`, with a uri in each.
struct ResourceContents {
    QJsonArray contents;
};

/// The result of one prompts/get.
struct PromptMessages {
    QString description;
    QJsonArray messages;
};

/// Something that only the client's side can tell: a form or an address for the person
/// (elicitation/create), a model's answer (sampling/createMessage), its folders (roots/list).
struct InputRequest {
    QString key; ///< under which the answer comes back
    QString method;
    QJsonObject params; ///< as the newest revision writes them
};

/// The call needs answers first and runs again once they are there (MCP 2026-07-28 patterns/mrtr;
/// clients of earlier revisions are asked by requests of ours). `state` comes back unchanged; the
/// client sees it, so nothing in it is secret.
struct InputRequired {
    QList<InputRequest> requests;
    QJsonObject state = {};
};

/// What a round of a call leads to. An RpcError is for what the client did wrong; what a model
/// should read goes into a ToolResult.
using CallResult =
    std::variant<ToolResult, ResourceContents, PromptMessages, InputRequired, RpcError>;

/// What a call begins a round with: what its client can be asked, and the answers, by key, and the
/// state of the round before.
struct CallRound {
    ClientAbilities client = {};
    QJsonObject inputs = {};
    QJsonObject state = {};
    QJsonValue progressToken = QJsonValue::Undefined; ///< as the client sent it
};

/// One round of a tools/call, resources/read or prompts/get in progress. `abandoned` fires once
/// when nobody waits for the result any more (cancelled, revoked, session ended); a result that
/// still comes is dropped.
class Call : public QObject {
    Q_OBJECT

public:
    Call(oauth::Access callerAccess, QJsonObject callArguments, CallRound callRound = {})
        : access(std::move(callerAccess)), arguments(std::move(callArguments)),
          round(std::move(callRound))
    {
    }

    const oauth::Access access;
    /// Of a tool or prompt; of a resource {"uri"}, and the variables of its template.
    const QJsonObject arguments;
    const CallRound round;

    /// Completes the round, once; later results are ignored.
    void finish(const ToolResult &result) { complete(result); }
    void complete(const CallResult &result)
    {
        if (!std::exchange(m_done, true))
            say(&Call::finished, result);
    }
    void abandon()
    {
        if (!std::exchange(m_done, true))
            say(&Call::abandoned);
    }
    /// Tells how far it is; `done` must grow. Does nothing for a client that did not ask for it.
    void progress(double done, std::optional<double> total, const QString &message)
    {
        if (!m_done)
            say(&Call::progressed, done, total, message);
    }
    /// A log message for the client's log, if its level wants it.
    void log(LogLevel level, const QJsonValue &data)
    {
        if (!m_done)
            say(&Call::logged, level, data);
    }
    /// Ends the connection but not the call: the client fetches the rest later (MCP 2025-11-25
    /// transports §Sending Messages 6). Does nothing where streams cannot be resumed.
    void releaseConnection()
    {
        if (!m_done)
            say(&Call::connectionReleased);
    }
    /// True below one of its signals: whoever lets go of it there must leave it to the event loop.
    [[nodiscard]] bool isSpeaking() const { return m_speaking > 0; }

Q_SIGNALS:
    void finished(const gatehouse::mcp::CallResult &result);
    void abandoned();
    void progressed(double done, std::optional<double> total, const QString &message);
    void logged(gatehouse::mcp::LogLevel level, const QJsonValue &data);
    void connectionReleased();

private:
    template <typename... Parameters>
    void say(void (Call::*signal)(Parameters...), const std::decay_t<Parameters> &...values)
    {
        ++m_speaking;
        (this->*signal)(values...);
        --m_speaking;
    }

    bool m_done = false;
    int m_speaking = 0; ///< signals that are being delivered
};

} // namespace gatehouse::mcp
