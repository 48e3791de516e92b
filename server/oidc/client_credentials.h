// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/secret.h>

#include <QObject>

#include <utility>

namespace gatehouse::oidc {

/// The secret of this application at the tenant, and whether the tenant has taken it. Lives as long
/// as the relying party.
class ClientCredentials final : public QObject {
    Q_OBJECT

public:
    using QObject::QObject;

    /// Empty: a public (native) application, which has none.
    [[nodiscard]] const Secret &secret() const { return m_secret; }
    void setSecret(const Secret &secret)
    {
        m_secret = secret;
        note(false);
    }
    /// Whether the tenant's token endpoint has refused it, or its absence, the last time.
    [[nodiscard]] bool wereRefused() const { return m_wereRefused; }
    void note(bool areRefused)
    {
        if (std::exchange(m_wereRefused, areRefused) != areRefused)
            Q_EMIT changed();
    }

Q_SIGNALS:
    void changed(); ///< wereRefused() is another

private:
    Secret m_secret;
    bool m_wereRefused = false;
};

} // namespace gatehouse::oidc
