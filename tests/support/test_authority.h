// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSslCertificate>
#include <QSslConfiguration>
#include <QString>

#include <memory>

namespace gatehouse::tests {

/// A certificate authority that nobody else trusts, made anew for each run.
class TestAuthority {
public:
    TestAuthority();

    [[nodiscard]] QSslCertificate certificate() const;
    /// What a server needs to be `host`; one that has expired if told so.
    [[nodiscard]] QSslConfiguration serverFor(const QString &host, bool isExpired = false) const;

private:
    std::shared_ptr<void> m_key;
    std::shared_ptr<void> m_certificate;
};

} // namespace gatehouse::tests
