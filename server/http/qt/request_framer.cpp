// SPDX-License-Identifier: GPL-3.0-or-later
#include <http/qt/request_framer.h>

#include <algorithm>
#include <array>
#include <optional>

namespace gatehouse::http {

namespace {

/// Far more than any browser sends; keeps thousands of empty fields from costing megabytes.
constexpr int kMaxFields = 256;
/// The longest decimal number that surely fits.
constexpr qsizetype kMaxLengthDigits = 18;
/// Cookies ignore ports: what any page on localhost ever set is sent here as well.
constexpr auto kHeadTooLarge =
    "The header of this request is too large. Browsers send the cookies of every page on "
    "localhost to Gatehouse too: please clear the cookies and site data of localhost (and of "
    "127.0.0.1) in the browser, then try again.\n";

constexpr auto makeTokenTable()
{
    std::array<bool, 256> table{};
    for (char c = '0'; c <= '9'; ++c)
        table[uchar(c)] = true;
    for (char c = 'a'; c <= 'z'; ++c)
        table[uchar(c)] = true;
    for (char c = 'A'; c <= 'Z'; ++c)
        table[uchar(c)] = true;
    for (const char c :
         {'!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~'})
        table[uchar(c)] = true;
    return table;
}

constexpr auto kTokenCharacters = makeTokenTable();

bool isTokenCharacter(char c)
{
    return kTokenCharacters[uchar(c)];
}

Refusal malformed(const QByteArray &text)
{
    return {400, text};
}

QByteArrayView trimmedField(QByteArrayView value)
{
    const auto isBlank = [](char c) { return c == ' ' || c == '\t'; };
    while (!value.isEmpty() && isBlank(value.front()))
        value = value.sliced(1);
    while (!value.isEmpty() && isBlank(value.back()))
        value.chop(1);
    return value;
}

/// Calls `use` with every element of a comma-separated field.
template <typename Use>
void forEachElement(QByteArrayView list, Use use)
{
    for (;;) {
        const auto comma = list.indexOf(',');
        use(trimmedField(comma < 0 ? list : list.first(comma)));
        if (comma < 0)
            return;
        list = list.sliced(comma + 1);
    }
}

std::optional<Refusal> readTarget(QByteArrayView target, RequestHead &head)
{
    if (head.method == "OPTIONS" && target == "*") {
        head.path = "*";
        return std::nullopt;
    }
    // RFC 9112 §3.2: this is no proxy, so only the origin form names something here.
    const bool isOriginForm = target.startsWith('/')
        && std::all_of(target.begin(), target.end(),
                       [](char c) { return c > ' ' && c < 0x7f && c != '#'; });
    if (!isOriginForm)
        return malformed("The address in the request line is not a path on this server.\n");
    const auto question = target.indexOf('?');
    head.path = (question < 0 ? target : target.first(question)).toByteArray();
    if (question >= 0)
        head.query = target.sliced(question + 1).toByteArray();
    return std::nullopt;
}

std::optional<Refusal> readVersion(QByteArrayView version, RequestHead &head)
{
    const auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
    const bool isVersion = version.size() == 8 && version.startsWith("HTTP/") && isDigit(version[5])
        && version[6] == '.' && isDigit(version[7]);
    if (!isVersion)
        return malformed("The request line is malformed.\n");
    if (version[5] != '1' || version[7] > '1')
        return Refusal{505, "Gatehouse speaks HTTP/1.0 and HTTP/1.1.\n"};
    head.isHttp10 = version[7] == '0';
    head.keepAlive = !head.isHttp10;
    return std::nullopt;
}

std::optional<Refusal> readRequestLine(QByteArrayView line, RequestHead &head)
{
    const auto first = line.indexOf(' ');
    const auto last = line.lastIndexOf(' ');
    if (first <= 0 || last == first || !isToken(line.first(first)))
        return malformed("The request line is malformed.\n");
    head.method = line.first(first).toByteArray();
    if (auto refusal = readVersion(line.sliced(last + 1), head))
        return refusal;
    return readTarget(line.sliced(first + 1, last - first - 1), head);
}

/// What the fields say about the request as a whole, collected while they are read.
struct Framing {
    int hosts = 0;
    int lengths = 0;
    int authorizations = 0;
    bool isTransferEncoded = false;
    bool wantsClose = false;
    bool wantsKeepAlive = false;
};

std::optional<Refusal> readLength(QByteArrayView value, RequestHead &head)
{
    const bool isDecimal = !value.isEmpty() && value.size() <= kMaxLengthDigits
        && std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!isDecimal)
        return malformed("The Content-Length is not one decimal number.\n");
    head.contentLength = value.toLongLong();
    return std::nullopt;
}

std::optional<Refusal> noteField(QByteArrayView name, QByteArrayView value, RequestHead &head,
                                 Framing &framing)
{
    if (sameToken(name, "host")) {
        ++framing.hosts;
    } else if (sameToken(name, "authorization")) {
        ++framing.authorizations;
    } else if (sameToken(name, "transfer-encoding")) {
        framing.isTransferEncoded = true;
    } else if (sameToken(name, "content-length")) {
        ++framing.lengths;
        return readLength(value, head);
    } else if (sameToken(name, "expect")) {
        if (!sameToken(value, "100-continue"))
            return Refusal{417, "Gatehouse does not know this Expect.\n"};
        head.expectsContinue = !head.isHttp10;
    } else if (sameToken(name, "connection")) {
        forEachElement(value, [&](QByteArrayView option) {
            framing.wantsClose = framing.wantsClose || sameToken(option, "close");
            framing.wantsKeepAlive = framing.wantsKeepAlive || sameToken(option, "keep-alive");
        });
    }
    return std::nullopt;
}

std::optional<Refusal> readField(QByteArrayView line, RequestHead &head, Framing &framing)
{
    // RFC 9112 §5.1 and §5.2: no blank before the colon, no continued lines.
    const auto colon = line.indexOf(':');
    if (colon <= 0 || !isToken(line.first(colon)))
        return malformed("A header field is malformed.\n");
    const auto name = line.first(colon);
    const auto value = trimmedField(line.sliced(colon + 1));
    if (!isFieldValue(value))
        return malformed("A header field contains control characters.\n");
    if (head.headers.fields().size() >= kMaxFields)
        return Refusal{431, "The request has too many header fields.\n"};
    head.headers.append(name.toByteArray(), value.toByteArray());
    return noteField(name, value, head, framing);
}

std::optional<Refusal> checkFraming(const Framing &framing, RequestHead &head)
{
    // RFC 9112 §6.1: both at once is how requests are smuggled past a second parser.
    if (framing.lengths > 1 || (framing.lengths == 1 && framing.isTransferEncoded))
        return malformed("The request gives its length more than once.\n");
    if (framing.isTransferEncoded)
        return Refusal{411,
                       "Gatehouse takes no transfer-encoded (chunked) requests. Please send "
                       "the body with a Content-Length.\n"};
    // RFC 9112 §3.2: HTTP/1.1 needs exactly one Host.
    if (framing.hosts > 1 || (framing.hosts == 0 && !head.isHttp10))
        return malformed("The request needs exactly one Host.\n");
    if (framing.authorizations > 1)
        return malformed("The request carries more than one Authorization.\n");
    head.keepAlive = !framing.wantsClose && (!head.isHttp10 || framing.wantsKeepAlive);
    return std::nullopt;
}

/// `text` is the head without its last, empty line.
RequestFramer::Outcome parse(QByteArrayView text)
{
    RequestHead head;
    Framing framing;
    bool isFirst = true;
    while (!text.isEmpty()) {
        const auto end = text.indexOf("\r\n");
        const auto line = text.first(end);
        const auto refusal = isFirst ? readRequestLine(line, head) : readField(line, head, framing);
        if (refusal)
            return *refusal;
        isFirst = false;
        text = text.sliced(end + 2);
    }
    if (const auto refusal = checkFraming(framing, head))
        return *refusal;
    return head;
}

/// RFC 9112 §2.2: empty lines in front of a request line are skipped.
qsizetype leadingEmptyLines(QByteArrayView bytes)
{
    qsizetype length = 0;
    while (bytes.sliced(length).startsWith("\r\n"))
        length += 2;
    return length;
}

} // namespace

