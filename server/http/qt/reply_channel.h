// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <http/reply.h>

#include <QPointer>

namespace gatehouse::http {

class GuardedSocket;

/// The way from a Reply back to its connection. Lives inside the Reply; the connection may be gone
/// long before, and then everything here does nothing.
class ReplyChannel final : public Reply::Channel {
public:
    explicit ReplyChannel(GuardedSocket *socket);

    void send(const HttpResponse &) override;
    [[nodiscard]] std::unique_ptr<Stream> beginStream(const HttpResponse &head) override;
    void whenClientLeaves(QObject *context, std::function<void()> then) override;

private:
    QPointer<GuardedSocket> m_socket;
};

} // namespace gatehouse::http
