// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "real_tenant.h"
#include "relying_party_world.h"
#include "tenant_browser.h"

#include <QTest>
#include <QUrlQuery>

namespace gatehouse::tests {

using namespace Qt::StringLiterals;
using namespace oidc;

/// A relying party of a tenant that no test has scripted (the scripted one of the base class stands
/// idle), and the browser of the person.
struct TenantWorld : RelyingPartyWorld {
    explicit TenantWorld(RealTenant &real) : provider(real)
    {
        // Browsers and tenants outside of this process know what time it really is.
        clock.advance(SystemClock().now() - clock.now());
        provider.begin(clock, random);
        provider.proxy.whenSilent = [this] { clock.advance(kWholeCall); };
        config.issuer = provider.issuer();
        config.scopes += {u"profile"_s, u"email"_s};
        party = makeParty();
    }
    ~TenantWorld()
    {
        provider.proxy.whenSilent = nullptr;
        party.reset();
        provider.end();
    }
    TenantWorld(const TenantWorld &) = delete;
    TenantWorld &operator=(const TenantWorld &) = delete;

    void letPass(std::chrono::milliseconds time)
    {
        clock.advance(time);
        provider.followClock();
    }
    /// Until the access token must be refreshed.
    void letTokenExpire() { letPass(1h); }
    /// The trouble is over, and whoever waited before trying again has waited.
    void recover()
    {
        provider.proxy.clearFaults();
        letPass(15min);
    }
    /// What a start of the service finds: an empty memory and the same secret store.
    void restart(const QList<AccountId> &known)
    {
        party = makeParty();
        load(known);
    }
    /// What sign-ins ask for from now on.
    void askFor(const QString &audience, const QStringList &scopes)
    {
        config.audiences = {{audience, {}, {}}};
        config.scopes = scopes;
        party = makeParty();
    }
    /// Sign-ins are those of this client from now on.
    void becomeClient(const QString &clientId)
    {
        config.clientId = clientId;
        party = makeParty();
    }

    /// Goes to the tenant as `person` and comes back with this callback; empty when begin() fails.
    [[nodiscard]] QUrl authorize(const QString &name, const QString &person = u"alice"_s)
    {
        const auto url = begin(name);
        return url ? browser.signIn(*url, person) : QUrl();
    }
    [[nodiscard]] Result<QUrl> deliver(const QUrl &callback)
    {
        return callbackWith(callback.query(QUrl::FullyEncoded).toLatin1());
    }
    /// A whole sign-in in a browser.
    [[nodiscard]] Result<AccountId, SignInError> signInAs(const QString &person = u"alice"_s)
    {
        (void)deliver(authorize(u"whole"_s, person));
        return finish(u"whole"_s);
    }
    /// A token for the audience that sign-ins ask for.
    [[nodiscard]] Result<Secret, TokenError> accessToken(const AccountId &account)
    {
        return RelyingPartyWorld::accessToken(account, config.audiences.first().audience);
    }
    /// The same without waiting for it.
    void ask(const AccountId &account, QObject *context, Callback<Secret, TokenError> then)
    {
        tokens().accessToken(account, config.audiences.first().audience, context, std::move(then));
    }
    /// The refresh token in the keychain.
    [[nodiscard]] QByteArray refreshToken() const { return secretStore.written.last().toUtf8(); }
    /// Takes it back at the tenant (RFC 7009 §2.1).
    [[nodiscard]] TenantBrowser::Page revoke()
    {
        return browser.post(
            provider.url(RealTenant::kRevoke),
            {{u"client_id"_s, config.clientId}, {u"token"_s, QString::fromUtf8(refreshToken())}});
    }
    [[nodiscard]] Result<SignOutReport> signOut(const AccountId &account)
    {
        return await<SignOutReport, Error>(
            [&](QObject *context, auto then) { tokens().signOut(account, context, then); });
    }
    /// What the tenant says to this refresh token.
    [[nodiscard]] TenantBrowser::Page refreshWith(const QByteArray &token)
    {
        const QUrlQuery form{{u"grant_type"_s, u"refresh_token"_s},
                             {u"client_id"_s, config.clientId},
                             {u"refresh_token"_s, QString::fromUtf8(token)}};
        return browser.post(provider.url(RealTenant::kToken), form);
    }
    [[nodiscard]] int count(const char *path) const { return provider.proxy.count(path); }

    /// After this long a call to a tenant is given up.
    static constexpr auto kWholeCall = 31s;

    RealTenant &provider;
    TenantBrowser browser;
};

/// The tenants that no test has scripted, for a test that goes through all of them.
class Tenants {
protected:
    void startTenants()
    {
        const auto trouble = m_npm.start();
        QVERIFY2(!trouble, qPrintable(trouble.value_or(QString())));
    }
    [[nodiscard]] QList<std::pair<const char *, RealTenant *>> tenants()
    {
        return {{"oidc-provider", &m_npm}, {"demo tenant", &m_demo}};
    }
    void eachTenant()
    {
        QTest::addColumn<RealTenant *>("tenant");
        for (const auto &[name, tenant] : tenants())
            QTest::newRow(name) << tenant;
    }

    NpmTenant m_npm;
    DemoTenant m_demo;
};

inline QByteArray reasonOf(const SignInError &error)
{
    return (error.error.message + u": "_s + error.error.detail).toUtf8();
}

inline QTestData &row(const char *tenant, const char *what)
{
    return QTest::addRow("%s: %s", tenant, what);
}

/// `url` with another value for a parameter.
inline QUrl withParameter(QUrl url, const QString &name, const QString &value)
{
    QUrlQuery query(url);
    query.removeAllQueryItems(name);
    query.addQueryItem(name, value);
    url.setQuery(query);
    return url;
}

} // namespace gatehouse::tests
