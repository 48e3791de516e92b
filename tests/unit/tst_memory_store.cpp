// SPDX-License-Identifier: GPL-3.0-or-later
#include <secrets/secret_store.h>

#include <QTest>

using namespace Qt::StringLiterals;
using namespace gatehouse;

class TestMemoryStore : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<secrets::SecretStore> m_store;

    [[nodiscard]] std::optional<Secret> read(const QString &key)
    {
        std::optional<std::optional<Secret>> answer;
        m_store->read(key, this, [&](const auto &result) { answer = result.value(); });
        return QTest::qWaitFor([&] { return answer.has_value(); }) ? *answer : std::nullopt;
    }

private Q_SLOTS:
    void init() { m_store = secrets::makeMemoryStore(); }

    void readsWhatWasWritten()
    {
        const QByteArray binary("\x00\xff\n secret", 10);
        int done = 0;
        m_store->write(u"a"_s, Secret(binary), this, [&](const auto &r) { done += r ? 1 : 0; });
        QCOMPARE(done, 0); // answers later, as every store
        QTRY_COMPARE(done, 1);
        QVERIFY(read(u"a"_s)->equals(binary));
        QVERIFY(!read(u"b"_s));
    }

    void removes()
    {
        int done = 0;
        const auto count = [&](const auto &r) { done += r ? 1 : 0; };
        m_store->write(u"a"_s, Secret("x"), this, count);
        m_store->remove(u"a"_s, this, count);
        m_store->remove(u"never-there"_s, this, count);
        QTRY_COMPARE(done, 3);
        QVERIFY(!read(u"a"_s));
    }

    void goneCallerIsNotCalled()
    {
        bool called = false;
        {
            QObject context;
            m_store->read(u"a"_s, &context, [&](const auto &) { called = true; });
        }
        QVERIFY(!read(u"a"_s));
        QVERIFY(!called);
    }
};

QTEST_GUILESS_MAIN(TestMemoryStore)
#include "tst_memory_store.moc"
