// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/support/fake_desk.h>

namespace gatehouse::tests {

using namespace Qt::StringLiterals;

void FakeDesk::done(const QString &command, const Done &then)
{
    commands << command;
    if (failure)
        then(fail(*failure));
    else
        then(std::monostate());
}

void FakeDesk::answer(const InteractionId &request, const ui::AccessAnswer &answer, QObject *,
                      Done then)
{
    answered = answer;
    const auto verb = answer.allow ? u"allow"_s : answer.block ? u"block"_s : u"deny"_s;
    done(u"answer %1 %2"_s.arg(request.value, verb), then);
}

void FakeDesk::revoke(const GrantId &grant, QObject *, Done then)
{
    done(u"revoke %1"_s.arg(grant.value), then);
}

void FakeDesk::revokeAll(QObject *, Done then)
{
    done(u"revoke all"_s, then);
}

void FakeDesk::unblock(const QString &target, QObject *, Done then)
{
    done(u"unblock %1"_s.arg(target), then);
}

void FakeDesk::pause(std::optional<std::chrono::milliseconds> duration, QObject *, Done then)
{
    const auto minutes = [](auto time) {
        return std::chrono::duration_cast<std::chrono::minutes>(time).count();
    };
    done(duration ? u"pause %1 min"_s.arg(minutes(*duration)) : u"pause"_s, then);
}

void FakeDesk::resume(QObject *, Done then)
{
    done(u"resume"_s, then);
}

void FakeDesk::beginSignIn(QObject *, Callback<QUrl> then)
{
    commands << u"sign in"_s;
    if (failure)
        then(fail(*failure));
    else
        then(QUrl(u"http://localhost:8377/sign-in"_s));
}

void FakeDesk::setClientSecret(const Secret &secret, QObject *, Done then)
{
    done(u"client secret of %1"_s.arg(secret.reveal().size()), then);
}

void FakeDesk::signOut(const AccountId &account, QObject *, Callback<oidc::SignOutReport> then)
{
    done(u"sign out %1"_s.arg(account.value), [this, then](const Result<std::monostate> &result) {
        then(result.map([this](std::monostate) { return signOutReport; }));
    });
}

} // namespace gatehouse::tests
