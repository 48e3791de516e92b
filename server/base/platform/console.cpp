// SPDX-License-Identifier: GPL-3.0-or-later
#include <base/platform/console.h>

#include <array>
#include <cerrno>
#include <csignal>

#include <termios.h>
#include <unistd.h>

namespace gatehouse::platform {

namespace {

termios s_shown; ///< how the terminal was

/// Only async-signal-safe calls are allowed here.
void showAndEnd(int signal)
{
    ::tcsetattr(STDIN_FILENO, TCSANOW, &s_shown);
    ::signal(signal, SIG_DFL);
    ::raise(signal);
}

/// While it lives, the terminal does not show what is typed, only the end of the line.
class HiddenTyping {
public:
    HiddenTyping() : m_hides(::tcgetattr(STDIN_FILENO, &s_shown) == 0)
    {
        if (!m_hides)
            return;
        struct sigaction action = {};
        action.sa_handler = showAndEnd;
        for (std::size_t i = 0; i < kSignals.size(); ++i)
            ::sigaction(kSignals[i], &action, &m_before[i]);
        auto hidden = s_shown;
        hidden.c_lflag &= ~tcflag_t(ECHO);
        hidden.c_lflag |= ECHONL;
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    }
    ~HiddenTyping()
    {
        if (!m_hides)
            return;
        ::tcsetattr(STDIN_FILENO, TCSANOW, &s_shown);
        for (std::size_t i = 0; i < kSignals.size(); ++i)
            ::sigaction(kSignals[i], &m_before[i], nullptr);
    }
    HiddenTyping(const HiddenTyping &) = delete;
    HiddenTyping &operator=(const HiddenTyping &) = delete;

private:
    static constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};

    bool m_hides;
    std::array<struct sigaction, kSignals.size()> m_before = {};
};

} // namespace

bool isInputTerminal()
{
    return ::isatty(STDIN_FILENO) == 1;
}

QByteArray readHiddenLine(qsizetype longest, const std::function<void()> &hidden)
{
    const HiddenTyping hiding;
    hidden();
    QByteArray line;
    line.reserve(longest); // so that no copy stays behind where it was shorter
    char next = 0;
    while (line.size() < longest && next != '\n') {
        const auto got = ::read(STDIN_FILENO, &next, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got != 1)
            break;
        line.append(next);
    }
    return line;
}

} // namespace gatehouse::platform
