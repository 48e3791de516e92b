// SPDX-License-Identifier: GPL-3.0-or-later
#include <base/platform/process.h>

#include <QFile>
#include <QSocketNotifier>

#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gatehouse::platform {

namespace {

std::array<int, 2> s_signalPipe{-1, -1};

void onSignal(int)
{
    const char byte = 1;
    // Only async-signal-safe calls are allowed here; a full pipe already says all there is to say.
    [[maybe_unused]] const auto written = ::write(s_signalPipe[0], &byte, 1);
}

} // namespace

void hardenProcess()
{
    ::umask(0077);
    ::signal(SIGPIPE, SIG_IGN);
#ifdef NDEBUG
    ::prctl(PR_SET_DUMPABLE, 0);
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
#endif
}

void onTerminationSignal(QObject *context, std::function<void()> stop)
{
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, s_signalPipe.data())
        != 0)
        return;
    auto *notifier = new QSocketNotifier(s_signalPipe[1], QSocketNotifier::Read, context);
    QObject::connect(notifier, &QSocketNotifier::activated, context, [stop = std::move(stop)] {
        char byte = 0;
        [[maybe_unused]] const auto got = ::read(s_signalPipe[1], &byte, 1);
        stop();
    });
    struct sigaction action = {};
    action.sa_handler = onSignal;
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGTERM, &action, nullptr);
    ::sigaction(SIGINT, &action, nullptr);
    struct sigaction inherited = {};
    if (::sigaction(SIGHUP, nullptr, &inherited) == 0 && inherited.sa_handler != SIG_IGN) // nohup
        ::sigaction(SIGHUP, &action, nullptr);
}

bool hasDisplay()
{
    return !qEnvironmentVariableIsEmpty("DISPLAY")
        || !qEnvironmentVariableIsEmpty("WAYLAND_DISPLAY");
}

Secret takeSecretVariable(const char *name)
{
    char *const value = std::getenv(name);
    if (value == nullptr)
        return {};
    Secret secret{QByteArray(value)};
    // Unsetting leaves the bytes where /proc/PID/environ shows them.
    ::explicit_bzero(value, std::strlen(value));
    qunsetenv(name);
    return secret;
}

void becomeProgram(const QString &program, const QStringList &arguments)
{
    QByteArrayList words{QFile::encodeName(program)};
    for (const auto &argument : arguments)
        words.append(argument.toLocal8Bit());
    std::vector<char *> pointers;
    for (auto &word : words)
        pointers.push_back(word.data());
    pointers.push_back(nullptr);
    ::execv(pointers.front(), pointers.data());
}

void raiseDescriptorLimit()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

} // namespace gatehouse::platform
