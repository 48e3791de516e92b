// SPDX-License-Identifier: GPL-3.0-or-later
// Redirect URIs: the first line is registered, the second asked for.
#include "fuzz_target.h"

#include <oauth/redirect_uri.h>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;
using namespace gatehouse;

namespace {

/// What a browser takes for the scheme (WHATWG URL §4.4): spaces and controls around do not count,
/// tabs and line ends nowhere, nor does case.
QByteArray schemeForBrowsers(const QByteArray &uri)
{
    QByteArray rest;
    for (const char c : uri) {
        if (c == '\t' || c == '\n' || c == '\r' || (rest.isEmpty() && uchar(c) <= 0x20))
            continue;
        rest += c;
    }
    return rest.left(std::max<qsizetype>(rest.indexOf(':'), 0)).toLower();
}

/// Where a browser goes: after the slashes, of which it takes backslashes for some, to the first
/// that ends it; past the last "@"; without the port.
QByteArray hostForBrowsers(const QByteArray &uri)
{
    auto rest = uri.mid(uri.indexOf(':') + 1);
    rest.replace('\\', '/');
    while (rest.startsWith('/'))
        rest.remove(0, 1);
    const auto end = std::find_if(rest.begin(), rest.end(),
                                  [](char c) { return c == '/' || c == '?' || c == '#'; });
    rest.truncate(end - rest.begin());
    rest = rest.mid(rest.lastIndexOf('@') + 1);
    const auto colon = rest.lastIndexOf(':');
    if (colon > rest.lastIndexOf(']'))
        rest.truncate(colon);
    return rest.toLower();
}

/// Whether one of %00 to %1F, or %7F, stands in it.
bool hasEncodedControl(const QByteArray &uri)
{
    for (auto at = uri.indexOf('%'); at >= 0; at = uri.indexOf('%', at + 1)) {
        const auto digits = uri.mid(at + 1, 2).toLower();
        const auto byte = QByteArray::fromHex(digits); // which skips what is no digit
        if (byte.size() == 1 && byte.toHex() == digits
            && (uchar(byte[0]) < 0x20 || byte[0] == 0x7f))
            return true;
    }
    return false;
}

constexpr std::array<QByteArrayView, 3> kLoopback{"localhost", "127.0.0.1", "[::1]"};
constexpr std::array<QByteArrayView, 9> kDangerous{
    "javascript", "data", "vbscript", "file", "blob", "about", "filesystem", "view-source", ""};

template <size_t N>
bool isOneOf(const std::array<QByteArrayView, N> &list, QByteArrayView text)
{
    return std::find(list.begin(), list.end(), text) != list.end();
}

/// Without the port, when it is http on loopback.
QByteArray withoutPort(const QByteArray &uri)
{
    const QByteArray scheme("http://");
    if (!uri.startsWith(scheme))
        return {};
    const auto host = hostForBrowsers(uri);
    auto rest = uri.mid(scheme.size() + host.size());
    if (!isOneOf(kLoopback, host) || !uri.mid(scheme.size()).startsWith(host))
        return {};
    if (rest.startsWith(':')) {
        const auto end =
            std::find_if(rest.begin() + 1, rest.end(), [](char c) { return c < '0' || c > '9'; });
        rest.remove(0, end - rest.begin());
    }
    return scheme + host + rest;
}

void checkAccepted(const QByteArray &uri)
{
    const auto scheme = schemeForBrowsers(uri);
    fuzz::require(!isOneOf(kDangerous, scheme), "no scheme that runs or shows what it carries");
    fuzz::require(!scheme.startsWith("ms-"), "no scheme of Windows' own parts");
    const auto host = hostForBrowsers(uri);
    fuzz::require(scheme != "http" || isOneOf(kLoopback, host), "http stays on this computer");
    fuzz::require(scheme != "https" || !host.isEmpty(), "https goes somewhere");
    fuzz::require(!uri.contains('#'), "RFC 6749 §3.1.2: no fragment");
    fuzz::require(!hasEncodedControl(uri), "nothing decodes to a control character");
    const auto text = QString::fromLatin1(uri);
    fuzz::require(oauth::matchesRegistered(text, {text}), "what is registered may be asked for");
    fuzz::require(!oauth::describeRedirectTarget(text).isEmpty(), "there are words for it");
}

} // namespace

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const auto input = fuzz::inputOf(data, size);
    const auto lineEnd = input.indexOf('\n');
    const auto registered = lineEnd < 0 ? input : input.left(lineEnd);
    const auto asked = lineEnd < 0 ? input : input.mid(lineEnd + 1);

    // As they come out of JSON and forms: any text.
    const auto registeredText = QString::fromUtf8(registered);
    const auto askedText = QString::fromUtf8(asked);
    if (!oauth::checkRegisteredRedirectUri(registeredText))
        return 0;
    checkAccepted(registered);
    if (!oauth::matchesRegistered(askedText, {registeredText}))
        return 0;
    fuzz::require(oauth::checkRegisteredRedirectUri(askedText).has_value(),
                  "whatever may be asked for might be registered");
    checkAccepted(asked);
    fuzz::require(
        asked == registered
            || (!withoutPort(asked).isEmpty() && withoutPort(asked) == withoutPort(registered)),
        "RFC 8252 §7.3: only the port of a loopback address may differ");
    return 0;
}
