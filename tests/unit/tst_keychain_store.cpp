// SPDX-License-Identifier: GPL-3.0-or-later
#include <secrets/keychain_store.h>

#include <QTest>
#include <QTimer>

#include <csignal>

#include <sys/types.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace gatehouse;
using namespace gatehouse::secrets;

namespace {

template <typename T>
Result<T> await(const std::function<void(QObject *, Callback<T>)> &ask)
{
    QObject context;
    std::optional<Result<T>> answer;
    ask(&context, [&](const Result<T> &result) { answer = result; });
    if (!QTest::qWaitFor([&] { return answer.has_value(); }, 30'000))
        return fail(Error{u"the store never answered"_s});
    return *answer;
}

Result<std::optional<Secret>> read(SecretStore &store, const QString &key)
{
    return await<std::optional<Secret>>(
        [&](QObject *context, auto then) { store.read(key, context, then); });
}

Result<std::monostate> write(SecretStore &store, const QString &key, const QByteArray &value)
{
    return await<std::monostate>(
        [&](QObject *context, auto then) { store.write(key, Secret(value), context, then); });
}

Result<std::monostate> remove(SecretStore &store, const QString &key)
{
    return await<std::monostate>(
        [&](QObject *context, auto then) { store.remove(key, context, then); });
}

} // namespace

/// With a keychain that works.
class TestKeychainUnlocked : public QObject {
    Q_OBJECT

private:
    KeychainStore m_store{u"test-instance"_s};

private Q_SLOTS:
    void absentIsNoError()
    {
        const auto value = read(m_store, u"never-written"_s);
        QVERIFY2(value, value ? "" : qPrintable(value.error().forPerson()));
        QVERIFY(!value->has_value());
    }

    void readsWhatWasWritten_data()
    {
        QTest::addColumn<QByteArray>("value");
        QTest::newRow("text") << QByteArray("a refresh token");
        QTest::newRow("all bytes") << [] {
            QByteArray bytes;
            for (int byte = 0; byte < 256; ++byte)
                bytes.append(static_cast<char>(byte));
            return bytes;
        }();
        QTest::newRow("large") << QByteArray(16 * 1024, 'x');
        QTest::newRow("looks like base64") << QByteArray("AAAA====");
        QTest::newRow("not UTF-8") << QByteArray("\xff\xfe\x00\x80", 4);
    }
    void readsWhatWasWritten()
    {
        QFETCH(const QByteArray, value);
        QVERIFY(write(m_store, u"refresh-token/a/urn:api"_s, value));
        KeychainStore again(u"test-instance"_s);
        const auto found = read(again, u"refresh-token/a/urn:api"_s);
        QVERIFY(found && found->has_value());
        QCOMPARE((*found)->reveal(), value);
    }

    void writingReplaces()
    {
        QVERIFY(write(m_store, u"replaced"_s, "old"));
        QVERIFY(write(m_store, u"replaced"_s, "new"));
        QCOMPARE(read(m_store, u"replaced"_s).value()->reveal(), "new"_ba);
    }

    void removes()
    {
        QVERIFY(write(m_store, u"removed"_s, "x"));
        QVERIFY(remove(m_store, u"removed"_s));
        QVERIFY(!read(m_store, u"removed"_s)->has_value());
    }

    void removingWhatIsAbsentIsDone()
    {
        const auto done = remove(m_store, u"never-there"_s);
        QVERIFY2(done, done ? "" : qPrintable(done.error().forPerson()));
    }

    void instancesDoNotShare()
    {
        QVERIFY(write(m_store, u"shared"_s, "mine"));
        KeychainStore other(u"other-instance"_s);
        QVERIFY(!read(other, u"shared"_s)->has_value());
    }

    void manyAtOnce()
    {
        int done = 0;
        for (int i = 0; i < 20; ++i) {
            m_store.write(u"many-%1"_s.arg(i), Secret(QByteArray::number(i)), this,
                          [&](const auto &result) { done += result ? 1 : 0; });
        }
        QTRY_COMPARE_WITH_TIMEOUT(done, 20, 30'000);
        QCOMPARE(read(m_store, u"many-13"_s).value()->reveal(), "13"_ba);
    }

    void goneCallerIsNotCalled()
    {
        bool called = false;
        {
            QObject context;
            m_store.read(u"shared"_s, &context, [&](const auto &) { called = true; });
        }
        QVERIFY(read(m_store, u"shared"_s));
        QVERIFY(!called);
    }
};

/// With a keychain that cannot be used: every call says why, and what to do.
class TestKeychainTrouble : public QObject {
    Q_OBJECT

public:
    explicit TestKeychainTrouble(QString message) : m_message(std::move(message)) { }

private:
    QString m_message;
    KeychainStore m_store{u"test-instance"_s, std::chrono::seconds(2)};

    template <typename T>
    void verify(const Result<T> &result)
    {
        QVERIFY(!result);
        QCOMPARE(result.error().message, m_message);
        QVERIFY(!result.error().remedy.isEmpty());
    }

private Q_SLOTS:
    void writes() { verify(write(m_store, u"key"_s, "value")); }
    void reads() { verify(read(m_store, u"key"_s)); }
    void removes() { verify(remove(m_store, u"key"_s)); }
};

/// With a keychain that takes its time: it is stopped, and continued later.
class TestKeychainSlow : public QObject {
    Q_OBJECT

private:
    static void send(int signal)
    {
        if (::kill(pid_t(qEnvironmentVariableIntValue("KEYRING_PID")), signal) != 0)
            qFatal("there is no keychain to stop or continue");
    }
    KeychainStore m_store{u"test-instance"_s};

private Q_SLOTS:
    void initTestCase() { QVERIFY(write(m_store, u"key"_s, "value")); }
    void cleanup() { send(SIGCONT); }

    void aLateAnswerIsTaken()
    {
        send(SIGSTOP);
        QTimer::singleShot(1s, this, [] { send(SIGCONT); });
        const auto value = read(m_store, u"key"_s);
        QVERIFY2(value, value ? "" : qPrintable(value.error().forPerson()));
        QCOMPARE((*value)->reveal(), "value"_ba);
    }

    void anAnswerThatIsTooLateIsNoLoss()
    {
        KeychainStore hasty(u"test-instance"_s, 300ms);
        send(SIGSTOP);
        const auto late = read(hasty, u"key"_s);
        QVERIFY(!late);
        QCOMPARE(late.error().message, u"The keychain did not answer."_s);
        QVERIFY(!remove(hasty, u"another"_s));
        send(SIGCONT);
        const auto value = read(m_store, u"key"_s);
        QVERIFY2(value, value ? "" : qPrintable(value.error().forPerson()));
        QCOMPARE((*value)->reveal(), "value"_ba);
    }
};

int main(int argc, char *argv[])
{
    QCoreApplication app(argc, argv);
    const auto state = QString::fromLocal8Bit(argc > 1 ? argv[1] : "");
    const QStringList arguments = app.arguments().mid(0, 1) + app.arguments().mid(2);
    if (state == u"unlocked"_s) {
        TestKeychainUnlocked test;
        return QTest::qExec(&test, arguments);
    }
    if (state == u"slow"_s) {
        TestKeychainSlow test;
        return QTest::qExec(&test, arguments);
    }
    if (state == u"prepare"_s) {
        KeychainStore store(u"test-instance"_s);
        return write(store, u"key"_s, "value") ? 0 : 1;
    }
    const auto noKeychain = u"This computer offers no keychain to Gatehouse."_s;
    const QHash<QString, QString> messages{
        {u"locked"_s, u"The keychain is locked."_s},
        {u"refusing"_s, u"The keychain refused access to Gatehouse."_s},
        {u"silent"_s, u"The keychain did not answer."_s},
        {u"absent"_s, noKeychain},
        {u"none"_s, noKeychain},
        {u"unset"_s, noKeychain}};
    if (!messages.contains(state))
        return 2;
    TestKeychainTrouble test(messages.value(state));
    return QTest::qExec(&test, arguments);
}

#include "tst_keychain_store.moc"
