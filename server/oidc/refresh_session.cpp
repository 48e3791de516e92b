// SPDX-License-Identifier: GPL-3.0-or-later
#include <oidc/refresh_session.h>

#include <base/logging.h>
#include <oidc/jose.h>

#include <QJsonArray>

#include <algorithm>

namespace gatehouse::oidc {

using namespace Qt::StringLiterals;

namespace {

/// Many calls that fail at once must not become many calls to a tenant that is in trouble.
constexpr std::chrono::seconds kShortestPause{1};
constexpr std::chrono::minutes kLongestPause{10};

TokenError unavailable(const Error &error)
{
    return {TokenTrouble::Unavailable, error};
}

} // namespace

RefreshSession::RefreshSession(const Deps &deps, QString key, TenantAudience audience)
    : m_deps(deps), m_key(std::move(key)), m_audience(std::move(audience))
{
}

RefreshSession::~RefreshSession() = default;

void RefreshSession::ifCurrent(quint64 generation, const std::function<void()> &step)
{
    if (generation == m_generation)
        step();
}

bool RefreshSession::isForAnother(const Job &job) const
{
    return job.audience.audience != m_audience.audience;
}

// --- one job: secret store → tenant → secret store → everyone who waits

void RefreshSession::refresh(const TenantAudience &audience, QObject *context,
                             Callback<TokenAnswer, TokenError> then)
{
    auto job = std::find_if(m_jobs.begin(), m_jobs.end(), [&](const Job &known) {
        return known.audience.audience == audience.audience;
    });
    if (job == m_jobs.end())
        job = m_jobs.insert(m_jobs.end(), Job{audience});
    job->waiters.add(context, std::move(then));
    if (!m_isWorking)
        work();
}

void RefreshSession::work()
{
    m_isWorking = !m_jobs.empty();
    if (!m_isWorking)
        return;
    // The tenant has already replaced the stored token; asking with it again would look stolen.
    if (m_unsaved)
        return save();
    // A clock that was set back would make the pause last for hours.
    const auto pause = m_notBefore - m_deps.clock.now();
    if (m_lastTrouble && pause > Instant::duration(0) && pause <= kLongestPause)
        return failAll(*m_lastTrouble);
    readToken();
}

void RefreshSession::readToken()
{
    m_deps.secretStore.read(m_key, this, [this, generation = m_generation](const auto &stored) {
        ifCurrent(generation, [&] {
            if (!stored) {
                failAll(unavailable(stored.error()));
            } else if (!stored->has_value()) {
                failAll(signedOut(u"no refresh token is stored"_s));
                m_hasToken = false;
                Q_EMIT changed();
            } else {
                callTenant(**stored);
            }
        });
    });
}

void RefreshSession::callTenant(const Secret &refreshToken)
{
    const auto generation = m_generation;
    m_deps.discovery.metadata(this, [=, this](const auto &metadata) {
        ifCurrent(generation, [&] {
            if (!metadata)
                return onRefusal({{}, metadata.error()});
            const auto &job = m_jobs.front();
            m_flow = std::make_unique<CodeFlow>(
                CodeFlow::Deps{m_deps.network, *metadata, m_deps.tenant, m_deps.credentials},
                job.audience);
            m_flow->refresh(refreshToken, isForAnother(job), this, [=, this](const auto &answer) {
                ifCurrent(generation, [&] {
                    m_flow.reset();
                    onAnswer(answer);
                });
            });
        });
    });
}

void RefreshSession::onAnswer(const Result<TokenAnswer, TokenRefusal> &answer)
{
    if (!answer)
        return onRefusal(answer.error());
    m_lastTrouble.reset();
    const Unsaved rotated{m_jobs.front().audience.audience, *answer, m_deps.clock.now()};
    if (answer->refreshToken.isEmpty())
        return onRotated(rotated);
    m_unsaved = rotated;
    save();
}

void RefreshSession::onRefusal(const TokenRefusal &refusal)
{
    qCWarning(lcOidc).noquote() << "refresh failed:" << refusal.failure.error.detail;
    // What is wrong with another audience says nothing about this token.
    const bool isAboutTheAudience =
        isForAnother(m_jobs.front()) && !refusal.oauthError.isEmpty() && !refusal.isAboutTheClient;
    if (isAboutTheAudience) {
        m_mayServeOthers = false;
        return finishJob(fail(signInNeeded(u"the tenant answered "_s + refusal.oauthError)));
    }
    if (refusal.oauthError == "invalid_grant"_L1)
        return end();
    m_lastTrouble = unavailable(refusal.failure.error);
    if (refusal.failure.temporary)
        m_lastTrouble->retryAfter = refusal.failure.retryAfter;
    m_notBefore = m_deps.clock.now() + std::max(refusal.failure.retryAfter, kShortestPause);
    failAll(*m_lastTrouble);
}

void RefreshSession::save()
{
    m_deps.secretStore.write(m_key, m_unsaved->answer.refreshToken, this,
                             [this, generation = m_generation](const auto &written) {
                                 ifCurrent(generation, [&] {
                                     if (!written)
                                         return failAll(unavailable(written.error()));
                                     auto rotated = *std::exchange(m_unsaved, std::nullopt);
                                     rotated.answer.lifetime = lifeLeft(rotated);
                                     m_hasToken = true;
                                     Q_EMIT changed();
                                     onRotated(rotated);
                                 });
                             });
}

/// Of the access token: the secret store may have been locked for hours.
std::chrono::seconds RefreshSession::lifeLeft(const Unsaved &rotated) const
{
    const auto waited = std::max(m_deps.clock.now() - rotated.receivedAt, Instant::duration(0));
    return rotated.answer.lifetime - std::chrono::ceil<std::chrono::seconds>(waited);
}

/// The token that was waited for may belong to an earlier job, may have expired while the secret
/// store was locked, or may be for the audience of the session because the tenant did not look at
/// the one it was asked for.
void RefreshSession::onRotated(const Unsaved &rotated)
{
    const auto &job = m_jobs.front();
    if (rotated.audience != job.audience.audience || rotated.answer.lifetime <= 0s)
        return work();
    if (isForAnother(job) && !namesAudience(rotated.answer.accessToken, job.audience.audience)) {
        m_mayServeOthers = false;
        return finishJob(fail(signInNeeded(u"the tenant gave no token for this audience"_s)));
    }
    finishJob(rotated.answer);
}

void RefreshSession::finishJob(const Result<TokenAnswer, TokenError> &result)
{
    auto job = std::move(m_jobs.front());
    m_jobs.pop_front();
    job.waiters.answer(result);
    work();
}

void RefreshSession::failAll(const TokenError &error)
{
    m_isWorking = false;
    for (auto &job : std::exchange(m_jobs, {}))
        job.waiters.answer(fail(error));
}

/// The tenant says that the refresh token is no longer good.
void RefreshSession::end()
{
    failAll(signedOut(u"the tenant answered invalid_grant"_s));
    ++m_generation;
    m_hasToken = false;
    m_wasEnded = true;
    m_deps.secretStore.remove(m_key, this, [](const Result<std::monostate> &) {});
    Q_EMIT changed();
}

// --- sign-in, sign-out, start

void RefreshSession::adopt(const TokenAnswer &tokens, QObject *context,
                           Callback<std::monostate> then)
{
    const auto generation = ++m_generation;
    m_flow.reset();
    m_lastTrouble.reset();
    m_isWorking = true; // whoever asks meanwhile waits for these
    // Until it is stored: the tenant may have replaced the one before.
    if (!tokens.refreshToken.isEmpty())
        m_unsaved = Unsaved{m_audience.audience, tokens, m_deps.clock.now()};
    m_wasEnded = false;
    m_mayServeOthers = true;
    Q_EMIT changed();
    const auto done = [=, this](const Result<std::monostate> &written) {
        ifCurrent(generation, [&] {
            if (!written)
                return failAll(unavailable(written.error()));
            if (!tokens.refreshToken.isEmpty())
                m_unsaved.reset();
            m_hasToken = m_hasToken || !tokens.refreshToken.isEmpty();
            for (auto job = m_jobs.begin(); job != m_jobs.end();) {
                if (isForAnother(*job)) {
                    ++job;
                    continue;
                }
                job->waiters.answer(tokens);
                job = m_jobs.erase(job);
            }
            Q_EMIT changed();
            work();
        });
        answerLater<std::monostate, Error>(context, then, written);
    };
    if (tokens.refreshToken.isEmpty())
        done(std::monostate());
    else
        m_deps.secretStore.write(m_key, tokens.refreshToken, this, done);
}

void RefreshSession::forget(QObject *context, Callback<ForgottenToken> then)
{
    const auto generation = ++m_generation;
    m_flow.reset();
    const auto unsaved = std::exchange(m_unsaved, std::nullopt);
    const auto takeBack = [=, this, hadToken = m_hasToken] {
        ifCurrent(generation, [&] {
            m_unsaved = unsaved;
            m_hasToken = hadToken;
            Q_EMIT changed();
        });
    };
    m_hasToken = false;
    m_wasEnded = false;
    m_lastTrouble.reset();
    failAll(signedOut(u"signed out"_s));
    Q_EMIT changed();
    Waiters<ForgottenToken> caller;
    caller.add(context, std::move(then));
    m_deps.secretStore.read(m_key, this, [=, this](const auto &stored) mutable {
        ForgottenToken forgotten{stored.value_or(std::nullopt), !stored};
        if (unsaved)
            forgotten = {unsaved->answer.refreshToken};
        // Who has signed in meanwhile has another one there.
        if (generation != m_generation)
            return caller.answer(forgotten);
        m_deps.secretStore.remove(m_key, this, [=](const Result<std::monostate> &removed) mutable {
            if (!removed) {
                forgotten.trouble = removed.error();
                forgotten.takeBack = takeBack;
            }
            caller.answer(forgotten);
        });
    });
}

void RefreshSession::load(QObject *context, const std::function<void()> &then)
{
    m_deps.secretStore.read(m_key, this,
                            [this, generation = m_generation, context = QPointer(context),
                             then](const Result<std::optional<Secret>> &stored) {
                                ifCurrent(generation, [&] {
                                    m_hasToken = !stored || stored->has_value();
                                    Q_EMIT changed();
                                });
                                if (context)
                                    then();
                            });
}

bool namesAudience(const Secret &accessToken, const QString &audience)
{
    const auto aud = unverifiedClaims(accessToken.reveal()).value("aud"_L1);
    return aud.isArray() ? aud.toArray().contains(audience) : aud == audience;
}

} // namespace gatehouse::oidc
