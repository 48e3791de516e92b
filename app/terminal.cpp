// SPDX-License-Identifier: GPL-3.0-or-later
#include <app/terminal.h>

#include <cstdio>

namespace gatehouse::app {

void say(const QString &line)
{
    std::printf("%s\n", qUtf8Printable(line));
    std::fflush(stdout);
}

void sayAside(const QString &line)
{
    std::fprintf(stderr, "%s\n", qUtf8Printable(line));
}

void complain(const Error &error)
{
    std::fprintf(stderr, "gatehouse: %s\n", qUtf8Printable(error.forPerson()));
}

} // namespace gatehouse::app
