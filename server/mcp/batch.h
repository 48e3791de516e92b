// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <mcp/dispatcher.h>

#include <QJsonArray>

#include <functional>
#include <optional>
#include <vector>

namespace gatehouse::mcp {

/// Collects the answers to one batch until the last has come (JSON-RPC 2.0 §6). Shared by the
/// answers' callbacks, which keep it alive.
class Batch {
public:
    /// The answers in the order of their requests, or why there is none at all.
    using Done = std::function<void(const std::variant<QJsonArray, NoAnswer> &)>;

    explicit Batch(Done done) : m_done(std::move(done)) { }

    /// Hands every message of `input` to the dispatcher. `done` is called exactly once.
    static void run(Dispatcher &dispatcher, Session &session, const oauth::Access &access,
                    const RpcInput &input, Done done);

private:
    [[nodiscard]] size_t reserve();
    void put(size_t place, const RpcOutcome &outcome);
    void finishOne();

    std::vector<std::optional<QJsonObject>> m_answers;
    std::optional<NoAnswer> m_ended;
    size_t m_open = 1; ///< one for run() itself, so that it never ends halfway
    Done m_done;
};

} // namespace gatehouse::mcp
