// SPDX-License-Identifier: GPL-3.0-or-later
#include <base/thread_call.h>

#include <utility>

#ifdef __SANITIZE_THREAD__
extern "C" void __tsan_acquire(void *address);
extern "C" void __tsan_release(void *address);
#endif

namespace gatehouse {

namespace {

/// One call on its way. Qt's event queue orders the two threads, but ThreadSanitizer cannot see
/// into Qt: each step publishes what this thread did, or takes over what the other one published,
/// under the address that the call has in the queue.
class Delivery {
public:
    explicit Delivery(std::function<void()> work) : m_work(std::move(work)) { }
    Delivery(Delivery &&other) noexcept : m_work(std::move(other.m_work)) { publish(); }
    Delivery(const Delivery &) = delete;
    Delivery &operator=(const Delivery &) = delete;
    Delivery &operator=(Delivery &&) = delete;
    ~Delivery() { takeOver(); }

    void operator()()
    {
        takeOver();
        {
            // Ends here, on the thread that was called: the caller's may be the one that ends this.
            const auto work = std::exchange(m_work, nullptr);
            work();
        }
        publish();
    }

private:
    void publish()
    {
#ifdef __SANITIZE_THREAD__
        __tsan_release(this);
#endif
    }
    void takeOver()
    {
#ifdef __SANITIZE_THREAD__
        __tsan_acquire(this);
#endif
    }

    std::function<void()> m_work;
};

} // namespace

void callOn(QObject *context, std::function<void()> work)
{
    QMetaObject::invokeMethod(context, Delivery(std::move(work)), Qt::QueuedConnection);
}

} // namespace gatehouse
