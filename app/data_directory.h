// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <app/command_line.h>

#include <QLockFile>

#include <memory>

namespace gatehouse::app {

/// The directory that these options mean: the given one, or the usual one of the demo or of the
/// real instance below the user's data directory.
[[nodiscard]] QString dataDirectoryFor(const InstanceOptions &instance);

/// Where the control socket of a data directory is: below $XDG_RUNTIME_DIR, else in the directory.
/// An error when the path is too long for a Unix socket.
[[nodiscard]] Result<QString> controlSocketPath(const QString &dataDirectory);
/// Notes in the data directory where its instance listens, for verbs that run in another
/// environment.
[[nodiscard]] Result<std::monostate> recordControlSocket(const QString &dataDirectory,
                                                         const QString &socket);
/// Where the running instance of this data directory listens: as it noted, else where it would.
[[nodiscard]] Result<QString> findControlSocket(const QString &dataDirectory);

/// Why a data directory cannot be used.
struct DirectoryFailure {
    bool inUse = false; ///< by another instance, which can be asked
    Error error = {};
};

/// A data directory in use by this process: created 0700, owned by this user, locked against a
/// second instance for as long as this lives.
class DataDirectory {
public:
    [[nodiscard]] static Result<std::unique_ptr<DataDirectory>, DirectoryFailure>
    open(const QString &path);

    [[nodiscard]] QString path() const { return m_path; }
    [[nodiscard]] QString file(const QString &name) const;

private:
    explicit DataDirectory(QString path);

    QString m_path;
    QLockFile m_lock;
};

} // namespace gatehouse::app
