// SPDX-License-Identifier: GPL-3.0-or-later
#include <app/port_checkup.h>

#include <app/ports.h>
#include <base/platform/peer.h>
#include <base/text.h>

namespace gatehouse::app {

using namespace Qt::StringLiterals;

namespace {

Finding found(Verdict verdict, const QString &what, const QString &remedy = {})
{
    return {u"port"_s, verdict, what, remedy};
}

QString named(const PortQuestion &question)
{
    if (question.count == 1)
        return u"Port %1 is"_s.arg(question.wanted);
    return u"Ports %1 to %2 are"_s.arg(question.wanted).arg(question.wanted + question.count - 1);
}

Finding ofRunning(const PortQuestion &question)
{
    if (question.wanted == 0 || question.wanted == *question.running) {
        return found(Verdict::Ok,
                     u"Port %1 is held by the running Gatehouse of this data directory."_s.arg(
                         *question.running));
    }
    return found(
        Verdict::Warning,
        u"The running Gatehouse serves on port %1; with these settings it would start on "
        "port %2."_s.arg(*question.running)
            .arg(question.wanted),
        u"Start it anew when it should move. Clients must be told, and the callback URL at "
        "the tenant changes."_s);
}

} // namespace

Finding portFinding(const PortQuestion &question)
{
    if (question.running)
        return ofRunning(question);
    if (question.wanted == 0)
        return found(Verdict::Ok, u"A free port is chosen at the first start, and kept."_s);
    for (int offset = 0; offset < question.count; ++offset) {
        const auto port = quint16(question.wanted + offset);
        if (isPortFree(port))
            continue;
        const auto holder = platform::describeListener(port);
        return found(Verdict::Problem,
                     u"Port %1 is taken: %2 uses it."_s.arg(port).arg(
                         holder.isEmpty() ? u"a program of another user, or of the system,"_s
                                          : u"the program "_s + shownText(holder)),
                     u"End that program, or choose another port with --port or \"listen\" in "
                     "gatehouse.json. Clients and the callback URL at the tenant follow it."_s);
    }
    return found(Verdict::Ok, u"%1 free."_s.arg(named(question)));
}

} // namespace gatehouse::app
