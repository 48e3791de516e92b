// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <http/reply.h>

#include <QJsonDocument>
#include <QPointer>

#include <functional>
#include <memory>
#include <optional>

namespace gatehouse::tests {

/// What came out of a Reply without a socket. Shared by the test, the reply and its stream.
struct RecordedReply {
    std::optional<http::HttpResponse> response;
    QPointer<http::Stream> stream; ///< set when the answer became a stream
    QByteArray streamed; ///< everything written to it, the head's body first
    bool isStreamEnded = false; ///< the server closed or destroyed it
    std::function<void()> leave = [] {}; ///< as if the client left before the answer

    [[nodiscard]] int status() const { return response ? response->status : 0; }
    [[nodiscard]] QJsonDocument json() const
    {
        return QJsonDocument::fromJson(response ? response->body : QByteArray());
    }
    [[nodiscard]] QByteArray header(QByteArrayView name) const
    {
        return response ? response->headers.value(name) : QByteArray();
    }
};

class RecordedStream final : public http::Stream {
public:
    explicit RecordedStream(std::shared_ptr<RecordedReply> record) : m_record(std::move(record)) { }
    ~RecordedStream() override { m_record->isStreamEnded = true; }

    void write(const QByteArray &bytes) override
    {
        if (m_open)
            m_record->streamed += bytes;
    }
    void close() override
    {
        m_open = false;
        m_record->isStreamEnded = true;
    }
    [[nodiscard]] bool isOpen() const override { return m_open; }
    /// As if the client had closed its connection.
    void leave()
    {
        m_open = false;
        Q_EMIT closed();
    }

private:
    std::shared_ptr<RecordedReply> m_record;
    bool m_open = true;
};

class RecordingChannel final : public http::Reply::Channel {
public:
    explicit RecordingChannel(std::shared_ptr<RecordedReply> record) : m_record(std::move(record))
    {
    }

    void send(const http::HttpResponse &response) override { m_record->response = response; }
    [[nodiscard]] std::unique_ptr<http::Stream> beginStream(const http::HttpResponse &head) override
    {
        m_record->response = head;
        m_record->streamed = head.body;
        auto stream = std::make_unique<RecordedStream>(m_record);
        m_record->stream = stream.get();
        return stream;
    }
    void whenClientLeaves(QObject *, std::function<void()> then) override
    {
        m_record->leave = std::move(then);
    }

private:
    std::shared_ptr<RecordedReply> m_record;
};

} // namespace gatehouse::tests
