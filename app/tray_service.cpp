// SPDX-License-Identifier: GPL-3.0-or-later
#include <app/tray_service.h>

#include <app/terminal.h>
#include <base/logging.h>
#include <base/thread_call.h>
#include <secrets/remote_store.h>
#include <service/gatehouse.h>

#include <QUrl>

namespace gatehouse::app {

using namespace Qt::StringLiterals;

namespace {

ui::TroubleKind troubleOf(ErrorKind kind)
{
    switch (kind) {
    case ErrorKind::Port:
        return ui::TroubleKind::Port;
    case ErrorKind::KeychainLocked:
        return ui::TroubleKind::KeychainLocked;
    case ErrorKind::NoKeychain:
        return ui::TroubleKind::NoKeychain;
    case ErrorKind::Database:
        return ui::TroubleKind::Database;
    case ErrorKind::Settings:
        return ui::TroubleKind::Settings;
    case ErrorKind::Other:
        break;
    }
    return ui::TroubleKind::Other;
}

} // namespace

TrayService::TrayService(ServeCommand command, std::unique_ptr<DataDirectory> directory,
                         Front front)
    : m_command(std::move(command)), m_directory(std::move(directory)), m_front(std::move(front))
{
}

void TrayService::start()
{
    if (m_starting || m_worker)
        return;
    m_starting = true;
    if (!m_instance)
        makeInstance();
    m_instance->start([this](const Result<std::monostate> &started) { onStarted(started); });
}

void TrayService::makeInstance()
{
    Instance::Surroundings surroundings;
    surroundings.makeKeychain = [this](const QString &instanceId) {
        return std::make_unique<secrets::RemoteStore>(
            secrets::RemoteStore::Threads{*this, m_front.context}, u"keychain"_s,
            [instanceId] { return secrets::makeKeychainStore(instanceId); });
    };
    surroundings.openWindow = [this](const InteractionId &request) {
        callOn(&m_front.context, [open = m_front.openWindow, request] { open(request); });
    };
    m_instance = std::make_unique<Instance>(m_command, surroundings, std::move(m_directory));
}

void TrayService::onStarted(const Result<std::monostate> &started)
{
    m_starting = false;
    auto state = stateOfInstance();
    if (!started) {
        qCWarning(lcApp).noquote() << started.error().message << started.error().detail;
        state.trouble = {troubleOf(started.error().kind), started.error()};
        return show(state);
    }
    state.running = true;
    m_worker = std::make_unique<ui::DeskWorker>(
        m_instance->gatehouse(), m_instance->clock(), state,
        [this](const ui::DeskState &described) { show(described); });
    const auto lines = m_instance->description();
    for (const auto &line : lines)
        say(line);
}

void TrayService::finish(const std::function<void()> &then)
{
    if (!m_instance)
        return then();
    m_instance->finish(then);
}

void TrayService::stop()
{
    m_worker.reset();
    m_instance.reset();
}

void TrayService::show(const ui::DeskState &state) const
{
    callOn(&m_front.context, [show = m_front.show, state] { show(state); });
}

ui::DeskState TrayService::stateOfInstance() const
{
    ui::DeskState state;
    state.port = m_instance->port();
    state.demo = m_command.instance.demo;
    state.secretsInMemory = m_command.secretStore == SecretStoreKind::Memory;
    state.tenant = QUrl(m_instance->configuration().tenant.issuer).host();
    return state;
}

} // namespace gatehouse::app
