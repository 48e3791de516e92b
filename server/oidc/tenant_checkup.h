// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/random.h>
#include <oidc/tenant_findings.h>
#include <oidc/tenant_network.h>

namespace gatehouse::oidc {

/// Asks a tenant, one question after the other, whether signing in would work, and stops where the
/// next question makes no sense. Nobody is signed in and nothing is changed. Made for one run; ends
/// with it.
class TenantCheckup final : public QObject {
    Q_OBJECT

public:
    struct Deps {
        TenantNetwork &network;
        Clock &clock;
        RandomSource &random;
    };
    TenantCheckup(const Deps &deps, CheckupSubject subject);

    /// Answers once, with what was found in the order of asking. Takes as long as the tenant does:
    /// 30 s for a question at most.
    void run(QObject *context, std::function<void(const Findings &)> then);

private:
    using Step = void (TenantCheckup::*)(const TenantReply &);

    void get(const QUrl &url, Step next);
    void onDocument(const TenantReply &reply);
    void onKeys(const TenantReply &reply);
    void askForSignIn();
    void onAuthorization(const TenantReply &reply);
    void askForTokens();
    void onTokens(const TenantReply &reply);
    void finish();
    [[nodiscard]] QUrl endpoint(QLatin1StringView name) const;
    [[nodiscard]] QUrl silentSignIn(const TenantAudience &audience) const;

    Deps m_deps;
    CheckupSubject m_subject;
    QList<TenantAudience> m_audiences; ///< not asked for yet
    TenantAudience m_audience; ///< asked for
    QJsonObject m_document;
    Findings m_findings;
    QPointer<QObject> m_context;
    std::function<void(const Findings &)> m_then;
};

} // namespace gatehouse::oidc
