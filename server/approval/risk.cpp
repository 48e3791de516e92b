// SPDX-License-Identifier: GPL-3.0-or-later
#include <approval/risk.h>

#include <approval/redirect_target.h>
#include <base/text.h>

#include <QCoreApplication>
#include <QRegularExpression>

#include <algorithm>
#include <memory>
#include <unicode/uspoof.h>

namespace gatehouse::approval {

using namespace Qt::StringLiterals;

namespace {

constexpr int kManyScopes = 8;
constexpr int kCautionsThatAreDanger = 3;
/// As much of a name as a window shows: what stands behind it deceives nobody.
constexpr int kShownName = 40;

/// Names that many people know. A program is named only where every installation runs as it, hosts
/// only where others would be a surprise.
const QList<KnownName> &widespreadNames()
{
    static const QStringList kAnthropic{u"claude.ai"_s, u"claude.com"_s, u"anthropic.com"_s};
    static const QStringList kCode{u"vscode.dev"_s, u"visualstudio.com"_s, u"microsoft.com"_s};
    static const QStringList kOpenAi{u"chatgpt.com"_s, u"openai.com"_s};
    static const QStringList kCursor{u"cursor.com"_s, u"cursor.sh"_s};
    static const QList<KnownName> kNames{
        {u"Claude"_s, {}, kAnthropic},
        {u"Claude Desktop"_s, {}, kAnthropic},
        {u"Claude Code"_s, u"claude"_s, kAnthropic},
        {u"Claude Code"_s, u"node"_s, kAnthropic}, // installed with npm
        {u"Claude Code"_s, u"bun"_s, kAnthropic},
        {u"Visual Studio Code"_s, u"code"_s, kCode},
        {u"Visual Studio Code"_s, u"codium"_s, kCode},
        {u"VS Code"_s, u"code"_s, kCode},
        {u"GitHub Copilot"_s, {}, kCode + QStringList{u"github.com"_s}},
        {u"Cursor"_s, u"cursor"_s, kCursor},
        {u"Windsurf"_s, u"windsurf"_s},
        {u"Zed"_s, u"zed"_s},
        {u"ChatGPT"_s, {}, kOpenAi},
        {u"Codex"_s, {}, kOpenAi},
        {u"Gemini CLI"_s},
        {u"Goose"_s},
        {u"LM Studio"_s},
        {u"MCP CLI Proxy"_s},
        {u"MCP Inspector"_s},
        {u"Gatehouse"_s}};
    return kNames;
}

struct Words {
    Q_DECLARE_TR_FUNCTIONS(Risk)
};

QString quotable(const QString &outside)
{
    return shownText(outside, kShownName);
}

/// What a host belongs to stands at its end.
QString quotableHost(const QString &host)
{
    return host.size() <= kShownName ? quotable(host) : u'…' + host.right(kShownName - 1);
}

/// "Claude Code (todos)" is Claude Code: clients add the name of the server.
QString withoutAddition(const QString &name)
{
    static const QRegularExpression kAddition(u"\\s*\\([^()]*\\)\\s*\\z"_s);
    return QString(name).remove(kAddition).trimmed();
}

bool isSpelledAs(const QString &name, const QString &known)
{
    return name.compare(known, Qt::CaseInsensitive) == 0;
}

/// In the order in which it is read: a right-to-left override turns what follows around.
QString asDisplayed(const QString &name)
{
    static const QRegularExpression kOverride(u"\\x{202E}([^\\x{202C}\\x{202D}]*)"_s);
    QString shown;
    qsizetype end = 0;
    for (auto matches = kOverride.globalMatch(name); matches.hasNext();) {
        const auto match = matches.next();
        auto turned = match.captured(1);
        std::reverse(turned.begin(), turned.end());
        shown += name.mid(end, match.capturedStart() - end) + turned;
        end = match.capturedEnd();
    }
    return shown + name.mid(end);
}

QString withoutInvisible(const QString &name)
{
    QString visible;
    for (const QChar c : name) {
        if (c.category() != QChar::Other_Format && c.category() != QChar::Other_Control)
            visible.append(c);
    }
    return visible;
}

/// What a person takes the name for.
QString asSeen(const QString &name)
{
    // Full-width and other styled letters are their plain ones.
    const auto plain = name.left(kShownName).normalized(QString::NormalizationForm_KC);
    return withoutInvisible(asDisplayed(plain)).simplified();
}

/// UTS #39 §4: two texts with the same skeleton look alike. Empty when ICU cannot tell.
QString skeleton(const QString &text)
{
    using Checker = std::unique_ptr<USpoofChecker, decltype(&uspoof_close)>;
    static const auto s_checker = [] {
        UErrorCode status = U_ZERO_ERROR;
        return Checker(uspoof_open(&status), &uspoof_close);
    }();
    if (!s_checker || text.isEmpty())
        return {};
    QString out(4 * text.size() + 32, QChar(u'\0'));
    UErrorCode status = U_ZERO_ERROR;
    const auto length = uspoof_getSkeleton(
        s_checker.get(), 0, reinterpret_cast<const UChar *>(text.utf16()), int(text.size()),
        reinterpret_cast<UChar *>(out.data()), int(out.size()), &status);
    return U_SUCCESS(status) ? out.left(length) : QString();
}

/// Without regard to case on either side of the mapping: "I" is like "l", and "CLAUDE" like
/// "Claude".
QString foldedSkeleton(const QString &text)
{
    return skeleton(text).toCaseFolded();
}

bool isProgram(const QString &program, const QString &known)
{
    if (!program.startsWith(known, Qt::CaseInsensitive))
        return false;
    // "python3.11", "code-insiders", "cursor.AppImage"
    return program.size() == known.size() || !program.at(known.size()).isLetter();
}

/// "claude.ai", "code.claude.ai" and "claude.ai:8443" belong to claude.ai.
bool isOfHost(const QString &host, const QString &known)
{
    const auto name = host.section(u':', 0, 0);
    return name == known || name.endsWith(u'.' + known);
}

/// A known name that a stranger's host describes.
void judgeDescription(const RiskInput &input, const QStringList &hosts, QList<RiskReason> &reasons)
{
    const bool isUsual = std::any_of(hosts.begin(), hosts.end(), [&](const QString &host) {
        return isOfHost(input.documentHost, host);
    });
    if (input.documentHost.isEmpty() || hosts.isEmpty() || isUsual)
        return;
    reasons.append({RiskLevel::Danger,
                    Words::tr("This name usually belongs to %1, but %2 describes this program.")
                        .arg(quotable(hosts.first()), quotableHost(input.documentHost))});
}

void judgeName(const RiskInput &input, QList<RiskReason> &reasons)
{
    const auto known = input.knownNames + widespreadNames();
    const auto base = withoutAddition(input.clientName);
    QStringList usual;
    QStringList hosts;
    bool isKnown = false;
    bool isUsual = false;
    for (const auto &each : known) {
        if (!isSpelledAs(input.clientName, each.name) && !isSpelledAs(base, each.name))
            continue;
        isKnown = true;
        isUsual = isUsual || each.program.isEmpty() || isProgram(input.program, each.program);
        usual.append(each.program);
        hosts += each.hosts;
    }
    judgeDescription(input, hosts, reasons);
    if (isKnown) {
        if (!isUsual && !input.program.isEmpty()) {
            reasons.append({RiskLevel::Danger,
                            Words::tr("This name usually belongs to \"%1\", but \"%2\" asked.")
                                .arg(quotable(usual.first()), quotable(input.program))});
        }
        return;
    }
    const auto imitated = std::find_if(known.begin(), known.end(), [&](const KnownName &each) {
        return looksAlike(input.clientName, each.name) || looksAlike(base, each.name);
    });
    if (imitated != known.end()) {
        reasons.append({RiskLevel::Danger,
                        Words::tr("The name looks like \"%1\", but it is spelled differently and "
                                  "comes from another program.")
                            .arg(quotable(imitated->name))});
    }
}

/// MCP 2025-11-25, "Localhost Redirect URI Risks": a document proves who wrote it, not who uses it.
void judgeDescribed(const RiskInput &input, const RedirectTarget &target,
                    QList<RiskReason> &reasons)
{
    if (input.documentHost.isEmpty() || input.allowedBefore)
        return;
    const auto host = quotableHost(input.documentHost);
    if (target.kind != TargetKind::Website) {
        reasons.append({RiskLevel::Caution,
                        Words::tr("%1 describes this program, but any program on this computer can "
                                  "use that description.")
                            .arg(host)});
    } else if (target.key != input.documentHost) {
        reasons.append({RiskLevel::Caution,
                        Words::tr("%1 describes this program, but the answer goes to %2.")
                            .arg(host, quotableHost(target.key))});
    }
}

void judgeTarget(const RiskInput &input, QList<RiskReason> &reasons)
{
    const auto target = redirectTargetOf(input.redirectUri);
    judgeDescribed(input, target, reasons);
    if (target.kind == TargetKind::AppLink) {
        reasons.append({RiskLevel::Caution,
                        Words::tr("The answer goes to the app link \"%1\". Any program on this "
                                  "computer can claim that link.")
                            .arg(quotable(target.key))});
    }
    if (target.kind == TargetKind::Website && !input.allowedBefore) {
        reasons.append(
            {RiskLevel::Caution, Words::tr("You have not allowed this website before.")});
    }
    // A website's request comes from the website, not from a program here.
    if (target.kind != TargetKind::Website && input.program.isEmpty()) {
        reasons.append(
            {RiskLevel::Caution, Words::tr("Gatehouse cannot tell which program asked.")});
    }
}

void judgeScopes(const RiskInput &input, QList<RiskReason> &reasons)
{
    if (input.scopes > kManyScopes) {
        const auto sentence = input.changingScopes == 0
            ? Words::tr("It asks for %1 permissions at once.").arg(input.scopes)
            : input.changingScopes == 1
            ? Words::tr("It asks for %1 permissions at once, and one of them changes data.")
                  .arg(input.scopes)
            : Words::tr("It asks for %1 permissions at once, and %2 of them change data.")
                  .arg(input.scopes)
                  .arg(input.changingScopes);
        reasons.append({RiskLevel::Caution, sentence});
    }
    if (input.deletes)
        reasons.append({RiskLevel::Caution, Words::tr("One permission deletes data.")});
}

} // namespace

Risk assessRisk(const RiskInput &input)
{
    Risk risk;
    judgeName(input, risk.reasons);
    judgeTarget(input, risk.reasons);
    judgeScopes(input, risk.reasons);
    std::stable_sort(
        risk.reasons.begin(), risk.reasons.end(),
        [](const RiskReason &one, const RiskReason &other) { return one.level > other.level; });
    if (!risk.reasons.isEmpty())
        risk.level = risk.reasons.first().level;
    if (risk.reasons.size() >= kCautionsThatAreDanger)
        risk.level = RiskLevel::Danger;
    return risk;
}

bool looksAlike(const QString &one, const QString &other)
{
    if (one == other)
        return false;
    const auto first = asSeen(one);
    const auto second = asSeen(other);
    if (first == second)
        return !first.isEmpty();
    const auto seen = foldedSkeleton(first);
    return !seen.isEmpty()
        && (seen == foldedSkeleton(second)
            || foldedSkeleton(first.toCaseFolded()) == foldedSkeleton(second.toCaseFolded()));
}

} // namespace gatehouse::approval
