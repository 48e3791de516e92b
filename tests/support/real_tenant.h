// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <support/fault_proxy.h>

#include <base/clock.h>
#include <base/random.h>
#include <demo/development_tenant.h>

#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>

#include <memory>
#include <optional>

namespace gatehouse::tests {

/// A tenant that no test has scripted, behind a fault proxy. It knows alice and bob, the public
/// client "gatehouse-client" and the APIs urn:todos-api and urn:notes-api. Lives as long as the
/// test program.
class RealTenant {
public:
    virtual ~RealTenant() = default;

    [[nodiscard]] QString issuer() const
    {
        return QStringLiteral("http://%1:%2/")
            .arg(QLatin1String(FaultProxy::kHost))
            .arg(proxy.port());
    }
    /// `path` begins with a slash.
    [[nodiscard]] QUrl url(const char *path) const
    {
        return QUrl(issuer().chopped(1) + QLatin1String(path));
    }

    /// Nobody is signed in, and the tenant goes by `clock`, until end().
    virtual void begin(Clock &clock, RandomSource &random) = 0;
    virtual void end() = 0;
    /// The clock has moved.
    virtual void followClock() = 0;
    /// New ID tokens are signed with a key that was not published before.
    virtual void rotateKeys() = 0;

    FaultProxy proxy;

    static constexpr auto kDiscovery = "/.well-known/openid-configuration";
    static constexpr auto kKeys = "/.well-known/jwks.json";
    static constexpr auto kToken = "/oauth/token";
    static constexpr auto kRevoke = "/oauth/revoke";
};

/// oidc-provider from npm, set up as an Auth0 tenant, as a program of its own: see
/// support/provider. Also knows the client "confidential-client", whose secret is kClientSecret.
class NpmTenant final : public RealTenant {
public:
    static constexpr auto kClientSecret = "a secret of at least thirty-two bytes";

    /// Starts it; the text says what is wrong when it does not.
    [[nodiscard]] std::optional<QString> start();
    ~NpmTenant() override;

    void begin(Clock &clock, RandomSource &random) override;
    void end() override { m_clock = nullptr; }
    void followClock() override;
    void rotateKeys() override;

    /// Changes settings of support/provider/tenant.mjs until the next begin().
    void configure(const QJsonObject &settings);
    /// What an administrator does: ends the refresh tokens of `person`; how many there were.
    [[nodiscard]] int revokeRefreshTokens(const QString &person);
    /// Requests for this path that arrived at the program since begin().
    [[nodiscard]] int heard(const char *path);

private:
    QJsonObject control(const QByteArray &what, const QJsonObject &parameters = {});

    QProcess m_process;
    quint16 m_controlPort = 0;
    Clock *m_clock = nullptr;
};

/// The tenant of the demo, in this process.
class DemoTenant final : public RealTenant {
public:
    DemoTenant() { keepPort(); }

    void begin(Clock &clock, RandomSource &random) override;
    void end() override;
    void followClock() override { }
    void rotateKeys() override;

private:
    void start();
    /// Other programs must not take the port while no tenant serves on it.
    void keepPort();

    QTcpServer m_keeper;
    QTemporaryDir m_directory;
    std::optional<demo::DevelopmentTenant::Deps> m_deps;
    std::unique_ptr<demo::DevelopmentTenant> m_tenant;
};

} // namespace gatehouse::tests
