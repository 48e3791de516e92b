// SPDX-License-Identifier: GPL-3.0-or-later
#include <http/http_message.h>

#include <base/json.h>

#include <algorithm>

namespace gatehouse::http {

using namespace Qt::StringLiterals;

namespace {

HttpResponse withBody(int status, const QByteArray &type, const QByteArray &body)
{
    HttpResponse response{status, {}, body};
    response.headers.append("Content-Type"_ba, type);
    response.headers.append("Cache-Control"_ba, "no-store"_ba);
    response.headers.append("X-Content-Type-Options"_ba, "nosniff"_ba);
    return response;
}

} // namespace

bool sameToken(QByteArrayView a, QByteArrayView b)
{
    return a.size() == b.size() && a.compare(b, Qt::CaseInsensitive) == 0;
}

void Headers::append(const QByteArray &name, const QByteArray &value)
{
    m_fields.append({name, value});
}

void Headers::set(const QByteArray &name, const QByteArray &value)
{
    remove(name);
    append(name, value);
}

void Headers::remove(QByteArrayView name)
{
    m_fields.removeIf([&](const auto &field) { return sameToken(field.first, name); });
}

QByteArray Headers::value(QByteArrayView name) const
{
    for (const auto &[fieldName, fieldValue] : m_fields) {
        if (sameToken(fieldName, name))
            return fieldValue;
    }
    return {};
}

int Headers::count(QByteArrayView name) const
{
    return int(std::count_if(m_fields.begin(), m_fields.end(),
                             [&](const auto &field) { return sameToken(field.first, name); }));
}

HttpResponse HttpResponse::json(int status, const QJsonObject &object)
{
    return jsonText(status, toCompactJson(object));
}

HttpResponse HttpResponse::jsonText(int status, const QByteArray &json)
{
    return withBody(status, "application/json"_ba, json);
}

HttpResponse HttpResponse::text(int status, const QByteArray &plainText)
{
    return withBody(status, "text/plain; charset=utf-8", plainText);
}

HttpResponse HttpResponse::page(int status, const QByteArray &html)
{
    auto response = withBody(status, "text/html; charset=utf-8", html);
    // No form-action here: Chromium applies it to redirects after a form as well, which would stop
    // the way back to the client. Forms post to our own pages, which is what base-uri protects.
    response.headers.append("Content-Security-Policy",
                            "default-src 'none'; style-src 'self'; img-src 'self'; "
                            "script-src 'self'; connect-src 'self'; base-uri 'none'; "
                            "frame-ancestors 'none'");
    response.headers.append("X-Frame-Options", "DENY");
    response.headers.append("Referrer-Policy", "no-referrer");
    response.headers.append("Cross-Origin-Opener-Policy", "same-origin");
    return response;
}

HttpResponse HttpResponse::redirect(int status, const QUrl &location)
{
    HttpResponse response{status};
    response.headers.append("Location", location.toEncoded(QUrl::FullyEncoded));
    response.headers.append("Cache-Control", "no-store");
    response.headers.append("Referrer-Policy", "no-referrer");
    return response;
}

HttpResponse HttpResponse::empty(int status)
{
    HttpResponse response{status};
    response.headers.append("Cache-Control", "no-store");
    return response;
}

} // namespace gatehouse::http