bool isToken(QByteArrayView text)
{
    return !text.isEmpty() && std::all_of(text.begin(), text.end(), &isTokenCharacter);
}

bool isFieldValue(QByteArrayView value)
{
    return std::all_of(value.begin(), value.end(),
                       [](char c) { return c == '\t' || (uchar(c) >= 0x20 && c != 0x7f); });
}

RequestFramer::Outcome RequestFramer::readHead(const QByteArray &bytes)
{
    const auto start = leadingEmptyLines(bytes);
    // Something that is no HTTP at all (TLS, for one) must not wait for a line that never ends.
    if (start < bytes.size() && bytes.at(start) != '\r' && !isTokenCharacter(bytes.at(start)))
        return malformed("This is not an HTTP request. Gatehouse speaks plain HTTP.\n");

    for (auto lineEnd = bytes.indexOf('\n', std::max(start, m_scanned)); lineEnd >= 0;
         lineEnd = bytes.indexOf('\n', lineEnd + 1)) {
        if (lineEnd == 0 || bytes.at(lineEnd - 1) != '\r')
            return malformed("A line of the request ends without a carriage return.\n");
        const bool isEmptyLine = lineEnd >= start + 3 && bytes.at(lineEnd - 2) == '\n';
        if (!isEmptyLine)
            continue;
        m_scanned = 0;
        const auto length = lineEnd + 1;
        if (length > m_maxHeadBytes)
            break;
        auto outcome = parse(QByteArrayView(bytes).sliced(start, length - 2 - start));
        if (auto *head = std::get_if<RequestHead>(&outcome))
            head->length = length;
        return outcome;
    }
    if (bytes.size() > m_maxHeadBytes)
        return Refusal{431, kHeadTooLarge};
    m_scanned = bytes.size();
    return NeedMore{};
}

} // namespace gatehouse::http
