// SPDX-License-Identifier: GPL-3.0-or-later
#include <demo/private_file.h>

#include <QDir>
#include <QFile>
#include <QSaveFile>

namespace gatehouse::demo {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kOwnerOnly = QFileDevice::ReadOwner | QFileDevice::WriteOwner;

auto fileError(const QString &what, const QFileDevice &file)
{
    return fail(Error{what.arg(file.fileName()), u"Check who owns the data directory."_s,
                      file.errorString()});
}

} // namespace

Result<std::monostate> ensurePrivateDirectory(const QString &path)
{
    if (QDir(path).exists())
        return {};
    if (!QDir().mkpath(path) || !QFile::setPermissions(path, kOwnerOnly | QFileDevice::ExeOwner)) {
        return fail(Error{u"The directory %1 cannot be made."_s.arg(path),
                          u"Choose another one with --data-dir."_s});
    }
    return {};
}

Result<std::monostate> ensurePrivateFile(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadWrite) || !file.setPermissions(kOwnerOnly))
        return fileError(u"The file %1 cannot be written."_s, file);
    return {};
}

Result<std::monostate> writePrivateFile(const QString &path, const QByteArray &content)
{
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || !file.setPermissions(kOwnerOnly)
        || file.write(content) != content.size() || !file.commit()) {
        return fileError(u"The file %1 cannot be written."_s, file);
    }
    return {};
}

Result<std::optional<QByteArray>> readFile(const QString &path)
{
    QFile file(path);
    if (!file.exists())
        return std::optional<QByteArray>();
    if (!file.open(QIODevice::ReadOnly))
        return fileError(u"The file %1 cannot be read."_s, file);
    return file.readAll();
}

} // namespace gatehouse::demo
