// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <support/test_key.h>

#include <base/clock.h>

#include <QHash>
#include <QJsonObject>
#include <QList>
#include <QObject>
#include <QPointer>
#include <QTcpServer>
#include <QTcpSocket>
#include <QUrl>

#include <functional>

namespace gatehouse::tests {

/// An OpenID tenant on loopback that answers as a test scripts it and remembers every request. By
/// default everything succeeds.
class FakeTenant : public QObject {
    Q_OBJECT

public:
    struct Request {
        QByteArray method;
        QByteArray path;
        QByteArray head;
        QByteArray body;
        /// The form as a tenant reads it: "+" is a space, then percent sequences.
        [[nodiscard]] QString form(const QByteArray &name) const;
        /// The value of a header field; names differ in case between versions of Qt.
        [[nodiscard]] QByteArray header(const QByteArray &name) const;
        /// The same for the query of its path.
        [[nodiscard]] QString query(const QByteArray &name) const;
    };
    struct Answer {
        int status = 200;
        QByteArray body = {};
        QByteArray headers = {}; ///< complete lines
    };
    using Script = std::function<Answer(const Request &)>;

    explicit FakeTenant(const Clock &clock);

    [[nodiscard]] QString issuer() const;
    [[nodiscard]] QUrl url(const QString &path) const;
    [[nodiscard]] int count(const QByteArray &path) const;
    [[nodiscard]] Request last(const QByteArray &path) const;

    /// Claims of a correct ID token for `nonce`, and a token signed with the tenant's key.
    [[nodiscard]] QJsonObject claims() const;
    [[nodiscard]] QByteArray idToken(const QJsonObject &claims) const;
    /// The body of a correct token answer; tokens are numbered, so that each is another.
    [[nodiscard]] QJsonObject tokens();
    [[nodiscard]] static Answer json(int status, const QJsonObject &body);
    [[nodiscard]] static Answer error(int status, const QString &code);

    void setKey(const TestKey &key, const QString &kid);
    /// Answers that are held wait for release().
    void hold(const QByteArray &path) { m_held = path; }
    void release();
    void stop() { m_server.close(); }

    QString clientId = QStringLiteral("gatehouse-client");
    QString nonce;
    QJsonObject metadata;
    QJsonObject keys;
    QHash<QByteArray, Script> scripts; ///< by path, with its query or for all of them without
    QList<Request> requests;
    int issued = 0;

private:
    void onConnection();
    void onData(QTcpSocket *socket, const std::shared_ptr<QByteArray> &buffer);
    void answer(QTcpSocket *socket, const Request &request);
    [[nodiscard]] Answer standardAnswer(const Request &request);

    const Clock &m_clock;
    QTcpServer m_server;
    TestKey m_key;
    QString m_kid;
    QByteArray m_held;
    QList<std::function<void()>> m_waiting;
};

} // namespace gatehouse::tests
