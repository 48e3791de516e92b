// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/desk_actions.h>

#include <base/text.h>
#include <ui/clients_words.h>
#include <ui/request_words.h>

#include <QMenu>

#include <algorithm>

namespace gatehouse::ui {

using namespace Qt::StringLiterals;

DeskActions::DeskActions(Desk &desk, QObject *parent)
    : QObject(parent), m_desk(desk),
      m_signOutQuestion(u"signOutQuestion"_s, tr("Sign out"), tr("Cancel")),
      m_revokeQuestion(u"revokeQuestion"_s, tr("Revoke all"), tr("Keep them")),
      m_quitQuestion(u"quitQuestion"_s, tr("Quit"), tr("Stay"))
{
    connect(&m_signOutQuestion, &Question::confirmed, this, &DeskActions::forgetTokens);
    connect(&m_revokeQuestion, &Question::confirmed, this, &DeskActions::revokeEach);
    connect(&m_secretQuestion, &SecretQuestion::entered, this, [this](const Secret &secret) {
        m_desk.setClientSecret(secret, this, reportingFailure());
    });
    connect(&m_quitQuestion, &Question::confirmed, this, &DeskActions::denyEachAndQuit);
    for (auto *question : {&m_signOutQuestion, &m_revokeQuestion, &m_quitQuestion})
        connect(&desk, &Desk::stateChanged, question, [question] {
            if (question->isVisible())
                question->refresh();
        });
}

Desk::Done DeskActions::reportingFailure()
{
    return [this](const Result<std::monostate> &result) {
        if (!result)
            Q_EMIT failed(result.error());
    };
}

void DeskActions::pause(std::optional<std::chrono::milliseconds> duration)
{
    m_desk.pause(duration, this, reportingFailure());
}

void DeskActions::resume()
{
    m_desk.resume(this, reportingFailure());
}

void DeskActions::fillPauseMenu(QMenu &menu)
{
    const auto add = [this, &menu](const QString &name, const QString &text,
                                   std::optional<std::chrono::milliseconds> duration) {
        menu.addAction(text, this, [this, duration] { pause(duration); })->setObjectName(name);
    };
    add(u"pauseMinutes"_s, tr("For 15 minutes"), 15min);
    add(u"pauseHour"_s, tr("For 1 hour"), 1h);
    add(u"pauseOpen"_s, tr("Until I resume"), std::nullopt);
}

void DeskActions::tryAgain()
{
    m_desk.restart();
}

void DeskActions::signIn()
{
    m_desk.beginSignIn(this, [this](const Result<QUrl> &page) {
        if (page)
            Q_EMIT browserWanted(*page);
        else
            Q_EMIT failed(page.error());
    });
}

void DeskActions::askForClientSecret()
{
    m_secretQuestion.ask(m_desk.state().tenant);
}

void DeskActions::reportNoBrowser(const QUrl &page)
{
    Q_EMIT failed(Error{tr("No browser could be opened."),
                        tr("Open this address yourself: %1").arg(page.toString())});
}

void DeskActions::signOut(const AccountId &account)
{
    m_leaving = account;
    if (signOutText().isEmpty())
        forgetTokens();
    else
        m_signOutQuestion.ask(tr("Sign out"), [this] { return signOutText(); });
}

QString DeskActions::signOutText() const
{
    const auto &state = m_desk.state();
    const auto account = std::ranges::find(state.accounts, m_leaving, &AccountLine::id);
    const int clients = int(std::ranges::count_if(state.clients, [this](const ClientLine &client) {
        return client.account.id == m_leaving && isAllowedNow(client.state);
    }));
    if (account == state.accounts.end() || clients == 0)
        return {};
    const QString name = shownText(account->name, kShownNameLength);
    return clients == 1
        ? tr("1 client acts as %1. Its calls will fail until you sign in again.").arg(name)
        : tr("%n clients act as %1. Their calls will fail until you sign in again.", nullptr,
             clients)
              .arg(name);
}

void DeskActions::forgetTokens()
{
    m_desk.signOut(m_leaving, this, [this](const Result<oidc::SignOutReport> &report) {
        if (!report)
            return Q_EMIT failed(report.error());
        if (!report->browserUrl.isEmpty())
            Q_EMIT browserWanted(report->browserUrl);
        if (!report->isRevoked) {
            Q_EMIT failed(Error{tr("You are signed out here, but the tenant could not be told."),
                                tr("What it gave ends there by itself, but later.")});
        }
    });
}

void DeskActions::revoke(const GrantId &grant)
{
    Q_EMIT revoked(grant);
    m_desk.revoke(grant, this, reportingFailure());
}

void DeskActions::revokeAll()
{
    if (allowedNow(m_desk.state()) > 0)
        m_revokeQuestion.ask(tr("Revoke all"), [this] { return revokeAllText(); });
}

QString DeskActions::revokeAllText() const
{
    const int clients = allowedNow(m_desk.state());
    if (clients == 0)
        return {};
    return clients == 1 ? tr("Revoke 1 client? It must ask again.")
                        : tr("Revoke all %n clients? Each must ask again.", nullptr, clients);
}

void DeskActions::revokeEach()
{
    for (const auto &client : m_desk.state().clients)
        if (isAllowedNow(client.state))
            Q_EMIT revoked(client.grant);
    m_desk.revokeAll(this, reportingFailure());
}

void DeskActions::unblock(const QString &target)
{
    m_desk.unblock(target, this, reportingFailure());
}

void DeskActions::quit()
{
    if (quitText().isEmpty())
        Q_EMIT quitConfirmed();
    else
        m_quitQuestion.ask(tr("Quit Gatehouse"), [this] { return quitText(); });
}

void DeskActions::denyEachAndQuit()
{
    for (const auto &request : m_desk.state().requests)
        m_desk.answer(request.id, AccessAnswer{}, this, [](const auto &) {});
    Q_EMIT quitConfirmed();
}

QString DeskActions::quitText() const
{
    const auto &state = m_desk.state();
    QStringList sentences;
    const int requests = int(state.requests.size());
    if (requests > 0)
        sentences << (requests == 1
                          ? tr("1 request is waiting. It will be denied.")
                          : tr("%n requests are waiting. They will be denied.", nullptr, requests));
    const int clients = state.running ? allowedNow(state) : 0;
    if (clients > 0)
        sentences << (clients == 1 ? tr("1 client loses access until Gatehouse runs again.")
                                   : tr("%n clients lose access until Gatehouse runs again.",
                                        nullptr, clients));
    return sentences.join(u' ');
}

} // namespace gatehouse::ui
