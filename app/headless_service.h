// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <app/instance.h>

namespace gatehouse::store {
struct Interaction;
}

namespace gatehouse::app {

/// The service without windows: says in the terminal what it does. Lives in main().
class HeadlessService : public QObject {
    Q_OBJECT

public:
    explicit HeadlessService(const ServeCommand &command, const AddFeatures &addFeatures = {});

    /// Starts everything; answers once, with the first thing that is wrong.
    void start(Callback<std::monostate> then);
    /// Ends streams and frees the port, finishes what is running, for a few seconds at most; then
    /// calls `then`.
    void finish(const std::function<void()> &then);

private:
    void announce();
    void announceEnd(const AccountId &account);
    void announceMisuse(const store::Grant &grant);
    void announceApproval(const store::Interaction &interaction);

    Instance m_instance;
};

} // namespace gatehouse::app
