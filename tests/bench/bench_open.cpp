// SPDX-License-Identifier: GPL-3.0-or-later
// What a long activity costs at the start: a new database and one with many rows are opened in
// turn, so that a noisy machine is noisy to both.
//   bench_open ROWS MOST    fails when the median grows by more than the factor MOST
#include <store/database.h>
#include <store/query.h>

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QTemporaryDir>

#include <algorithm>
#include <cstdio>

using namespace gatehouse;
using namespace Qt::StringLiterals;

namespace {

constexpr int kRounds = 25;

std::unique_ptr<store::Database> open(const QString &path)
{
    auto database = store::Database::open(path);
    if (!database)
        qFatal("%s", qUtf8Printable(database.error().message));
    return std::move(*database);
}

qint64 timeOpen(const QString &path)
{
    QElapsedTimer timer;
    timer.start();
    const auto database = open(path);
    return timer.nsecsElapsed();
}

void fill(const QString &path, qint64 rows)
{
    const auto database = open(path);
    const auto done = store::runOnly(
        *database,
        u"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
        "INSERT INTO activity (at, access_grant, client_name, kind, what, outcome, duration_ms) "
        "SELECT i, 'grant ' || (i % 500), 'Old', 'call', 'list-todos', 'ok', 1 FROM n"_s,
        {store::toColumn(rows)});
    if (!done)
        qFatal("%s", qUtf8Printable(done.error().detail));
}

double median(std::vector<qint64> times)
{
    const auto middle = times.begin() + qsizetype(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    return double(*middle);
}

} // namespace

int main(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    const auto arguments = QCoreApplication::arguments();
    if (arguments.size() != 3) {
        std::fprintf(stderr, "usage: bench_open ROWS MOST\n");
        return 2;
    }
    const QTemporaryDir directory;
    const auto young = directory.filePath(u"young.db"_s);
    const auto old = directory.filePath(u"old.db"_s);
    fill(young, 1);
    fill(old, arguments.at(1).toLongLong());
    std::vector<qint64> youngTimes;
    std::vector<qint64> oldTimes;
    for (int round = 0; round < kRounds; ++round) {
        youngTimes.push_back(timeOpen(young));
        oldTimes.push_back(timeOpen(old));
    }
    const auto ratio = median(oldTimes) / median(youngTimes);
    std::printf("open: %.1f ms with no activity, %.1f ms with much: %.2f times\n",
                median(youngTimes) / 1e6, median(oldTimes) / 1e6, ratio);
    return ratio <= arguments.at(2).toDouble() ? 0 : 1;
}
