// SPDX-License-Identifier: GPL-3.0-or-later
#include <demo/demo.h>

#include <demo/development_tenant.h>
#include <demo/todos_api.h>

#include <QDir>

namespace gatehouse::demo {

using namespace Qt::StringLiterals;

namespace {

/// Gatehouse answers under three loopback names; its callback may be configured on any of them.
QStringList addressesOfGatehouse(quint16 port, const QString &path)
{
    QStringList addresses;
    for (const auto &host : {u"127.0.0.1"_s, u"localhost"_s, u"[::1]"_s})
        addresses.append(u"http://%1:%2%3"_s.arg(host).arg(port).arg(path));
    return addresses;
}

TenantOptions tenantOptions(const DemoOptions &options)
{
    return {
        options.issuerHost,
        options.tenantPort(),
        options.dataDirectory,
        {{QString::fromLatin1(kDemoClientId), addressesOfGatehouse(options.port, u"/callback"_s),
          addressesOfGatehouse(options.port, u"/signed-out"_s)}},
        {{QString::fromLatin1(kTodosAudience),
          {u"read:todos"_s, u"write:todos"_s, u"read:billing"_s}}},
        options.accessTokenLifetime};
}

} // namespace

Demo::Demo(Deps deps, DemoOptions options) : m_deps(deps), m_options(std::move(options)) { }

Demo::~Demo() = default;

Result<std::monostate> Demo::start()
{
    auto tenant =
        DevelopmentTenant::create({m_deps.clock, m_deps.random}, tenantOptions(m_options));
    if (!tenant)
        return fail(tenant.error());
    m_tenant = *std::move(tenant);
    m_api = std::make_unique<TodosApi>(
        TodosApi::Deps{m_deps.clock, m_deps.random},
        TodosApi::Options{m_options.apiPort(), issuer(), QString::fromLatin1(kTodosAudience),
                          QDir(m_options.dataDirectory).filePath(u"demo-todos.sqlite"_s),
                          [keys = m_tenant->keys()] { return keys; }});
    auto started = m_tenant->start().and_then([this](auto) { return m_api->start(); });
    if (!started)
        stop();
    return started;
}

void Demo::stop()
{
    m_api.reset();
    m_tenant.reset();
}

} // namespace gatehouse::demo
