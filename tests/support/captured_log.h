// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLoggingCategory>
#include <QString>

namespace gatehouse::tests {

/// While it lives, every log message of every category (ours down to debug) is kept instead of
/// shown. One at a time.
class CapturedLog {
public:
    CapturedLog()
    {
        text().clear();
        m_handler = qInstallMessageHandler(
            [](QtMsgType, const QMessageLogContext &, const QString &message) {
                text() += message + QLatin1Char('\n');
            });
        m_filter = QLoggingCategory::installFilter([](QLoggingCategory *category) {
            for (const auto type : {QtDebugMsg, QtInfoMsg, QtWarningMsg})
                category->setEnabled(type, true);
        });
    }
    ~CapturedLog()
    {
        QLoggingCategory::installFilter(m_filter);
        qInstallMessageHandler(m_handler);
    }
    CapturedLog(const CapturedLog &) = delete;
    CapturedLog &operator=(const CapturedLog &) = delete;

    [[nodiscard]] bool contains(const QString &what) const { return text().contains(what); }

private:
    static QString &text()
    {
        static QString messages;
        return messages;
    }

    QtMessageHandler m_handler = nullptr;
    QLoggingCategory::CategoryFilter m_filter = nullptr;
};

} // namespace gatehouse::tests
