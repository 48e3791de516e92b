// SPDX-License-Identifier: GPL-3.0-or-later
#include <approval/risk.h>

#include <QTest>

using namespace Qt::StringLiterals;
using namespace gatehouse::approval;

namespace {

const auto kLocal = u"http://localhost:51234/callback"_s;
const auto kWebsite = u"https://claude.example/callback"_s;

QStringList sentences(const Risk &risk)
{
    QStringList list;
    for (const auto &reason : risk.reasons)
        list.append(reason.sentence);
    return list;
}

RiskInput plainInput()
{
    RiskInput input;
    input.clientName = u"My tool"_s;
    input.program = u"mytool"_s;
    input.redirectUri = kLocal;
    input.scopes = 2;
    input.changingScopes = 1;
    return input;
}

} // namespace

class TestRisk : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void names_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("program");
        QTest::addColumn<QString>("sentence");
        const auto imitates = u"The name looks like \"Claude Code\", but it is spelled differently "
                              "and comes from another program."_s;
        const auto none = QString();
        QTest::newRow("unknown name") << u"My tool"_s << u"python3"_s << none;
        QTest::newRow("known name, its program") << u"Claude Code"_s << u"claude"_s << none;
        QTest::newRow("known name, installed with npm") << u"Claude Code"_s << u"node"_s << none;
        QTest::newRow("known name with the server's name")
            << u"Claude Code (todos)"_s << u"claude"_s << none;
        QTest::newRow("known name in other case") << u"claude code"_s << u"claude"_s << none;
        QTest::newRow("known name, a variant of its program")
            << u"Visual Studio Code"_s << u"code-insiders"_s << none;
        QTest::newRow("known name that any program may have")
            << u"Claude"_s << u"anything"_s << none;
        QTest::newRow("known name, other program")
            << u"Claude Code"_s << u"python3"_s
            << u"This name usually belongs to \"claude\", but \"python3\" asked."_s;
        QTest::newRow("known name with an addition, other program")
            << u"Cursor (todos)"_s << u"python3"_s
            << u"This name usually belongs to \"cursor\", but \"python3\" asked."_s;
        QTest::newRow("a program that only begins like it")
            << u"Cursor"_s << u"cursory"_s
            << u"This name usually belongs to \"cursor\", but \"cursory\" asked."_s;
        QTest::newRow("UTS #39 §4 Cyrillic letters") << u"Сlаudе Соdе"_s << u"claude"_s << imitates;
        QTest::newRow("UTS #39 §4 Cyrillic capitals")
            << u"СLАUDЕ СОDЕ"_s << u"claude"_s << imitates;
        QTest::newRow("UTS #39 §4 I for l") << u"CIaude Code"_s << u"claude"_s << imitates;
        QTest::newRow("UTS #39 §4 1 for l") << u"C1aude Code"_s << u"claude"_s << imitates;
        QTest::newRow("UTS #39 §4 0 for o") << u"Claude C0de"_s << u"claude"_s << imitates;
        QTest::newRow("UTS #39 §4 full width")
            << u"Ｃｌａｕｄｅ Ｃｏｄｅ"_s << u"claude"_s << imitates;
        QTest::newRow("UTS #39 §4 with an addition")
            << u"CIaude Code (todos)"_s << u"claude"_s << imitates;
        QTest::newRow("zero-width space") << u"Claude\u200B Code"_s << u"claude"_s << imitates;
        QTest::newRow("soft hyphen") << u"Cla\u00ADude Code"_s << u"claude"_s << imitates;
        QTest::newRow("no-break space") << u"Claude\u00A0Code"_s << u"claude"_s << imitates;
        QTest::newRow("two spaces") << u"Claude  Code"_s << u"claude"_s << imitates;
        QTest::newRow("bidirectional override")
            << u"Claude \u202EedoC"_s << u"claude"_s << imitates;
        QTest::newRow("bidirectional override in the middle")
            << u"\u202EedualC\u202C Code"_s << u"claude"_s << imitates;
        QTest::newRow("filled up beyond what a window shows")
            << u"Claude Code"_s + QString(9'988, u' ') + u"x"_s << u"claude"_s << imitates;
        QTest::newRow("10,000 other characters") << QString(10'000, u'x') << u"claude"_s << none;
        QTest::newRow("10,000 combining marks")
            << u"C"_s + QString(9'999, QChar(0x0301)) << u"claude"_s << none;
        QTest::newRow("10,000 overrides") << QString(10'000, QChar(0x202E)) << u"claude"_s << none;
        QTest::newRow("half a surrogate pair") << QString(QChar(0xD83D)) << u"claude"_s << none;
        QTest::newRow("empty") << QString() << u"claude"_s << none;
    }
    void names()
    {
        QFETCH(QString, name);
        QFETCH(QString, program);
        QFETCH(QString, sentence);
        auto input = plainInput();
        input.clientName = name;
        input.program = program;
        const auto risk = assessRisk(input);
        QCOMPARE(sentences(risk), sentence.isEmpty() ? QStringList() : QStringList{sentence});
        QCOMPARE(risk.level, sentence.isEmpty() ? RiskLevel::Plain : RiskLevel::Danger);
    }

    void namesThatWereAllowedBefore()
    {
        auto input = plainInput();
        input.knownNames = {{u"Ledger"_s, u"ledger"_s}};
        input.clientName = u"Ledger"_s;
        input.program = u"ledger"_s;
        QCOMPARE(assessRisk(input).level, RiskLevel::Plain);
        input.program = u"python3"_s;
        QCOMPARE(sentences(assessRisk(input)),
                 QStringList{u"This name usually belongs to \"ledger\", but \"python3\" asked."_s});
        input.clientName = u"Lеdger"_s; // Cyrillic е
        QCOMPARE(assessRisk(input).level, RiskLevel::Danger);
        // What came from outside is harmless in the sentence too.
        input.knownNames = {{u"Led\u202Eger\n"_s, u"led\u001bger"_s}};
        input.clientName = u"Led\u202Eger\n"_s;
        const auto sentence = assessRisk(input).reasons.first().sentence;
        QVERIFY(!sentence.contains(QChar(0x202E)) && !sentence.contains(QChar(0x1B))
                && !sentence.contains(u'\n'));
    }

    void otherSignals_data()
    {
        QTest::addColumn<QString>("redirectUri");
        QTest::addColumn<QString>("program");
        QTest::addColumn<bool>("allowedBefore");
        QTest::addColumn<int>("scopes");
        QTest::addColumn<int>("changing");
        QTest::addColumn<bool>("deletes");
        QTest::addColumn<QStringList>("expected");
        QTest::addColumn<int>("level");
        const int plain = int(RiskLevel::Plain);
        const int caution = int(RiskLevel::Caution);
        const int danger = int(RiskLevel::Danger);
        const auto appLink = u"The answer goes to the app link \"xyz://\". Any program on this "
                             "computer can claim that link."_s;
        const auto website = u"You have not allowed this website before."_s;
        const auto unknown = u"Gatehouse cannot tell which program asked."_s;
        const auto deletes = u"One permission deletes data."_s;
        const auto many = u"It asks for 14 permissions at once, and 9 of them change data."_s;
        QTest::newRow("plain") << kLocal << u"claude"_s << false << 8 << 8 << false << QStringList()
                               << plain;
        QTest::newRow("custom scheme") << u"xyz://cb"_s << u"xyz"_s << true << 1 << 0 << false
                                       << QStringList{appLink} << caution;
        QTest::newRow("website for the first time")
            << kWebsite << QString() << false << 1 << 0 << false << QStringList{website} << caution;
        QTest::newRow("website that was allowed before")
            << kWebsite << QString() << true << 1 << 0 << false << QStringList() << plain;
        QTest::newRow("unknown process")
            << kLocal << QString() << true << 1 << 0 << false << QStringList{unknown} << caution;
        QTest::newRow("many permissions")
            << kLocal << u"claude"_s << true << 14 << 9 << false << QStringList{many} << caution;
        QTest::newRow("many permissions, one changes")
            << kLocal << u"claude"_s << true << 9 << 1 << false
            << QStringList{u"It asks for 9 permissions at once, and one of them changes data."_s}
            << caution;
        QTest::newRow("many permissions that only read")
            << kLocal << u"claude"_s << true << 9 << 0 << false
            << QStringList{u"It asks for 9 permissions at once."_s} << caution;
        QTest::newRow("deletes") << kLocal << u"claude"_s << true << 1 << 1 << true
                                 << QStringList{deletes} << caution;
        QTest::newRow("two cautions stay a caution")
            << kLocal << QString() << true << 1 << 1 << true << QStringList{unknown, deletes}
            << caution;
        QTest::newRow("three cautions are danger")
            << u"xyz://cb"_s << QString() << false << 1 << 1 << true
            << QStringList{appLink, unknown, deletes} << danger;
    }
    void otherSignals()
    {
        QFETCH(QString, redirectUri);
        QFETCH(QString, program);
        QFETCH(bool, allowedBefore);
        QFETCH(int, scopes);
        QFETCH(int, changing);
        QFETCH(bool, deletes);
        QFETCH(QStringList, expected);
        QFETCH(int, level);
        RiskInput input;
        input.clientName = u"My tool"_s;
        input.redirectUri = redirectUri;
        input.program = program;
        input.allowedBefore = allowedBefore;
        input.scopes = scopes;
        input.changingScopes = changing;
        input.deletes = deletes;
        const auto risk = assessRisk(input);
        QCOMPARE(sentences(risk), expected);
        QCOMPARE(int(risk.level), level);
    }

    void metadataDocuments_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("host");
        QTest::addColumn<QString>("redirectUri");
        QTest::addColumn<bool>("allowedBefore");
        QTest::addColumn<QStringList>("expected");
        QTest::addColumn<int>("level");
        const int plain = int(RiskLevel::Plain);
        const int caution = int(RiskLevel::Caution);
        const int danger = int(RiskLevel::Danger);
        const auto tool = u"My tool"_s;
        const auto anybody = u"tool.example describes this program, but any program on this "
                             "computer can use that description."_s;
        const auto website = u"You have not allowed this website before."_s;
        const auto elsewhere =
            u"tool.example describes this program, but the answer goes to claude.example."_s;
        QTest::newRow("MCP 2025-11-25 Localhost Redirect URI Risks")
            << tool << u"tool.example"_s << kLocal << false << QStringList{anybody} << caution;
        QTest::newRow("MCP 2025-11-25 Localhost Redirect URI Risks, allowed before")
            << tool << u"tool.example"_s << kLocal << true << QStringList() << plain;
        QTest::newRow("CIMD draft §6.1 redirect URI on the document's host")
            << tool << u"claude.example"_s << kWebsite << false << QStringList{website} << caution;
        QTest::newRow("CIMD draft §6.1 redirect URI on another host")
            << tool << u"tool.example"_s << kWebsite << false << QStringList{elsewhere, website}
            << caution;
        QTest::newRow("CIMD draft §6.1 redirect URI on another host, allowed before")
            << tool << u"tool.example"_s << kWebsite << true << QStringList() << plain;
        const auto stranger =
            u"This name usually belongs to claude.ai, but evil.example describes this program."_s;
        QTest::newRow("CIMD draft §6.8 a known name, described by a stranger")
            << u"Claude Code"_s << u"evil.example"_s << kLocal << true << QStringList{stranger}
            << danger;
        QTest::newRow("CIMD draft §6.8 a known name with an addition, described by a stranger")
            << u"Claude Code (todos)"_s << u"evil.example"_s << kLocal << true
            << QStringList{stranger} << danger;
        QTest::newRow("CIMD draft §6.8 a stranger whose host only ends alike")
            << u"Claude Code"_s << u"notclaude.ai"_s << kLocal << true
            << QStringList{u"This name usually belongs to claude.ai, but notclaude.ai describes "
                           "this program."_s}
            << danger;
        QTest::newRow("CIMD draft §6.8 a known name, described by its own host")
            << u"Claude Code"_s << u"claude.ai"_s << kLocal << true << QStringList() << plain;
        QTest::newRow("CIMD draft §6.8 a known name, described by a part of its own host")
            << u"Claude Code"_s << u"docs.claude.ai:8443"_s << kLocal << true << QStringList()
            << plain;
        QTest::newRow("a known name that no host is known for")
            << u"Goose"_s << u"evil.example"_s << kLocal << true << QStringList() << plain;
    }
    void metadataDocuments()
    {
        QFETCH(QString, name);
        QFETCH(QString, host);
        QFETCH(QString, redirectUri);
        QFETCH(bool, allowedBefore);
        QFETCH(QStringList, expected);
        QFETCH(int, level);
        auto input = plainInput();
        input.clientName = name;
        input.program = redirectUri == kLocal ? u"claude"_s : QString();
        input.documentHost = host;
        input.redirectUri = redirectUri;
        input.allowedBefore = allowedBefore;
        const auto risk = assessRisk(input);
        QCOMPARE(sentences(risk), expected);
        QCOMPARE(int(risk.level), level);
    }

    void longHostsKeepTheirEnd()
    {
        auto input = plainInput();
        input.documentHost = u"claude.ai."_s + QString(60, u'x') + u".evil.example"_s;
        const auto sentence = assessRisk(input).reasons.first().sentence;
        QVERIFY2(sentence.contains(u"x.evil.example describes"_s), qPrintable(sentence));
        QVERIFY(!sentence.contains(u"claude.ai"_s));
    }

    void theGravestReasonComesFirst()
    {
        auto input = plainInput();
        input.clientName = u"Claude Code"_s;
        input.program = u"python3"_s;
        input.redirectUri = u"xyz://cb"_s;
        const auto risk = assessRisk(input);
        QCOMPARE(risk.reasons.size(), 2);
        QCOMPARE(risk.reasons.first().level, RiskLevel::Danger);
        QCOMPARE(risk.reasons.last().level, RiskLevel::Caution);
        QCOMPARE(risk.level, RiskLevel::Danger);
    }

    void looksAlikeMeansSpelledDifferently()
    {
        QVERIFY(!looksAlike(u"Claude"_s, u"Claude"_s));
        QVERIFY(looksAlike(u"paypal"_s, u"раураl"_s));
        QVERIFY(looksAlike(u"modern"_s, u"modem"_s)); // rn and m
        QVERIFY(!looksAlike(u"Claude"_s, u"Cloud"_s));
        QVERIFY(!looksAlike({}, u"Claude"_s));
        QVERIFY(!looksAlike(u"\u200B"_s, u"\u200C"_s));
    }
};

QTEST_GUILESS_MAIN(TestRisk)
#include "tst_risk.moc"
