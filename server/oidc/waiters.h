// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>

#include <QMetaObject>
#include <QObject>
#include <QPointer>

#include <utility>
#include <vector>

namespace gatehouse::oidc {

/// Calls `then` from the event loop, unless `context` is gone by then: a caller is never called
/// back before its own call has returned.
template <typename T, typename E>
void answerLater(QObject *context, Callback<T, E> then, Result<T, E> result)
{
    QMetaObject::invokeMethod(
        context,
        [then = std::move(then), result = std::move(result)]() mutable { then(std::move(result)); },
        Qt::QueuedConnection);
}

/// Callers that wait for the same answer. A member of whoever finds the answer.
template <typename T, typename E = Error>
class Waiters {
public:
    void add(QObject *context, Callback<T, E> then)
    {
        m_entries.push_back({context, std::move(then)});
    }
    [[nodiscard]] bool isEmpty() const { return m_entries.empty(); }

    /// Answers everyone who still lives, and forgets them.
    void answer(const Result<T, E> &result)
    {
        for (auto &entry : std::exchange(m_entries, {})) {
            if (entry.context)
                answerLater<T, E>(entry.context, std::move(entry.then), result);
        }
    }

private:
    struct Entry {
        QPointer<QObject> context;
        Callback<T, E> then;
    };
    std::vector<Entry> m_entries;
};

} // namespace gatehouse::oidc
