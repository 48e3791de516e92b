// SPDX-License-Identifier: GPL-3.0-or-later
// Client metadata, as POST /register reads them.
#include "fuzz_target.h"

#include <oauth/redirect_uri.h>
#include <oauth/registration_request.h>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace gatehouse;

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const auto request = oauth::parseRegistration(fuzz::inputOf(data, size));
    if (!request) {
        fuzz::require(request.error().status == 400, "RFC 7591 §3.2.2: an error is a 400");
        fuzz::require(request.error().code == "invalid_client_metadata"_L1
                          || request.error().code == "invalid_redirect_uri"_L1,
                      "RFC 7591 §3.2.2: and one of these");
        return 0;
    }
    const auto &uris = request->redirectUris;
    fuzz::require(!uris.isEmpty() && uris.size() <= 20, "it can be answered somewhere");
    fuzz::require(std::all_of(uris.begin(), uris.end(),
                              [](const QString &uri) {
                                  return oauth::checkRegisteredRedirectUri(uri).has_value();
                              }),
                  "every redirect URI is checked");
    const QStringList methods{u"none"_s, u"client_secret_post"_s, u"client_secret_basic"_s};
    fuzz::require(methods.contains(request->authMethod), "it authenticates as we can");
    fuzz::require(request->grantTypes.contains(u"authorization_code"_s), "it may ask");
    fuzz::require(request->name.size() <= 500, "its name has an end");
    return 0;
}
