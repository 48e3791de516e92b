// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <mcp/dispatcher.h>

#include <QByteArray>

#include <functional>
#include <optional>
#include <vector>

namespace gatehouse::mcp {

/// Collects the answers to one batch until the last has come (JSON-RPC 2.0 §6). Shared by the
/// answers' callbacks, which keep it alive.
class Batch {
public:
    /// The answers in the order of their requests as one JSON array, empty where there are none; or
    /// why there is none at all.
    using Done = std::function<void(const std::variant<QByteArray, NoAnswer> &)>;

    Batch(Revision revision, Done done) : m_revision(revision), m_done(std::move(done)) { }

    /// Hands every message of `input` to the dispatcher. `done` is called exactly once.
    static void run(Dispatcher &dispatcher, Session &session, const oauth::Access &access,
                    const RpcInput &input, Done done);

private:
    [[nodiscard]] size_t reserve();
    void put(size_t place, const RpcOutcome &outcome, const QString &method);
    void putRefusal(size_t place, const RpcInvalid &message);
    void finishOne();

    Revision m_revision;
    std::vector<std::optional<QByteArray>> m_answers;
    std::optional<NoAnswer> m_ended;
    size_t m_open = 1; ///< one for run() itself, so that it never ends halfway
    Done m_done;
};

} // namespace gatehouse::mcp
