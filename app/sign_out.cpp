// SPDX-License-Identifier: GPL-3.0-or-later
#include <app/sign_out.h>

#include <base/text.h>
#include <oauth/grants.h>
#include <oidc/sign_in.h>
#include <service/gatehouse.h>

#include <algorithm>

namespace gatehouse::app {

using namespace Qt::StringLiterals;

namespace {

constexpr int kLongestUrl = 500;

Result<store::Account> findAccount(Gatehouse &gatehouse, const QString &wanted,
                                   const QString &verbOptions)
{
    const auto accounts = gatehouse.accounts();
    if (!accounts)
        return fail(accounts.error());
    QList<store::Account> fitting;
    for (const auto &account : *accounts) {
        const bool isMeant = wanted.isEmpty()
            ? gatehouse.accountTokens().isSignedIn(account.id)
            : account.id.value == wanted || account.email.compare(wanted, Qt::CaseInsensitive) == 0;
        if (isMeant)
            fitting.append(account);
    }
    if (fitting.size() == 1)
        return fitting.first();
    const auto howToList = u"`gatehouse status%1 --json` lists the accounts."_s.arg(verbOptions);
    if (!fitting.isEmpty())
        return fail(Error{u"Several accounts are meant. Name one by its ID."_s, howToList});
    return fail(wanted.isEmpty() ? Error{u"Nobody is signed in."_s}
                                 : Error{u"There is no such account."_s, howToList});
}

Result<int> countClients(Gatehouse &gatehouse, const AccountId &account)
{
    return gatehouse.grants().active().map([&](const QList<store::Grant> &grants) {
        return int(std::count_if(grants.begin(), grants.end(), [&](const store::Grant &grant) {
            return grant.account == account;
        }));
    });
}

} // namespace

void signOut(Gatehouse &gatehouse, const QString &verbOptions, const VerbCall &call,
             const VerbAnswer &answer)
{
    const auto account =
        findAccount(gatehouse, call.arguments.value(u"id"_s).toString(), verbOptions);
    if (!account)
        return answer(fail(VerbFailure{Failed, account.error()}));
    const auto clients = countClients(gatehouse, account->id);
    if (!clients)
        return answer(fail(VerbFailure{Failed, clients.error()}));
    QJsonObject done{{u"account"_s, account->id.value},
                     {u"name"_s, account->name},
                     {u"email"_s, account->email},
                     {u"grants"_s, *clients},
                     {u"signedOut"_s, false}};
    if (call.arguments.value(u"ask"_s).toBool())
        return answer(QJsonValue(done));
    gatehouse.signOut(account->id, call.caller,
                      [answer, done](const Result<oidc::SignOutReport> &report) mutable {
                          if (!report)
                              return answer(fail(VerbFailure{Failed, report.error()}));
                          done.insert(u"signedOut"_s, true);
                          done.insert(u"revokedAtTenant"_s, report->isRevoked);
                          done.insert(u"browserUrl"_s,
                                      report->browserUrl.toString(QUrl::FullyEncoded));
                          answer(QJsonValue(done));
                      });
}

QString signOutConsequence(const QJsonObject &answer)
{
    const auto name = shownText(answer.value(u"name"_s).toString());
    const int clients = answer.value(u"grants"_s).toInt();
    if (clients == 0)
        return u"No client acts as %1."_s.arg(name);
    return clients == 1
        ? u"1 client acts as %1. Its calls fail until you sign in again."_s.arg(name)
        : u"%1 clients act as %2. Their calls fail until you sign in again."_s.arg(clients).arg(
            name);
}

QString signOutText(const QJsonObject &answer, const QString &verbOptions)
{
    auto text = u"%1 is signed out. %2\n"_s.arg(shownText(answer.value(u"name"_s).toString()),
                                                signOutConsequence(answer));
    if (!answer.value(u"revokedAtTenant"_s).toBool()) {
        text += u"The tenant could not be told: what it gave ends there by itself, but later.\n"_s;
    }
    const auto url = answer.value(u"browserUrl"_s).toString();
    if (!url.isEmpty()) {
        text += u"To end the session of your browser too, open this address in it:\n%1\n"_s.arg(
            shownText(url, kLongestUrl));
    }
    return text + u"Sign in again with `gatehouse signin%1`.\n"_s.arg(verbOptions);
}

} // namespace gatehouse::app
