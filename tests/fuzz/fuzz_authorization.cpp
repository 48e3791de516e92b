// SPDX-License-Identifier: GPL-3.0-or-later
// Authorization headers: bearer tokens and Basic credentials.
#include "fuzz_target.h"

#include <oauth/authorization_header.h>

#include <algorithm>

using namespace gatehouse;

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const auto input = fuzz::inputOf(data, size);
    const auto token = oauth::bearerToken(input);
    const auto basic = oauth::basicCredentials(input);
    fuzz::require(!token || !basic, "a header has one scheme");
    fuzz::require(!basic || oauth::isBasic(input), "Basic credentials are Basic");
    if (token) {
        fuzz::require(input.contains(*token), "a token is taken as it stands");
        fuzz::require(std::all_of(token->begin(), token->end(),
                                  [](char c) { return c > 0x20 && c < 0x7f && c != ','; }),
                      "RFC 6750 §2.1: of what a token may be made");
        fuzz::require(token->isEmpty() || oauth::bearerToken("Bearer " + *token) == *token,
                      "a token can be sent again");
    }
    if (basic) {
        fuzz::require(!basic->user.isEmpty(), "RFC 6749 §2.3.1: a client has a name");
        const auto user = basic->user.toUtf8().toPercentEncoding();
        const auto pair = user + ':' + basic->password.toPercentEncoding();
        const auto again = oauth::basicCredentials("Basic " + pair.toBase64());
        fuzz::require(again && again->user == basic->user && again->password == basic->password,
                      "credentials can be sent again");
    }
    return 0;
}
