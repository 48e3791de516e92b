// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/platform/process_info.h>

#include <QByteArray>
#include <QHash>
#include <QJsonObject>
#include <QList>
#include <QUrl>

#include <any>
#include <optional>
#include <utility>

namespace gatehouse::http {

/// Whether two tokens are the same where their case means nothing: names of fields (RFC 9110 §5.1),
/// options of Connection (§7.6.1), expectations (§10.1.1), media types (§8.3.1).
[[nodiscard]] bool sameToken(QByteArrayView a, QByteArrayView b);

/// Header fields in their order; names compare without case (RFC 9110 §5.1).
class Headers {
public:
    void append(const QByteArray &name, const QByteArray &value);
    void set(const QByteArray &name, const QByteArray &value);
    void remove(QByteArrayView name);
    /// The first field of this name, or an empty array.
    [[nodiscard]] QByteArray value(QByteArrayView name) const;
    [[nodiscard]] int count(QByteArrayView name) const;
    [[nodiscard]] bool contains(QByteArrayView name) const { return count(name) > 0; }
    [[nodiscard]] const QList<std::pair<QByteArray, QByteArray>> &fields() const
    {
        return m_fields;
    }

private:
    QList<std::pair<QByteArray, QByteArray>> m_fields;
};

/// One request as a value: a copy that is safe to keep after the connection is gone.
struct HttpRequest {
    QByteArray method;
    QByteArray path; ///< percent-encoded as sent, without the query
    QByteArray query; ///< as sent, without '?'
    Headers headers;
    QByteArray body;
    /// The validated Host header, for example "localhost:8377".
    QByteArray host;
    /// Of the connection it came on.
    platform::ConnectionEnds connection;
    /// Filled by the router from "{name}" segments, percent-decoded.
    QHash<QByteArray, QString> pathParameters;
    /// What the route's guard found out about the caller (for bearer routes the access it has).
    std::any principal;

    /// The origin on which this server was called: "http://" and the validated host.
    [[nodiscard]] QByteArray ownOrigin() const { return "http://" + host; }
};

/// One answer as a value.
struct HttpResponse {
    int status = 200;
    Headers headers = {};
    QByteArray body = {};

    /// JSON with Cache-Control: no-store.
    [[nodiscard]] static HttpResponse json(int status, const QJsonObject &);
    /// The same of JSON that is written already.
    [[nodiscard]] static HttpResponse jsonText(int status, const QByteArray &json);
    [[nodiscard]] static HttpResponse text(int status, const QByteArray &plainText);
    /// A page with every security header of ours (CSP: only our own files; no framing, no
    /// referrer).
    [[nodiscard]] static HttpResponse page(int status, const QByteArray &html);
    /// Refuses nothing: the URL comes from QUrl, so it holds no line break.
    [[nodiscard]] static HttpResponse redirect(int status, const QUrl &location);
    [[nodiscard]] static HttpResponse empty(int status);

    [[nodiscard]] HttpResponse with(const QByteArray &name, const QByteArray &value) &&
    {
        headers.append(name, value);
        return std::move(*this);
    }
};

} // namespace gatehouse::http
