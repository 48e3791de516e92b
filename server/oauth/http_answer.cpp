// SPDX-License-Identifier: GPL-3.0-or-later
#include <oauth/http_answer.h>

#include <QRegularExpression>

#include <algorithm>

namespace gatehouse::oauth {

using namespace Qt::StringLiterals;

namespace {

using Body = Result<std::optional<QByteArray>, QString>;

/// What chunks may add to a body of `largest` bytes, extensions and trailers included.
constexpr qsizetype kChunkOverhead = 8 * 1024;
constexpr int kFirstFinalStatus = 200;
constexpr int kHex = 16;

QString tooLarge()
{
    return u"the body is too large"_s;
}

QString brokenOff()
{
    return u"the answer breaks off"_s;
}

bool isToken(const QByteArray &name)
{
    static constexpr QByteArrayView kOthers("!#$%&'*+-.^_`|~");
    return !name.isEmpty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
            || kOthers.contains(c);
    });
}

bool isFieldValue(const QByteArray &value)
{
    return std::all_of(value.begin(), value.end(), [](char c) {
        return c == '\t' || (static_cast<unsigned char>(c) >= ' ' && c != '\x7f');
    });
}

/// `text` has no empty line at its end.
Result<HttpHead, QString> parseOneHead(const QByteArray &text)
{
    static const QRegularExpression kStatusLine(u"\\AHTTP/1\\.[01] ([1-5]\\d\\d)(?: .*)?\\z"_s);
    auto lines = QByteArray(text).replace("\r\n", "\n").split('\n');
    const auto status = kStatusLine.match(QString::fromLatin1(lines.takeFirst()));
    if (!status.hasMatch())
        return fail(u"it is no HTTP/1.1"_s);
    HttpHead head;
    head.status = status.captured(1).toInt();
    for (const auto &line : std::as_const(lines)) {
        const auto colon = line.indexOf(':');
        if (colon < 0)
            return fail(u"a header field has no colon"_s);
        const auto name = line.left(colon);
        const auto value = line.mid(colon + 1).trimmed();
        // RFC 9112 §5.1, §5.2: no space before the colon, no folded lines.
        if (!isToken(name) || !isFieldValue(value))
            return fail(u"a header field is malformed"_s);
        head.headers.append(name, value);
    }
    return head;
}

std::optional<qsizetype> toSize(const QByteArray &text, int base)
{
    static const QRegularExpression kDigits(u"\\A[0-9A-Fa-f]{1,15}\\z"_s);
    if (!kDigits.match(QString::fromLatin1(text)).hasMatch())
        return std::nullopt;
    bool isNumber = false;
    const auto size = text.toLongLong(&isNumber, base);
    return isNumber ? std::optional<qsizetype>(size) : std::nullopt;
}

/// RFC 9112 §7.1. Trailers are read over.
Body decodeChunks(const QByteArray &bytes, qsizetype largest)
{
    QByteArray body;
    qsizetype at = 0;
    for (;;) {
        const auto end = bytes.indexOf("\r\n", at);
        if (end < 0)
            return std::optional<QByteArray>();
        const auto size = toSize(bytes.mid(at, end - at).split(';').first().trimmed(), kHex);
        if (!size)
            return fail(u"a chunk has no size"_s);
        if (body.size() + *size > largest)
            return fail(tooLarge());
        at = end + 2;
        if (*size == 0) {
            const bool isComplete =
                bytes.mid(at, 2) == "\r\n" || bytes.indexOf("\r\n\r\n", at) >= 0;
            return isComplete ? std::optional(body) : std::nullopt;
        }
        if (bytes.size() < at + *size + 2)
            return std::optional<QByteArray>();
        body += bytes.mid(at, *size);
        at += *size;
        if (bytes.mid(at, 2) != "\r\n")
            return fail(u"a chunk is longer than it says"_s);
        at += 2;
    }
}

Body cutToLength(const HttpHead &head, const QByteArray &bytes, qsizetype largest)
{
    const auto length = toSize(head.joined("content-length"), 10);
    if (!length)
        return fail(u"Content-Length makes no sense"_s);
    if (*length > largest)
        return fail(tooLarge());
    return bytes.size() < *length ? std::nullopt : std::optional(bytes.left(*length));
}

Body readToEnd(const QByteArray &bytes, bool isClosed, qsizetype largest)
{
    if (bytes.size() > largest)
        return fail(tooLarge());
    return isClosed ? std::optional(bytes) : std::nullopt;
}

} // namespace

QByteArray HttpHead::joined(QByteArrayView name) const
{
    QByteArrayList values;
    for (const auto &[field, value] : headers.fields()) {
        if (field.compare(name, Qt::CaseInsensitive) == 0)
            values.append(value);
    }
    return values.join(", ");
}

Result<std::optional<HttpHead>, QString> parseHttpHead(const QByteArray &bytes, qsizetype largest)
{
    qsizetype begin = 0;
    for (;;) {
        const auto end = bytes.indexOf("\r\n\r\n", begin);
        if (std::max(end, end < 0 ? bytes.size() : 0) > largest)
            return fail(u"the head is too large"_s);
        if (end < 0)
            return std::optional<HttpHead>();
        auto head = parseOneHead(bytes.mid(begin, end - begin));
        if (!head)
            return fail(head.error());
        begin = end + 4;
        head->size = begin;
        if (head->status >= kFirstFinalStatus)
            return std::optional(*std::move(head));
    }
}

Body parseHttpBody(const HttpHead &head, const QByteArray &bytes, bool isClosed, qsizetype largest)
{
    const bool isChunked = head.headers.contains("transfer-encoding");
    const bool hasLength = head.headers.contains("content-length");
    // RFC 9112 §6.1, §6.3: only chunked is known, and both together are an attack.
    if (isChunked && (hasLength || head.joined("transfer-encoding").toLower() != "chunked"))
        return fail(u"Transfer-Encoding is not understood"_s);
    if (bytes.size() > largest + kChunkOverhead)
        return fail(tooLarge());
    auto body = isChunked ? decodeChunks(bytes, largest)
        : hasLength       ? cutToLength(head, bytes, largest)
                          : readToEnd(bytes, isClosed, largest);
    if (body && !*body && isClosed)
        return fail(brokenOff());
    return body;
}

} // namespace gatehouse::oauth
