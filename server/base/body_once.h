// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/crypto.h>

#include <QByteArray>
#include <QIODevice>

#include <algorithm>
#include <utility>

namespace gatehouse {

/// A request body that can be sent once. When a connection ends without an answer, Qt sends the
/// request again by itself; but a POST may have been done already. Takes a Content-Length header
/// and QNetworkRequest::DoNotBufferUploadDataAttribute. Lives as long as its reply.
class BodyOnce final : public QIODevice {
public:
    BodyOnce(QByteArray body, QObject *parent) : QIODevice(parent), m_body(std::move(body))
    {
        open(QIODevice::ReadOnly | QIODevice::Unbuffered);
    }
    ~BodyOnce() override { wipe(m_body); } // codes, tokens and secrets pass through
    [[nodiscard]] bool isSequential() const override { return true; }
    [[nodiscard]] bool atEnd() const override { return m_at == m_body.size(); }
    [[nodiscard]] qint64 bytesAvailable() const override { return m_body.size() - m_at; }
    bool reset() override { return false; }

protected:
    qint64 readData(char *to, qint64 most) override
    {
        const auto count = std::min(most, bytesAvailable());
        std::copy_n(m_body.constData() + m_at, count, to);
        m_at += count;
        return count;
    }
    qint64 writeData(const char *, qint64) override { return -1; }

private:
    QByteArray m_body;
    qint64 m_at = 0;
};

} // namespace gatehouse
