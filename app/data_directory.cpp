// SPDX-License-Identifier: GPL-3.0-or-later
#include <app/data_directory.h>

#include <base/crypto.h>
#include <base/platform/peer.h>

#include <QDir>
#include <QFileInfo>
#include <QSaveFile>
#include <QStandardPaths>

#include <algorithm>

namespace gatehouse::app {

using namespace Qt::StringLiterals;

namespace {

/// sizeof(sockaddr_un::sun_path) without its end.
constexpr qsizetype kLongestSocketPath = 107;

/// $XDG_RUNTIME_DIR, if it is a directory of ours alone (as the XDG specification demands).
QString runtimeDirectory()
{
    const auto path = qEnvironmentVariable("XDG_RUNTIME_DIR");
    const QFileInfo info(path);
    if (path.isEmpty() || !info.isDir() || info.ownerId() != platform::currentUser()
        || (info.permissions() & (QFile::ReadGroup | QFile::ReadOther | QFile::WriteOther)) != 0)
        return {};
    return path;
}

tl::unexpected<DirectoryFailure> unusable(Error error)
{
    return fail(DirectoryFailure{false, std::move(error)});
}

QString socketRecord(const QString &dataDirectory)
{
    return dataDirectory + u"/control.path"_s;
}

/// True when there is nothing in it, or something that says that Gatehouse put it there or that a
/// person prepared it for Gatehouse.
bool mayBeUsed(const QDir &directory)
{
    if (directory.isEmpty(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot))
        return true;
    const auto ours = {u"gatehouse.json"_s, u"gatehouse.db"_s, u"gatehouse.lock"_s};
    return std::any_of(ours.begin(), ours.end(),
                       [&](const QString &name) { return directory.exists(name); });
}

} // namespace

QString dataDirectoryFor(const InstanceOptions &instance)
{
    if (!instance.dataDirectory.isEmpty())
        return instance.dataDirectory;
    return QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation)
        + (instance.demo ? u"/gatehouse-demo"_s : u"/gatehouse"_s);
}

Result<QString> controlSocketPath(const QString &dataDirectory)
{
    const auto runtime = runtimeDirectory();
    QString path = dataDirectory + u"/control.sock"_s;
    if (!runtime.isEmpty()) {
        const auto name = QFileInfo(dataDirectory).canonicalFilePath().toUtf8();
        path = runtime + u"/gatehouse/"_s + QString::fromLatin1(sha256(name).toHex().left(16));
    }
    if (QFile::encodeName(path).size() > kLongestSocketPath) {
        return fail(Error{u"The path %1 is too long for a socket."_s.arg(path),
                          u"Use a data directory with a shorter path, or set "
                          "XDG_RUNTIME_DIR."_s});
    }
    return path;
}

Result<std::monostate> recordControlSocket(const QString &dataDirectory, const QString &socket)
{
    QSaveFile record(socketRecord(dataDirectory));
    if (!record.open(QIODevice::WriteOnly) || record.write(QFile::encodeName(socket)) < 0
        || !record.commit()) {
        return fail(
            Error{u"%1 cannot be written: %2"_s.arg(record.fileName(), record.errorString()),
                  u"Check the permissions and the free space of the disk."_s});
    }
    return std::monostate();
}

Result<QString> findControlSocket(const QString &dataDirectory)
{
    QFile record(socketRecord(dataDirectory));
    if (record.open(QIODevice::ReadOnly)) {
        const auto path = QFile::decodeName(record.read(kLongestSocketPath));
        if (QFileInfo::exists(path))
            return path;
    }
    return controlSocketPath(dataDirectory);
}

DataDirectory::DataDirectory(QString path)
    : m_path(std::move(path)), m_lock(file(u"gatehouse.lock"_s))
{
    // The holder's process decides, never the age of the file.
    m_lock.setStaleLockTime(0);
}

Result<std::unique_ptr<DataDirectory>, DirectoryFailure> DataDirectory::open(const QString &path)
{
    if (QFileInfo::exists(path) && !mayBeUsed(QDir(path))) {
        return unusable(
            {u"The directory %1 holds other files, and no data of Gatehouse."_s.arg(path),
             u"Choose a new or an empty directory with --data-dir, or put a "
             "gatehouse.json there first."_s});
    }
    if (!QDir().mkpath(path)) {
        return unusable({u"The data directory %1 cannot be created."_s.arg(path),
                         u"Check who owns the folder above it, or use --data-dir."_s});
    }
    const QFileInfo info(path);
    if (info.ownerId() != platform::currentUser()) {
        return unusable({u"The data directory %1 belongs to another user."_s.arg(path),
                         u"Use a directory of your own with --data-dir."_s});
    }
    QFile::setPermissions(path, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);

    std::unique_ptr<DataDirectory> directory(new DataDirectory(path));
    if (!directory->m_lock.tryLock(std::chrono::milliseconds(0).count())) {
        if (directory->m_lock.error() == QLockFile::LockFailedError) {
            qint64 pid = 0;
            QString host;
            QString program;
            directory->m_lock.getLockInfo(&pid, &host, &program);
            return fail(DirectoryFailure{
                true,
                {u"Gatehouse is running already on %1 (process %2)."_s.arg(path).arg(pid),
                 u"Ask it with `gatehouse status`, or end it first."_s}});
        }
        return unusable({u"The data directory %1 is not writable."_s.arg(path),
                         u"Check its permissions and the free space of the disk."_s});
    }
    return directory;
}

QString DataDirectory::file(const QString &name) const
{
    return m_path + u'/' + name;
}

} // namespace gatehouse::app
