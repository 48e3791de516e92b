// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/scripted_secret_store.h"

#include <secrets/remote_store.h>

#include <QTest>
#include <QThread>

#include <atomic>
#include <future>

using namespace Qt::StringLiterals;
using namespace gatehouse;
using secrets::RemoteStore;

namespace {

/// A store that remembers on which threads it was made, used and destroyed.
class WatchedStore final : public secrets::SecretStore {
public:
    explicit WatchedStore(QThread *home) : m_home(home) { check(); }
    ~WatchedStore() override
    {
        check();
        ++s_destroyed;
    }
    void read(const QString &key, QObject *context, Callback<std::optional<Secret>> then) override
    {
        check();
        m_store.read(key, context, std::move(then));
    }
    void write(const QString &key, const Secret &value, QObject *context,
               Callback<std::monostate> then) override
    {
        check();
        m_store.write(key, value, context, std::move(then));
    }
    void remove(const QString &key, QObject *context, Callback<std::monostate> then) override
    {
        check();
        m_store.remove(key, context, std::move(then));
    }
    [[nodiscard]] QString name() const override { return u"watched"_s; }

    static inline std::atomic<int> s_strays = 0;
    static inline std::atomic<int> s_destroyed = 0;

private:
    void check() const { s_strays += QThread::currentThread() == m_home ? 0 : 1; }

    QThread *m_home;
    secrets::MemoryStore m_store;
};

} // namespace

/// The store lives on the test's main thread; a second thread asks.
class TestRemoteStore : public QObject {
    Q_OBJECT

private:
    QThread m_thread;
    std::unique_ptr<QObject> m_asking;
    std::unique_ptr<RemoteStore> m_store; ///< touched on m_thread
    std::atomic<int> m_answers = 0;
    std::atomic<int> m_strayAnswers = 0;

    /// Runs on the asking thread and waits until it has.
    void onThread(std::function<void()> work)
    {
        auto done = std::make_shared<std::promise<void>>();
        callOn(m_asking.get(), [work = std::move(work), done] {
            work();
            done->set_value();
        });
        done->get_future().wait();
    }
    void makeStore(RemoteStore::Maker make)
    {
        onThread([this, make = std::move(make)] {
            m_store = std::make_unique<RemoteStore>(RemoteStore::Threads{*m_asking, *this},
                                                    u"watched"_s, make);
        });
    }
    void note()
    {
        m_strayAnswers += QThread::currentThread() == &m_thread ? 0 : 1;
        ++m_answers;
    }

private Q_SLOTS:
    void init()
    {
        m_answers = 0;
        m_strayAnswers = 0;
        WatchedStore::s_strays = 0;
        WatchedStore::s_destroyed = 0;
        m_asking = std::make_unique<QObject>();
        m_asking->moveToThread(&m_thread);
        m_thread.start();
    }
    void cleanup()
    {
        onThread([this] { m_store.reset(); });
        QCoreApplication::sendPostedEvents(this); // the store itself ends here
        m_thread.quit();
        QVERIFY(m_thread.wait());
        m_asking.reset();
    }

    void storeStaysOnItsThread()
    {
        makeStore([home = thread()] { return std::make_unique<WatchedStore>(home); });
        std::atomic<bool> found = false;
        std::atomic<bool> gone = false;
        onThread([&] {
            m_store->write(u"a"_s, Secret("value"), m_asking.get(), [this](const auto &r) {
                if (r)
                    note();
            });
            m_store->read(u"a"_s, m_asking.get(), [&, this](const auto &r) {
                found = r && *r && (*r)->equals("value");
                note();
            });
            m_store->remove(u"a"_s, m_asking.get(), [this](const auto &r) {
                if (r)
                    note();
            });
            m_store->read(u"a"_s, m_asking.get(), [&, this](const auto &r) {
                gone = r && !*r;
                note();
            });
        });
        QTRY_COMPARE(m_answers.load(), 4);
        QVERIFY(found);
        QVERIFY(gone);
        QCOMPARE(m_strayAnswers.load(), 0);
        onThread([this] {
            QCOMPARE(m_store->name(), u"watched"_s);
            m_store.reset();
        });
        QTRY_COMPARE(WatchedStore::s_destroyed.load(), 1);
        QCOMPARE(WatchedStore::s_strays.load(), 0);
    }

    void errorsArrive()
    {
        makeStore([] {
            auto store = std::make_unique<tests::ScriptedSecretStore>();
            store->broken = true;
            return store;
        });
        std::atomic<bool> locked = false;
        onThread([&] {
            m_store->read(u"a"_s, m_asking.get(), [&, this](const auto &r) {
                locked = !r && r.error().message.contains(u"locked"_s);
                note();
            });
        });
        QTRY_COMPARE(m_answers.load(), 1);
        QVERIFY(locked);
    }

    void goneContextIsNotCalled()
    {
        makeStore([home = thread()] { return std::make_unique<WatchedStore>(home); });
        onThread([this] {
            {
                QObject context;
                m_store->read(u"a"_s, &context, [this](const auto &) { ++m_strayAnswers; });
            }
            m_store->read(u"a"_s, m_asking.get(), [this](const auto &) { note(); });
        });
        QTRY_COMPARE(m_answers.load(), 1);
        QCOMPARE(m_strayAnswers.load(), 0);
    }

    void goneStoreDoesNotAnswer()
    {
        makeStore([home = thread()] { return std::make_unique<WatchedStore>(home); });
        onThread([this] {
            m_store->read(u"a"_s, m_asking.get(), [this](const auto &) { ++m_answers; });
            m_store.reset();
        });
        QTRY_COMPARE(WatchedStore::s_destroyed.load(), 1);
        onThread([] {});
        QCOMPARE(m_answers.load(), 0);
    }
};

QTEST_GUILESS_MAIN(TestRemoteStore)
#include "tst_remote_store.moc"
