// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <http/http_message.h>

#include <QObject>

#include <functional>
#include <memory>
#include <vector>

namespace gatehouse::http {

/// An answer that stays open (text/event-stream). The owner writes pieces and destroys it, or calls
/// close(), to end the answer; `closed` tells once that the client has left.
class Stream : public QObject {
    Q_OBJECT

public:
    /// Queues bytes. A client that does not read is dropped once its backlog passes the limit of
    /// the gateway; `closed` follows.
    virtual void write(const QByteArray &bytes) = 0;
    /// Ends the answer after what is queued. No signal follows.
    virtual void close() = 0;
    [[nodiscard]] virtual bool isOpen() const = 0;

Q_SIGNALS:
    void closed();
};

/// The one answer to one request, now or later. Move-only; dropped without an answer it says 500.
/// Answering after the client has left does nothing.
class Reply {
public:
    /// What the gateway implements behind a reply.
    class Channel {
    public:
        virtual ~Channel() = default;
        virtual void send(const HttpResponse &) = 0;
        [[nodiscard]] virtual std::unique_ptr<Stream> beginStream(const HttpResponse &head) = 0;
        virtual void whenClientLeaves(QObject *context, std::function<void()> then) = 0;
    };

    explicit Reply(std::unique_ptr<Channel> channel);
    Reply(Reply &&) noexcept = default;
    Reply &operator=(Reply &&) noexcept;
    Reply(const Reply &) = delete;
    Reply &operator=(const Reply &) = delete;
    ~Reply();

    void send(const HttpResponse &);
    /// Sends the head (status and headers; its body is the first piece) and stays open. The stream
    /// is never null; it is closed already when the client has left.
    [[nodiscard]] std::unique_ptr<Stream> beginStream(const HttpResponse &head);
    /// Calls `then` once if the client leaves before the answer.
    void whenClientLeaves(QObject *context, std::function<void()> then);
    /// Changes the answer on its way out (a middleware adds headers). Later ones run first.
    void addFilter(std::function<void(HttpResponse &)> filter);

private:
    std::unique_ptr<Channel> m_channel;
    std::vector<std::function<void(HttpResponse &)>> m_filters;
};

/// Answers requests. Called on the server thread; must not block.
class RequestHandler {
public:
    virtual ~RequestHandler() = default;
    virtual void handle(HttpRequest request, Reply reply) = 0;
};

} // namespace gatehouse::http
