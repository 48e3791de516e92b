// SPDX-License-Identifier: GPL-3.0-or-later
#include <base/platform/process_info.h>

#include <base/platform/peer.h>
#include <base/platform/tcp_table.h>

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>
#include <QSet>

#include <array>

#include <dirent.h>
#include <unistd.h>

namespace gatehouse::platform {

using namespace Qt::StringLiterals;

namespace {

constexpr int kMostParents = 8;
constexpr qint64 kInit = 1;

/// What starts a session, and all above it, says nothing about who started a program.
bool isSessionManager(const QString &name)
{
    static const QSet<QString> kNames{u"systemd"_s,
                                      u"init"_s,
                                      u"login"_s,
                                      u"sshd"_s,
                                      u"gdm-x-session"_s,
                                      u"gdm-wayland-session"_s,
                                      u"gdm-session-worker"_s,
                                      u"sddm"_s,
                                      u"sddm-helper"_s,
                                      u"lightdm"_s,
                                      u"xinit"_s,
                                      u"gnome-session-binary"_s,
                                      u"gnome-session"_s,
                                      u"gnome-session-service"_s,
                                      u"startplasma-x11"_s,
                                      u"startplasma-wayland"_s,
                                      u"plasma_session"_s,
                                      u"ksmserver"_s,
                                      u"xfce4-session"_s,
                                      u"lxsession"_s,
                                      u"lxqt-session"_s,
                                      u"mate-session"_s,
                                      u"cinnamon-session"_s,
                                      u"cinnamon-session-binary"_s,
                                      u"dbus-run-session"_s};
    return kNames.contains(name);
}

QString procPath(qint64 pid, const QString &entry)
{
    return u"/proc/%1/%2"_s.arg(pid).arg(entry);
}

QByteArray readLinkOf(const QString &path)
{
    std::array<char, 4096> target{};
    const auto length =
        ::readlink(QFile::encodeName(path).constData(), target.data(), target.size());
    return length > 0 ? QByteArray(target.data(), length) : QByteArray();
}

QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// Empty when the system does not tell, as for programs of others.
QString executableOf(qint64 pid)
{
    auto path = readLinkOf(procPath(pid, u"exe"_s));
    // The kernel's mark on a program that was replaced while it runs, by an update mostly.
    constexpr QByteArrayView kDeleted(" (deleted)");
    if (path.endsWith(kDeleted))
        path.chop(kDeleted.size());
    return QFile::decodeName(path);
}

/// Some installers name the file after its version: "claude/versions/2.0.14" is claude.
QString nameOfExecutable(const QString &path)
{
    static const QRegularExpression kVersion(u"\\Av?\\d+(\\.\\d+)*\\z"_s);
    static const QSet<QString> kFolders{u"versions"_s, u"bin"_s, u"lib"_s, u"current"_s};
    const auto parts = path.split(u'/', Qt::SkipEmptyParts);
    for (auto part = parts.crbegin(); part != parts.crend(); ++part) {
        const bool isFile = part == parts.crbegin();
        if (!kVersion.match(*part).hasMatch() && (isFile || !kFolders.contains(*part)))
            return *part;
    }
    return {};
}

QString commandOf(qint64 pid)
{
    return QString::fromUtf8(contentOf(procPath(pid, u"comm"_s))).trimmed();
}

QString nameOf(qint64 pid)
{
    const auto name = nameOfExecutable(executableOf(pid));
    return name.isEmpty() ? commandOf(pid) : name;
}

/// 0 when it cannot be told.
qint64 parentOf(qint64 pid)
{
    const auto stat = contentOf(procPath(pid, u"stat"_s));
    // The name in parentheses may itself hold parentheses and spaces.
    const auto fields = stat.mid(stat.lastIndexOf(')') + 1).simplified().split(' ');
    return fields.value(1).toLongLong();
}

QStringList parentsOf(qint64 pid)
{
    QStringList names;
    for (auto parent = parentOf(pid); parent > kInit && names.size() < kMostParents;
         parent = parentOf(parent)) {
        const auto name = nameOf(parent);
        if (isSessionManager(name))
            break;
        names.append(name);
    }
    return names;
}

ProcessInfo describe(qint64 pid)
{
    const auto path = executableOf(pid);
    return {pid, nameOf(pid), path, parentsOf(pid)};
}

/// Calls `visit` with each entry of a directory until it answers true. QDir would look at every
/// file behind the entries, which are thousands here.
bool anyEntry(const QByteArray &directory, const std::function<bool(const QByteArray &)> &visit)
{
    const std::unique_ptr<DIR, int (*)(DIR *)> open(::opendir(directory.constData()), &::closedir);
    if (!open)
        return false;
    while (const dirent *entry = ::readdir(open.get())) {
        if (visit(QByteArray(static_cast<const char *>(entry->d_name))))
            return true;
    }
    return false;
}

bool holdsSocket(const QByteArray &process, const QByteArray &socket)
{
    const QByteArray descriptors = "/proc/" + process + "/fd";
    return anyEntry(descriptors, [&](const QByteArray &name) {
        std::array<char, 64> target{};
        const QByteArray path = descriptors + '/' + name;
        const auto length = ::readlink(path.constData(), target.data(), target.size());
        return length > 0 && QByteArrayView(target.data(), length) == socket;
    });
}

/// The process that has this socket open, if this user may see it. Of several (a parent and its
/// children), the one that the system lists first.
std::optional<ProcessInfo> processWithSocket(quint64 inode)
{
    if (inode == 0)
        return std::nullopt;
    const QByteArray socket = "socket:[" + QByteArray::number(inode) + ']';
    std::optional<ProcessInfo> found;
    anyEntry("/proc", [&](const QByteArray &process) {
        bool isProcess = false;
        const auto pid = process.toLongLong(&isProcess);
        if (isProcess && holdsSocket(process, socket))
            found = describe(pid);
        return found.has_value();
    });
    return found;
}

} // namespace

std::optional<ProcessInfo> processOfLoopbackPeer(const ConnectionEnds &ends)
{
    const auto row = findConnection(readTcpTables(ends.peerPort), ends.peer, ends.peerPort,
                                    ends.local, ends.localPort);
    if (!row || row->user != currentUser())
        return std::nullopt;
    return processWithSocket(row->inode);
}

std::optional<ProcessInfo> processOfUnixPeer(qintptr descriptor)
{
    const auto pid = pidOfUnixPeer(descriptor);
    return pid && userOfUnixPeer(descriptor) == currentUser() ? std::optional(describe(*pid))
                                                              : std::nullopt;
}

std::optional<Listener> listenerOn(quint16 port)
{
    const auto row = findListener(readTcpTables(port), port, currentUser());
    if (!row)
        return std::nullopt;
    Listener listener{row->user};
    if (row->user == currentUser())
        listener.process = processWithSocket(row->inode);
    return listener;
}

} // namespace gatehouse::platform
