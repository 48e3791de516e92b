// SPDX-License-Identifier: GPL-3.0-or-later
#include <http/form.h>

#include <QTest>

using namespace gatehouse::http;
using namespace Qt::StringLiterals;

/// Parameters of queries and forms.
class TestForm : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void reads_data();
    void reads();
    void refuses_data();
    void refuses();
    void keepsRepeatableValuesInOrder();
    void leavesOutWhatHasNoValue();
    void aRepeatedNameIsToldInTheDetailOnly();
};

void TestForm::reads_data()
{
    QTest::addColumn<QByteArray>("encoded");
    QTest::addColumn<QString>("expected");
    QTest::newRow("plain") << "a=b"_ba << u"b"_s;
    QTest::newRow("plus is a space") << "a=b+c"_ba << u"b c"_s;
    QTest::newRow("%2B is a plus") << "a=b%2Bc"_ba << u"b+c"_s;
    QTest::newRow("%20 is a space") << "a=b%20c"_ba << u"b c"_s;
    QTest::newRow("UTF-8") << "a=%C3%BC"_ba << u"ü"_s;
    QTest::newRow("encoded name") << "%61=x"_ba << u"x"_s;
    QTest::newRow("equals sign in the value") << "a=b=c"_ba << u"b=c"_s;
    QTest::newRow("among others") << "x=1&a=b&y=2"_ba << u"b"_s;
    QTest::newRow("empty pairs") << "&&a=b&"_ba << u"b"_s;
    QTest::newRow("encoded ampersand") << "a=b%26c"_ba << u"b&c"_s;
}

void TestForm::reads()
{
    QFETCH(QByteArray, encoded);
    QFETCH(QString, expected);
    const auto form = FormParameters::parse(encoded);
    QVERIFY(form);
    QVERIFY(form->contains(u"a"_s));
    QCOMPARE(form->value(u"a"_s), expected);
    QCOMPARE(form->optional(u"a"_s).value_or(QString()), expected);
    QVERIFY(!form->optional(u"absent"_s));
}

void TestForm::refuses_data()
{
    QTest::addColumn<QByteArray>("encoded");
    QTest::newRow("RFC 6749 §3.1 a parameter twice") << "a=1&a=2"_ba;
    QTest::newRow("RFC 6749 §3.1 twice under different encodings") << "a=1&%61=2"_ba;
    QTest::newRow("RFC 6749 §3.1 twice, once without value") << "a=1&a="_ba;
    QTest::newRow("not UTF-8") << "a=%FF"_ba;
    QTest::newRow("overlong UTF-8") << "a=%C0%AF"_ba;
    QTest::newRow("name not UTF-8") << "%FF=1"_ba;
    QTest::newRow("NUL in the value") << "a=b%00c"_ba;
    QTest::newRow("NUL in the name") << "a%00=c"_ba;
    QTest::newRow("RFC 3986 §2.1 percent without digits") << "a=100%"_ba;
    QTest::newRow("RFC 3986 §2.1 percent with one digit") << "a=%4"_ba;
    QTest::newRow("RFC 3986 §2.1 percent with letters that are no digits") << "a=%zz"_ba;
}

void TestForm::refuses()
{
    QFETCH(QByteArray, encoded);
    QVERIFY(!FormParameters::parse(encoded));
}

void TestForm::keepsRepeatableValuesInOrder()
{
    const auto form = FormParameters::parse("resource=one&x=1&resource=two", {u"resource"_s});
    QVERIFY(form);
    QCOMPARE(form->values(u"resource"_s), (QStringList{u"one"_s, u"two"_s}));
    QVERIFY(!FormParameters::parse("resource=one&x=1&x=1", {u"resource"_s}));
}

void TestForm::leavesOutWhatHasNoValue()
{
    const auto form = FormParameters::parse("a=&b&c=x");
    QVERIFY(form);
    QVERIFY(!form->contains(u"a"_s));
    QVERIFY(!form->contains(u"b"_s));
    QVERIFY(form->contains(u"c"_s));
}

void TestForm::aRepeatedNameIsToldInTheDetailOnly()
{
    const auto form = FormParameters::parse("evil=1&evil=2");
    QVERIFY(!form);
    QVERIFY(!form.error().forPerson().contains(u"evil"_s));
    QCOMPARE(form.error().detail, u"evil"_s);
}

QTEST_APPLESS_MAIN(TestForm)
#include "tst_form.moc"
