// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/request_words.h>

#include <base/text.h>
#include <ui/durations.h>
#include <ui/look_widgets.h>

#include <QCoreApplication>

namespace gatehouse::ui {

using namespace Qt::StringLiterals;
using approval::RiskLevel;

namespace {

constexpr int kReasonsShown = 3;
constexpr int kAddressLength = 2048;

struct Words {
    Q_DECLARE_TR_FUNCTIONS(gatehouse::ui::RequestWords)
};

bool isWebsite(const AccessRequest &request)
{
    return request.targetKind == TargetKind::Website;
}

bool isToken(const AccessRequest &request)
{
    return request.targetKind == TargetKind::Terminal;
}

bool wantsMore(const AccessRequest &request)
{
    return !request.allowedScopes.isEmpty() && !request.scopes.isEmpty();
}

/// Long schemes and ports lose their end.
QString shortTarget(const AccessRequest &request)
{
    return isWebsite(request) ? shownHost(request.target)
                              : shownText(request.target, kShownNameLength);
}

QStringList sentences(const approval::Risk &risk)
{
    QStringList all;
    for (const auto &reason : risk.reasons)
        all.append(reason.sentence);
    return all;
}

QString headline(const AccessRequest &request)
{
    const auto plain = shownName(request);
    const auto name =
        request.risk.level == RiskLevel::Danger ? Words::tr("“%1”").arg(plain) : plain;
    if (isToken(request))
        return Words::tr("Make an access token for %1?").arg(name);
    if (wantsMore(request))
        return request.scopes.size() == 1
            ? Words::tr("%1 asks for one more permission").arg(name)
            : Words::tr("%1 asks for %2 more permissions").arg(name).arg(request.scopes.size());
    return isWebsite(request) ? Words::tr("Let %1 talk to Gatehouse?").arg(name)
                              : Words::tr("%1 asks to act for you").arg(name);
}

ClaimLine knownClaim(const AccessRequest &request)
{
    if (request.allowedBefore && (isWebsite(request) || wantsMore(request)))
        return {Symbol::Clock, Tone::Second,
                (isWebsite(request)
                     ? Words::tr("You allowed this website on %1.")
                     : Words::tr("You allowed a program with this name and ID on %1."))
                    .arg(dateWords(*request.allowedBefore))};
    if (isToken(request))
        return {Symbol::Question, Tone::Second,
                Words::tr("Asked for in a terminal. Whoever has the token can act for you.")};
    if (request.preRegistered)
        return {Symbol::Shield, Tone::Second,
                Words::tr("Your Gatehouse settings name this program.")};
    if (!request.documentHost.isEmpty() && request.documentHost != request.target)
        return {
            Symbol::Question, Tone::Second,
            Words::tr("Described at %1. Nobody has verified that this is the program that asks.")
                .arg(isolated(shownHost(request.documentHost)))};
    if (isWebsite(request))
        return {Symbol::Caution, Tone::Caution,
                Words::tr("You have not allowed this website before.")};
    return {Symbol::Question, Tone::Second,
            Words::tr("The program gave this name itself. Nobody has verified it.")};
}

ClaimLine claim(const AccessRequest &request)
{
    const auto &risk = request.risk;
    if (risk.level == RiskLevel::Caution && risk.reasons.size() == 1)
        return {Symbol::Caution, Tone::Caution, risk.reasons.first().sentence};
    auto line = knownClaim(request);
    if (risk.level == RiskLevel::Danger) {
        line.symbol = Symbol::Danger;
        line.tone = Tone::Danger;
    }
    return line;
}

WarningBox warning(const approval::Risk &risk)
{
    if (risk.level == RiskLevel::Danger)
        return {Accent::Danger, Symbol::Danger,
                Words::tr("Deny this unless you started it yourself"),
                sentences(risk).mid(0, kReasonsShown)};
    if (risk.level == RiskLevel::Caution && risk.reasons.size() > 1)
        return {Accent::Caution, Symbol::Caution, {}, sentences(risk).mid(0, kReasonsShown)};
    return {};
}

/// The program that asks, as far as the system can tell: whoever listens where the answer goes.
/// Nobody does behind an app link or a terminal; there it is whoever registered the client, or
/// asked for the token.
const std::optional<platform::ProcessInfo> &askingProgram(const AccessRequest &request)
{
    return request.targetKind == TargetKind::Loopback ? request.listener : request.registrar;
}

QString who(const AccessRequest &request)
{
    if (isWebsite(request))
        return Words::tr("A website, through your browser");
    const auto &program = askingProgram(request);
    if (!program)
        return Words::tr("An unknown program");
    const auto name = shownText(program->name, kShownNameLength);
    if (program->parents.isEmpty())
        return Words::tr("%1, started by an unknown program").arg(name);
    return Words::tr("%1, started from %2")
        .arg(name, shownText(program->parents.last(), kShownNameLength));
}

QString answerGoesTo(const AccessRequest &request)
{
    const auto target = isolated(shownText(request.target, kAddressLength));
    switch (request.targetKind) {
    case TargetKind::Loopback:
        return Words::tr("The answer goes to %1 on this computer.").arg(target);
    case TargetKind::Website:
        return Words::tr("The answer goes to %1.").arg(target);
    case TargetKind::AppLink:
        return Words::tr("The answer goes to another app, not to your browser.");
    case TargetKind::Terminal:
        return Words::tr("The token is shown in the terminal that asked for it, once.");
    }
    return {};
}

QString block(const AccessRequest &request)
{
    if (isToken(request)
        || (request.targetKind == TargetKind::Loopback && request.risk.level == RiskLevel::Plain))
        return {};
    return Words::tr("Deny and block %1").arg(isolated(shortTarget(request)));
}

QString programWords(const platform::ProcessInfo &program)
{
    const auto path =
        shownText(program.path.isEmpty() ? program.name : program.path, kAddressLength);
    return Words::tr("%1, process %2").arg(path).arg(program.pid);
}

QString scopeNames(const AccessRequest &request)
{
    QStringList names;
    for (const auto &scope : request.scopes + request.allowedScopes)
        names.append(shownText(scope.scope));
    return names.join(u' ');
}

QList<std::pair<QString, QString>> details(const AccessRequest &request)
{
    QList<std::pair<QString, QString>> rows;
    const auto add = [&rows](const QString &label, const QString &value) {
        if (!value.isEmpty())
            rows.append({label, value});
    };
    if (isWebsite(request))
        add(Words::tr("Name it gave"), shownText(request.clientName));
    if (const auto &program = askingProgram(request)) {
        add(Words::tr("Program (not verified)"), programWords(*program));
        QStringList parents;
        for (const auto &parent : program->parents)
            parents.append(shownText(parent, kShownNameLength));
        add(Words::tr("Started by"), parents.join(Words::tr(", in ")));
    }
    const auto &program = askingProgram(request);
    if (request.registrar && (!program || request.registrar->pid != program->pid))
        add(Words::tr("Registered by (not verified)"), programWords(*request.registrar));
    add(Words::tr("Described at"), shownText(request.documentHost, kAddressLength));
    add(Words::tr("Answer address"), shownText(request.redirectUri, kAddressLength));
    if (!isToken(request))
        add(Words::tr("Client ID"), shownText(request.client.value, kAddressLength));
    add(Words::tr("Scopes"), scopeNames(request));
    add(Words::tr("Look at this too"), sentences(request.risk).mid(kReasonsShown).join(u' '));
    return rows;
}

QString spoken(const AccessRequest &request)
{
    const auto count = request.scopes.size();
    const auto permissions =
        count == 1 ? Words::tr("1 permission") : Words::tr("%1 permissions").arg(count);
    const auto duration = durationWords(presetDuration(request));
    const auto name = shownName(request);
    if (isToken(request))
        return Words::tr("A terminal asks for an access token for %1. %2, %3.")
            .arg(name, permissions, duration);
    return isWebsite(request)
        ? Words::tr("Access request from the website %1. %2, %3.").arg(name, permissions, duration)
        : request.preRegistered
        ? Words::tr("Access request from %1. %2, %3.").arg(name, permissions, duration)
        : !request.documentHost.isEmpty()
        ? Words::tr("Access request from %1, not verified, described at %4. %2, %3.")
              .arg(name, permissions, duration, shownHost(request.documentHost))
        : Words::tr("Access request from %1, not verified. %2, %3.")
              .arg(name, permissions, duration);
}

} // namespace

QString shownHost(const QString &host)
{
    const auto shown = shownText(host, kAddressLength);
    return shown.size() <= kShownNameLength ? shown : u'…' + shown.right(kShownNameLength - 1);
}

QString shownName(const AccessRequest &request)
{
    return isWebsite(request) ? shortTarget(request)
                              : shownText(request.clientName, kShownNameLength);
}

RequestWords requestWords(const AccessRequest &request)
{
    const auto danger = request.risk.level == RiskLevel::Danger;
    RequestWords words;
    words.windowTitle = isWebsite(request) ? Words::tr("Gatehouse: web page request")
        : isToken(request)                 ? Words::tr("Gatehouse: access token")
                                           : Words::tr("Gatehouse: access request");
    words.tile = danger ? u"?"_s : initials(shownName(request));
    words.tileTone = danger ? Tone::Danger : Tone::Text;
    words.headline = headline(request);
    words.claim = claim(request);
    words.warning = warning(request.risk);
    words.who = who(request);
    words.answerGoesTo = answerGoesTo(request);
    words.compareCode = isToken(request)
        ? Words::tr("The terminal must show the same code.")
        : Words::tr("The page in your browser must show the same code.");
    words.block = block(request);
    words.details = details(request);
    words.spoken = spoken(request);
    return words;
}

QString expiryWords(std::chrono::milliseconds left)
{
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(left).count();
    const auto minutes = seconds / 60;
    if (minutes > 1)
        return Words::tr("Expires in %1 minutes").arg(minutes);
    if (minutes == 1)
        return Words::tr("Expires in 1 minute");
    return seconds == 1 ? Words::tr("Expires in 1 second")
                        : Words::tr("Expires in %1 seconds").arg(std::max(seconds, {}));
}

} // namespace gatehouse::ui
