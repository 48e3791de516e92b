// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>
#include <base/thread_call.h>

#include <QHash>
#include <QPointer>

#include <memory>
#include <utility>

namespace gatehouse {

/// Asks on another thread and answers on the one that asked. Only a number and the answer travel: a
/// callback, and whatever it holds, stays on its thread. Belongs to the thread that asks.
template <typename T>
class ThreadQuestions {
public:
    /// `home` lives on the thread that asks, and longer than any question is worked on.
    explicit ThreadQuestions(QObject &home) : m_home(&home) { }

    /// Calls `question` on the thread of `there`, which answers through what it is given. Answers
    /// are dropped once this, or `context`, is gone.
    void ask(QObject &there, QObject *context, Callback<T> then,
             std::function<void(Callback<T>)> question)
    {
        const auto number = ++m_waiting->last;
        m_waiting->callbacks.insert(number, {context, std::move(then)});
        const auto answer = [home = m_home, waiting = std::weak_ptr(m_waiting),
                             number](const Result<T> &result) {
            callOn(home, [waiting, number, result] {
                if (const auto known = waiting.lock())
                    known->answer(number, result);
            });
        };
        callOn(&there, [question = std::move(question), answer] { question(answer); });
    }

private:
    struct Waiting {
        void answer(quint64 number, const Result<T> &result)
        {
            const auto [context, then] = callbacks.take(number);
            if (context)
                then(result);
        }

        QHash<quint64, std::pair<QPointer<QObject>, Callback<T>>> callbacks;
        quint64 last = 0;
    };

    QObject *m_home;
    std::shared_ptr<Waiting> m_waiting = std::make_shared<Waiting>();
};

} // namespace gatehouse
