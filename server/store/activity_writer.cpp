// SPDX-License-Identifier: GPL-3.0-or-later
#include <store/activity_writer.h>

#include <base/logging.h>
#include <base/thread_call.h>
#include <store/activity_store.h>
#include <store/database.h>

#include <algorithm>

namespace gatehouse::store {

using namespace Qt::StringLiterals;

namespace {

/// Who else writes waits for a transaction, so that it must be short.
constexpr qsizetype kRowsAtOnce = 250;

Result<std::monostate> appendTo(Database &database, const QList<Activity> &activities)
{
    ActivityStore store(database);
    for (qsizetype i = 0; i < activities.size(); i += kRowsAtOnce) {
        if (const auto stored = store.append(activities.mid(i, kRowsAtOnce)); !stored)
            return stored;
    }
    return std::monostate();
}

} // namespace

ActivityWriter::Desk::Desk(QString file) : path(std::move(file)) { }

ActivityWriter::Desk::~Desk() = default;

void ActivityWriter::Desk::write(const QList<Activity> &activities)
{
    if (!database) {
        auto opened = Database::openBeside(path);
        if (!opened) {
            qCWarning(lcStore) << "activity not recorded:" << opened.error().message;
            return;
        }
        database = std::move(*opened);
    }
    if (const auto stored = appendTo(*database, activities); !stored)
        qCWarning(lcStore) << "activity not recorded:" << stored.error().message;
}

ActivityWriter::ActivityWriter(const QString &path) : m_desk(path)
{
    m_thread.setObjectName(u"activity"_s);
    m_desk.moveToThread(&m_thread);
}

ActivityWriter::~ActivityWriter()
{
    if (!m_thread.isRunning())
        return;
    // The connection ends where it began.
    const auto ended = std::make_shared<std::promise<void>>();
    callOn(&m_desk, [desk = &m_desk, ended] {
        desk->database.reset();
        ended->set_value();
    });
    ended->get_future().wait();
    m_thread.quit();
    m_thread.wait();
}

void ActivityWriter::write(const QList<Activity> &activities)
{
    if (!m_thread.isRunning())
        m_thread.start();
    if (!m_thread.isRunning()) {
        qCWarning(lcStore) << "activity not recorded: this process gets no further thread";
        return;
    }
    const auto written = std::make_shared<std::promise<void>>();
    m_written = written->get_future();
    callOn(&m_desk, [desk = &m_desk, activities, written] {
        desk->write(activities);
        written->set_value();
    });
}

bool ActivityWriter::isBusy() const
{
    return m_written.valid() && m_written.wait_for(0s) != std::future_status::ready;
}

void ActivityWriter::wait() const
{
    if (m_written.valid())
        m_written.wait();
}

} // namespace gatehouse::store
