// SPDX-License-Identifier: GPL-3.0-or-later
#include <app/doctor_report.h>

#include <QJsonArray>

#include <algorithm>

namespace gatehouse::app {

using namespace Qt::StringLiterals;

namespace {

constexpr int kVerdictWidth = 9;
constexpr int kSubjectWidth = 13;

QString verdictWord(Verdict verdict)
{
    switch (verdict) {
    case Verdict::Ok:
        return u"ok"_s;
    case Verdict::Warning:
        return u"warning"_s;
    case Verdict::Problem:
        break;
    }
    return u"problem"_s;
}

auto count(const Findings &findings, Verdict verdict)
{
    return std::count_if(findings.begin(), findings.end(),
                         [verdict](const Finding &each) { return each.verdict == verdict; });
}

/// Findings are made harmless where they arise; the line breaks that are left are ours.
QString indented(QString text)
{
    return text.replace(u'\n', u'\n' + QString(kVerdictWidth + kSubjectWidth, u' '));
}

QString sum(const Findings &findings)
{
    const auto problems = count(findings, Verdict::Problem);
    const auto warnings = count(findings, Verdict::Warning);
    return u"\nProblems: %1, warnings: %2. %3\n"_s.arg(problems).arg(warnings).arg(
        problems == 0 ? u"Signing in should work."_s
                      : u"Correct the first problem, then run this again."_s);
}

} // namespace

bool isHealthy(const Findings &findings)
{
    return count(findings, Verdict::Problem) == 0;
}

QString reportText(const Findings &findings)
{
    QString text;
    for (const auto &finding : findings) {
        text += verdictWord(finding.verdict).leftJustified(kVerdictWidth)
            + finding.subject.leftJustified(kSubjectWidth) + indented(finding.found) + u'\n';
        if (!finding.remedy.isEmpty())
            text += indented(u'\n' + finding.remedy).mid(1) + u'\n';
    }
    return text + sum(findings);
}

QJsonObject reportJson(const Findings &findings)
{
    QJsonArray checks;
    for (const auto &finding : findings) {
        checks.append(QJsonObject{{u"subject"_s, finding.subject},
                                  {u"verdict"_s, verdictWord(finding.verdict)},
                                  {u"found"_s, finding.found},
                                  {u"remedy"_s, finding.remedy}});
    }
    return {{u"healthy"_s, isHealthy(findings)}, {u"checks"_s, checks}};
}

} // namespace gatehouse::app
