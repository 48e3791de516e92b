// SPDX-License-Identifier: GPL-3.0-or-later
#include <app/secret_store_checkup.h>

namespace gatehouse::app {

using namespace Qt::StringLiterals;

namespace {

constexpr QLatin1String kProbe("doctor-probe");

Finding found(Verdict verdict, const QString &what, const QString &remedy = {})
{
    return {u"secrets"_s, verdict, what, remedy};
}

Finding trouble(const Error &error)
{
    auto remedy = error.remedy;
    if (error.kind == ErrorKind::NoKeychain) {
        remedy += u" On Debian and Ubuntu `sudo apt install gnome-keyring` installs one; it starts "
                  "with the next session."_s;
    }
    return found(Verdict::Problem, error.message, remedy);
}

Finding wellDone(const secrets::SecretStore &store)
{
    return store.name() == "memory"_L1
        ? found(Verdict::Ok, u"Secrets are kept in memory: after a restart you sign in again."_s)
        : found(Verdict::Ok, u"The %1 keeps, gives back and forgets a secret."_s.arg(store.name()));
}

} // namespace

void checkSecretStore(secrets::SecretStore &store, RandomSource &random, QObject *context,
                      const std::function<void(const Finding &)> &then)
{
    const Secret probe(randomToken(random));
    const auto onRemoved = [&store, then](bool same, const Result<std::monostate> &removed) {
        if (!removed)
            return then(trouble(removed.error()));
        if (!same) {
            return then(
                found(Verdict::Problem,
                      u"The %1 gives back something else than it was given."_s.arg(store.name()),
                      u"Check that it works in other programs."_s));
        }
        then(wellDone(store));
    };
    const auto onRead = [&store, context, probe, then,
                         onRemoved](const Result<std::optional<Secret>> &read) {
        if (!read)
            return then(trouble(read.error()));
        const bool same = *read && (*read)->equals(probe.reveal());
        store.remove(kProbe, context, [same, onRemoved](const Result<std::monostate> &removed) {
            onRemoved(same, removed);
        });
    };
    store.write(kProbe, probe, context,
                [&store, context, then, onRead](const Result<std::monostate> &written) {
                    if (!written)
                        return then(trouble(written.error()));
                    store.read(kProbe, context, onRead);
                });
}

} // namespace gatehouse::app
