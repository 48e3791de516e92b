// SPDX-License-Identifier: GPL-3.0-or-later
#include <secrets/keychain_store.h>

#include <base/logging.h>
#include <base/text.h>

#include <qt6keychain/keychain.h>

#include <QFile>
#include <QLibrary>
#include <QPointer>
#include <QTimer>

namespace gatehouse::secrets {

using namespace Qt::StringLiterals;

namespace {

Error noKeychain()
{
    return Error{u"This computer offers no keychain to Gatehouse."_s}
        .withRemedy(u"Start a Secret Service (GNOME Keyring, KWallet or KeePassXC) in a session "
                    "with D-Bus, or run Gatehouse with --secret-store memory; then accounts sign "
                    "in again after every start."_s)
        .withKind(ErrorKind::NoKeychain);
}

Error lockedKeychain()
{
    return Error{u"The keychain is locked."_s}
        .withRemedy(u"Unlock the keychain, then try again."_s)
        .withKind(ErrorKind::KeychainLocked);
}

Error deniedKeychain()
{
    return Error{u"The keychain refused access to Gatehouse."_s}.withRemedy(
        u"Allow Gatehouse in your keychain's settings, then try again."_s);
}

Error silentKeychain()
{
    return Error{u"The keychain did not answer."_s}
        .withRemedy(u"Look for a window that asks for the keychain's password, or restart the "
                    "keychain, then try again."_s)
        .withKind(ErrorKind::KeychainLocked);
}

/// True when the session's D-Bus is said to be at a path where nothing is. QtKeychain has no word
/// for this, and the text it passes on is translated.
bool isBusMissing()
{
    const auto address = qEnvironmentVariable("DBUS_SESSION_BUS_ADDRESS");
    constexpr auto kPath = "unix:path="_L1;
    if (!address.startsWith(kPath))
        return false;
    return !QFile::exists(address.mid(kPath.size()).section(u',', 0, 0));
}

bool speaksOfLocking(const QString &text)
{
    return text.contains(u"locked"_s, Qt::CaseInsensitive);
}

/// The bus lets nobody speak to the keychain: by a policy of its own, of AppArmor or of SELinux. It
/// says so in English always.
bool speaksOfPolicy(const QString &text)
{
    return text.contains(u"Rejected send message"_s)
        || text.contains(u"policy prevents this sender"_s);
}

/// QtKeychain reports most troubles of the Secret Service as OtherError with the D-Bus text. Only
/// names are looked for in it, as they are the same in every language.
Error otherTrouble(const QString &text)
{
    if (speaksOfLocking(text))
        return lockedKeychain();
    if (speaksOfPolicy(text))
        return deniedKeychain();
    const std::array names{u"D-Bus"_s, u"DBus"_s, u"org.freedesktop.secrets"_s};
    const bool aboutTheBus = std::any_of(names.begin(), names.end(),
                                         [&](const QString &name) { return text.contains(name); });
    if (aboutTheBus || isBusMissing())
        return noKeychain();
    return Error{u"The keychain could not be used."_s}.withRemedy(
        u"Check that your keychain works in other programs, then try again."_s);
}

Error toError(const QKeychain::Job &job)
{
    const auto withText = [&job](Error error) {
        return std::move(error).withDetail(
            u"QtKeychain error %1: %2"_s.arg(job.error()).arg(shownText(job.errorString(), 200)));
    };
    switch (job.error()) {
    case QKeychain::NoBackendAvailable:
    case QKeychain::NotImplemented:
        return withText(noKeychain());
    case QKeychain::AccessDeniedByUser:
        return withText(lockedKeychain());
    case QKeychain::AccessDenied:
    case QKeychain::CouldNotDeleteEntry:
        return withText(speaksOfLocking(job.errorString()) ? lockedKeychain() : deniedKeychain());
    case QKeychain::NoError:
    case QKeychain::EntryNotFound:
    case QKeychain::OtherError:
        break;
    }
    return withText(otherTrouble(job.errorString()));
}

/// Has libsecret begin anew with the keychain. It keeps one session for the whole process, and does
/// not notice when the keychain has been started again and no longer knows that.
void forgetSession()
{
    using Disconnect = void (*)();
    static const auto disconnect = reinterpret_cast<Disconnect>(
        QLibrary::resolve(u"secret-1"_s, 0, "secret_service_disconnect"));
    if (disconnect != nullptr)
        disconnect();
}

/// Starts the job and calls `then` once: when it is finished (with the job), or when patience ends
/// (with nullptr; the job cannot be cancelled and deletes itself whenever it finishes).
void runOnce(QKeychain::Job *job, const QString &key, std::chrono::milliseconds patience,
             QObject *context, std::function<void(QKeychain::Job *)> then)
{
    job->setInsecureFallback(false);
    job->setKey(key);
    // A child of the context: both ways to the answer end with either of them.
    auto *timer = new QTimer(context);
    timer->setSingleShot(true);
    const auto answer = [timer, then = std::move(then)](QKeychain::Job *finished) {
        timer->disconnect();
        timer->stop();
        timer->deleteLater();
        then(finished);
    };
    QObject::connect(job, &QKeychain::Job::finished, timer, answer);
    QObject::connect(timer, &QTimer::timeout, timer, [answer, job = QPointer(job), timer] {
        if (job)
            job->disconnect(timer);
        qCWarning(lcSecrets) << "the keychain did not answer in time";
        answer(nullptr);
    });
    timer->start(patience);
    job->start();
}

/// As runOnce(), and once more in a new session after trouble that may be the old one's. A locked
/// keychain is not: the person would be asked for its password twice.
void run(const std::function<QKeychain::Job *()> &make, const QString &key,
         std::chrono::milliseconds patience, QObject *context,
         const std::function<void(QKeychain::Job *)> &then)
{
    runOnce(make(), key, patience, context, [=](QKeychain::Job *finished) {
        const bool mayBeOldSession = finished != nullptr
            && finished->error() == QKeychain::OtherError
            && !speaksOfLocking(finished->errorString());
        if (!mayBeOldSession)
            return then(finished);
        forgetSession();
        runOnce(make(), key, patience, context, then);
    });
}

std::optional<Error> trouble(const QKeychain::Job *job)
{
    if (job == nullptr)
        return silentKeychain();
    if (job->error() == QKeychain::NoError || job->error() == QKeychain::EntryNotFound)
        return std::nullopt;
    const auto error = toError(*job);
    qCWarning(lcSecrets).noquote() << error.detail;
    return error;
}

} // namespace

KeychainStore::KeychainStore(const QString &instanceId, std::chrono::milliseconds patience)
    : m_service(u"gatehouse/"_s + instanceId), m_patience(patience)
{
}

void KeychainStore::read(const QString &key, QObject *context, Callback<std::optional<Secret>> then)
{
    const auto make = [service = m_service] { return new QKeychain::ReadPasswordJob(service); };
    run(make, key, m_patience, context, [=, this](QKeychain::Job *finished) {
        if (auto error = trouble(finished)) {
            then(fail(*std::move(error)));
        } else if (finished->error() == QKeychain::EntryNotFound) {
            confirmAbsence(context, [then](const Result<std::monostate> &confirmed) {
                then(confirmed.map([](std::monostate) { return std::optional<Secret>(); }));
            });
        } else {
            then(Secret(static_cast<QKeychain::ReadPasswordJob *>(finished)->binaryData()));
        }
    });
}

void KeychainStore::write(const QString &key, const Secret &value, QObject *context,
                          Callback<std::monostate> then)
{
    const auto make = [service = m_service, value] {
        auto *job = new QKeychain::WritePasswordJob(service);
        job->setBinaryData(value.reveal());
        return job;
    };
    run(make, key, m_patience, context, [then = std::move(then)](QKeychain::Job *finished) {
        if (auto error = trouble(finished))
            then(fail(*std::move(error)));
        else
            then(std::monostate());
    });
}

void KeychainStore::remove(const QString &key, QObject *context, Callback<std::monostate> then)
{
    const auto make = [service = m_service] { return new QKeychain::DeletePasswordJob(service); };
    run(make, key, m_patience, context, [=, this](QKeychain::Job *finished) {
        if (auto error = trouble(finished))
            then(fail(*std::move(error)));
        else
            confirmAbsence(context, then);
    });
}

void KeychainStore::confirmAbsence(QObject *context, Callback<std::monostate> then)
{
    write(u"unlocked"_s, Secret("yes"), context, std::move(then));
}

QString KeychainStore::name() const
{
    return u"keychain"_s;
}

} // namespace gatehouse::secrets
