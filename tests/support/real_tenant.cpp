// SPDX-License-Identifier: GPL-3.0-or-later
#include <support/real_tenant.h>

#include <base/json.h>

#include <QFile>
#include <QJsonArray>
#include <QTest>

namespace gatehouse::tests {

using namespace Qt::StringLiterals;

namespace {

constexpr int kStartTimeout = 30'000;
const auto kClient = u"gatehouse-client"_s;
const auto kCallback = u"http://127.0.0.1:8377/callback"_s;
const auto kHome = u"http://127.0.0.1:8377/signed-out"_s;
const QMap<QString, QStringList> kApis{
    {u"urn:todos-api"_s, {u"read:todos"_s, u"write:todos"_s, u"read:billing"_s}},
    {u"urn:notes-api"_s, {u"read:notes"_s}}};

QJsonObject providerOptions(const QString &issuer)
{
    QJsonObject apis;
    for (auto api = kApis.begin(); api != kApis.end(); ++api)
        apis.insert(api.key(), QJsonArray::fromStringList(api.value()));
    const QJsonObject client{{u"redirect_uris"_s, QJsonArray{kCallback}},
                             {u"post_logout_redirect_uris"_s, QJsonArray{kHome}}};
    auto open = client;
    open.insert(u"client_id"_s, kClient);
    open.insert(u"token_endpoint_auth_method"_s, u"none"_s);
    auto confidential = client;
    confidential.insert(u"client_id"_s, u"confidential-client"_s);
    confidential.insert(u"client_secret"_s, QString::fromLatin1(NpmTenant::kClientSecret));
    confidential.insert(u"token_endpoint_auth_method"_s, u"client_secret_post"_s);
    return {
        {u"issuer"_s, issuer}, {u"apis"_s, apis}, {u"clients"_s, QJsonArray{open, confidential}}};
}

} // namespace

// --- oidc-provider

std::optional<QString> NpmTenant::start()
{
    const auto node = QStringLiteral(GATEHOUSE_TEST_NODE);
    if (!QFile::exists(node))
        return u"there is no %1: run npm ci in tests/e2e"_s.arg(node);
    m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    m_process.start(node,
                    {QStringLiteral(GATEHOUSE_TEST_PROVIDER),
                     QString::fromUtf8(toCompactJson(providerOptions(issuer())))});
    const auto hasSpoken = [this] {
        return m_process.canReadLine() || m_process.state() == QProcess::NotRunning;
    };
    if (!QTest::qWaitFor(hasSpoken, kStartTimeout) || !m_process.canReadLine())
        return u"oidc-provider does not start; its own words are above"_s;
    const auto ports = parseJsonObject(m_process.readLine()).value_or(QJsonObject());
    m_controlPort = quint16(ports.value("control"_L1).toInt());
    proxy.forwardTo(quint16(ports.value("port"_L1).toInt()));
    return std::nullopt;
}

NpmTenant::~NpmTenant()
{
    m_process.closeWriteChannel(); // it ends with its standard input
    m_process.waitForFinished(kStartTimeout);
}

void NpmTenant::begin(Clock &clock, RandomSource &)
{
    m_clock = &clock;
    proxy.reset();
    control("/reset");
    followClock();
}

void NpmTenant::followClock()
{
    control("/clock", {{u"now"_s, toMilliseconds(m_clock->now())}});
}

void NpmTenant::rotateKeys()
{
    control("/rotate-keys");
}

int NpmTenant::revokeRefreshTokens(const QString &person)
{
    return control("/revoke", {{u"user"_s, person}}).value("revoked"_L1).toInt();
}

void NpmTenant::configure(const QJsonObject &settings)
{
    control("/settings", settings);
}

int NpmTenant::heard(const char *path)
{
    return control("/counts").value(QLatin1String(path)).toInt();
}

/// Blocks, as the answer comes from another process: the test stands still meanwhile.
QJsonObject NpmTenant::control(const QByteArray &what, const QJsonObject &parameters)
{
    const auto body = toCompactJson(parameters);
    QTcpSocket socket;
    socket.connectToHost(QHostAddress(QHostAddress::LocalHost), m_controlPort);
    socket.write("POST " + what + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                 + "Content-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body);
    while (socket.waitForReadyRead(kStartTimeout)) { }
    const auto answer = socket.readAll();
    if (!answer.startsWith("HTTP/1.1 200 "))
        qFatal("oidc-provider does not obey");
    return parseJsonObject(answer.mid(answer.indexOf("\r\n\r\n") + 4)).value_or(QJsonObject());
}

// --- the demo tenant

void DemoTenant::begin(Clock &clock, RandomSource &random)
{
    m_deps.emplace(demo::DevelopmentTenant::Deps{clock, random});
    proxy.reset();
    // It serves on the port that it claims, which the proxy has on an address of its own, and
    // takes only the addresses of loopback that it serves on for its name.
    proxy.forwardTo(proxy.port(), "127.0.0.1:" + QByteArray::number(proxy.port()));
    start();
}

void DemoTenant::end()
{
    m_tenant.reset();
    keepPort();
}

void DemoTenant::keepPort()
{
    if (!m_keeper.listen(QHostAddress::LocalHost, proxy.port()))
        qFatal("the port is taken");
}

void DemoTenant::start()
{
    m_keeper.close();
    m_tenant.reset();
    demo::TenantOptions options;
    options.issuerHost = QLatin1String(FaultProxy::kHost);
    options.port = proxy.port();
    options.dataDirectory = m_directory.path();
    options.clients.push_back({kClient, {kCallback}, {kHome}});
    for (auto api = kApis.begin(); api != kApis.end(); ++api)
        options.apis.push_back({api.key(), api.value()});
    auto tenant = demo::DevelopmentTenant::create(*m_deps, options);
    if (!tenant || !(*tenant)->start())
        qFatal("the demo tenant does not start");
    m_tenant = *std::move(tenant);
}

/// A restart without its file makes a new key.
void DemoTenant::rotateKeys()
{
    m_tenant.reset();
    QVERIFY(QFile::remove(m_directory.filePath(u"demo-tenant.json"_s)));
    start();
}

} // namespace gatehouse::tests
