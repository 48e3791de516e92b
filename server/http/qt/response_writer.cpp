// SPDX-License-Identifier: GPL-3.0-or-later
#include <http/qt/response_writer.h>

#include <http/qt/request_framer.h>

#include <QDateTime>
#include <QLocale>

#include <algorithm>
#include <array>
#include <string_view>

namespace gatehouse::http {

using namespace Qt::StringLiterals;

namespace {

/// Room for the status line and the fields that are ours.
constexpr qsizetype kUsualHeadSize = 256;

struct Reason {
    int status;
    std::string_view text;
};

/// RFC 9110 §15 and RFC 6585; any other status goes out without a phrase.
constexpr std::array kReasons{
    Reason{200, "OK"},
    Reason{201, "Created"},
    Reason{202, "Accepted"},
    Reason{204, "No Content"},
    Reason{301, "Moved Permanently"},
    Reason{302, "Found"},
    Reason{303, "See Other"},
    Reason{304, "Not Modified"},
    Reason{307, "Temporary Redirect"},
    Reason{308, "Permanent Redirect"},
    Reason{400, "Bad Request"},
    Reason{401, "Unauthorized"},
    Reason{403, "Forbidden"},
    Reason{404, "Not Found"},
    Reason{405, "Method Not Allowed"},
    Reason{406, "Not Acceptable"},
    Reason{408, "Request Timeout"},
    Reason{409, "Conflict"},
    Reason{410, "Gone"},
    Reason{411, "Length Required"},
    Reason{413, "Content Too Large"},
    Reason{415, "Unsupported Media Type"},
    Reason{417, "Expectation Failed"},
    Reason{421, "Misdirected Request"},
    Reason{422, "Unprocessable Content"},
    Reason{429, "Too Many Requests"},
    Reason{431, "Request Header Fields Too Large"},
    Reason{500, "Internal Server Error"},
    Reason{501, "Not Implemented"},
    Reason{502, "Bad Gateway"},
    Reason{503, "Service Unavailable"},
    Reason{504, "Gateway Timeout"},
    Reason{505, "HTTP Version Not Supported"},
};

std::string_view reasonOf(int status)
{
    const auto known = std::find_if(kReasons.begin(), kReasons.end(),
                                    [status](const Reason &r) { return r.status == status; });
    return known == kReasons.end() ? std::string_view() : known->text;
}

/// Fields that describe the connection or the length, which no handler knows.
bool isOurs(const QByteArray &name)
{
    static constexpr std::array<QByteArrayView, 5> kOurs{"content-length", "transfer-encoding",
                                                         "connection", "keep-alive", "date"};
    return std::any_of(kOurs.begin(), kOurs.end(),
                       [&](QByteArrayView ours) { return sameToken(name, ours); });
}

/// RFC 9110 §6.4.1: these answers end with their head.
bool hasNoBody(int status)
{
    return status == 204 || status == 304;
}

/// Piece by piece: a sum of strings is a new one for each plus sign.
void appendField(QByteArray &bytes, QByteArrayView name, QByteArrayView value)
{
    bytes.append(name);
    bytes += ": ";
    bytes.append(value);
    bytes += "\r\n";
}

void appendConnection(QByteArray &bytes, AnswerForm form)
{
    if (!form.keepAlive)
        bytes += "Connection: close\r\n";
    else if (form.isHttp10)
        bytes += "Connection: keep-alive\r\n";
    bytes += "\r\n";
}

} // namespace

bool ResponseWriter::isSendable(const HttpResponse &response)
{
    const auto &fields = response.headers.fields();
    return response.status >= 200 && response.status <= 599
        && std::all_of(fields.begin(), fields.end(), [](const auto &field) {
               return isToken(field.first) && isFieldValue(field.second);
           });
}

QByteArray ResponseWriter::answer(const HttpResponse &response, AnswerForm form)
{
    const bool sendsBody = !form.isHead && !hasNoBody(response.status);
    auto bytes = head(response, sendsBody ? response.body.size() : 0);
    if (!hasNoBody(response.status))
        appendField(bytes, "Content-Length", QByteArray::number(response.body.size()));
    appendConnection(bytes, form);
    if (sendsBody)
        bytes += response.body;
    return bytes;
}

QByteArray ResponseWriter::beginStream(const HttpResponse &response, AnswerForm form)
{
    auto bytes = head(response, response.body.size());
    form.keepAlive = false;
    appendConnection(bytes, form);
    if (!form.isHead)
        bytes += response.body;
    return bytes;
}

QByteArray ResponseWriter::head(const HttpResponse &response, qsizetype bodySize)
{
    const auto &fields = response.headers.fields();
    qsizetype size = kUsualHeadSize + bodySize;
    for (const auto &[name, value] : fields)
        size += name.size() + value.size() + 4;

    QByteArray bytes;
    bytes.reserve(size);
    bytes += "HTTP/1.1 ";
    bytes += QByteArray::number(response.status);
    bytes += ' ';
    const auto reason = reasonOf(response.status);
    bytes.append(reason.data(), qsizetype(reason.size()));
    bytes += "\r\n";
    appendField(bytes, "Date", date());
    bool saysNosniff = false;
    for (const auto &[name, value] : fields) {
        if (isOurs(name))
            continue;
        appendField(bytes, name, value);
        saysNosniff = saysNosniff || sameToken(name, "X-Content-Type-Options");
    }
    if (!saysNosniff)
        appendField(bytes, "X-Content-Type-Options", "nosniff");
    return bytes;
}

/// RFC 9110 §6.6.1 and §5.6.7; spelled out once a second, because that costs more than an answer.
const QByteArray &ResponseWriter::date()
{
    const auto second = QDateTime::currentSecsSinceEpoch();
    if (second != m_dateSecond) {
        m_dateSecond = second;
        m_date = QLocale::c()
                     .toString(QDateTime::fromSecsSinceEpoch(second).toUTC(),
                               u"ddd, dd MMM yyyy hh:mm:ss 'GMT'"_s)
                     .toLatin1();
    }
    return m_date;
}

} // namespace gatehouse::http
