// SPDX-License-Identifier: GPL-3.0-or-later
// What a long history costs those who call now: the same work on a service that has just begun and
// on one with many grants, half of them active, and expired tokens, in turn, so that a noisy
// machine is noisy to both.
//   bench_tokens GRANTS TOKENS MOST    fails when a median grows by more than the factor MOST
#include "support/oauth_world.h"

#include <store/query.h>

#include <QElapsedTimer>
#include <QLoggingCategory>

#include <algorithm>
#include <cstdio>

using namespace gatehouse;
using namespace gatehouse::tests;

namespace {

constexpr int kRounds = 400;
constexpr int kVerifiesInRound = 200;

using Nanoseconds = std::vector<qint64>;

qint64 median(Nanoseconds times)
{
    const auto middle = times.begin() + qsizetype(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    return *middle;
}

void mustRun(store::Database &database, const QString &sql, qint64 rows)
{
    const auto done = store::runOnly(database, sql, {store::toColumn(rows)});
    if (!done)
        qFatal("%s", qUtf8Printable(done.error().message));
}

/// Grants and expired tokens, as years of use would leave them if nothing were ever purged. Every
/// second grant never ends, the others have.
void fill(OAuthWorld &world, qint64 grants, qint64 tokens)
{
    auto transaction = store::Transaction::begin(*world.database);
    mustRun(*world.database,
            u"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
            "INSERT INTO access_grant (id, client, client_name, account, scopes, resource, "
            "created_at, expires_at, revoked_why) "
            "SELECT 'old ' || i, 'client ' || (i % 500), 'Old', 'alice', '[\"read:todos\"]', '', "
            "i, CASE WHEN i % 2 = 0 THEN NULL ELSE 1000 + i END, '' FROM n"_s,
            grants);
    mustRun(
        *world.database,
        u"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
        "INSERT INTO access_token (hash, access_grant, scopes, expires_at) "
        "SELECT randomblob(32), 'old ' || (1 + i % %1), '[\"read:todos\"]', 1000 + i FROM n"_s.arg(
            grants),
        tokens / 2);
    mustRun(*world.database,
            u"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
            "INSERT INTO refresh_token (hash, access_grant, expires_at, consumed_at, "
            "successor_hash) SELECT randomblob(32), 'old ' || (1 + i % %1), 1000 + i, 500, "
            "randomblob(32) FROM n"_s.arg(grants),
            tokens / 2);
    if (!transaction->commit())
        qFatal("not filled");
}

/// One service and a client that is at work there.
struct Worker {
    Worker() : client(world.registerClient())
    {
        keep(world.redeem(client, world.obtainCode(client)));
    }
    void keep(const std::shared_ptr<RecordedReply> &reply)
    {
        if (reply->status() != 200)
            qFatal("no tokens: %d", reply->status());
        access = "Bearer " + reply->json()[u"access_token"_s].toString().toLatin1();
        refreshToken = reply->json()[u"refresh_token"_s].toString();
    }
    qint64 timeRefresh()
    {
        world.clock.advance(1s); // not faster than one client may ask
        QElapsedTimer timer;
        timer.start();
        const auto reply = world.refresh(client, refreshToken);
        const auto took = timer.nsecsElapsed();
        keep(reply);
        return took;
    }
    /// Of a token that was not seen before, which is looked up.
    qint64 timeFirstVerify() { return timeVerifies(1); }
    qint64 timeVerifies(int count)
    {
        QElapsedTimer timer;
        timer.start();
        bool accepted = true;
        for (int i = 0; i < count; ++i)
            accepted = world.server.verifier().verify(access).has_value() && accepted;
        const auto took = timer.nsecsElapsed() / count;
        if (!accepted)
            qFatal("a good token was refused");
        return took;
    }

    OAuthWorld world;
    ClientId client;
    QByteArray access;
    QString refreshToken;
};

bool compare(const char *what, const Nanoseconds &young, const Nanoseconds &old, double most)
{
    const auto ratio = double(median(old)) / double(median(young));
    std::printf("%-24s %8.1f µs with no history, %8.1f µs with it: %.2f times\n", what,
                double(median(young)) / 1000, double(median(old)) / 1000, ratio);
    return ratio <= most;
}

} // namespace

int main(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    QLoggingCategory::setFilterRules(u"*.info=false"_s);
    const auto arguments = QCoreApplication::arguments();
    if (arguments.size() != 4) {
        std::fprintf(stderr, "usage: bench_tokens GRANTS TOKENS MOST\n");
        return 2;
    }
    Worker young;
    Worker old;
    fill(old.world, arguments.at(1).toLongLong(), arguments.at(2).toLongLong());

    Nanoseconds refreshes[2];
    Nanoseconds firsts[2];
    Nanoseconds verifies[2];
    for (int round = 0; round < kRounds; ++round) {
        int which = 0;
        for (auto *worker : {&young, &old}) {
            refreshes[which].push_back(worker->timeRefresh());
            firsts[which].push_back(worker->timeFirstVerify());
            verifies[which].push_back(worker->timeVerifies(kVerifiesInRound));
            ++which;
        }
    }
    const auto most = arguments.at(3).toDouble();
    const bool fine[]{compare("POST /token, refresh", refreshes[0], refreshes[1], most),
                      compare("verify, first time", firsts[0], firsts[1], most),
                      compare("verify, remembered", verifies[0], verifies[1], most)};
    return std::all_of(std::begin(fine), std::end(fine), [](bool one) { return one; }) ? 0 : 1;
}
