// SPDX-License-Identifier: GPL-3.0-or-later
// A client's description of itself on the web, and the address it is read at: "ADDRESS\nDOCUMENT".
#include "fuzz_target.h"

#include <oauth/client_metadata_document.h>
#include <oauth/redirect_uri.h>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace gatehouse;

namespace {

void checkAddress(const ClientId &id)
{
    const auto address = oauth::parseDocumentAddress(id);
    if (!address)
        return;
    fuzz::require(oauth::isWebAddress(id), "only a web address is read");
    fuzz::require(address->scheme() == "https"_L1, "CIMD §3: https");
    fuzz::require(address->userInfo().isEmpty() && !address->hasFragment(),
                  "CIMD §3: no user and no fragment");
    fuzz::require(!address->host().isEmpty() && !address->path().isEmpty(),
                  "CIMD §3: a host and a path");
    fuzz::require(!address->host().endsWith("localhost"_L1), "nothing on this computer is read");
}

} // namespace

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const auto input = fuzz::inputOf(data, size);
    const auto end = input.indexOf('\n');
    const ClientId id(QString::fromUtf8(end < 0 ? input : input.left(end)));
    checkAddress(id);
    const auto client = oauth::parseClientDocument(id, end < 0 ? QByteArray() : input.mid(end + 1));
    if (!client)
        return 0;
    fuzz::require(client->id == id, "CIMD §4.1: it says its own address");
    fuzz::require(client->kind == store::ClientKind::MetadataDocument, "it is no registration");
    fuzz::require(client->authMethod == "none"_L1 && client->secretHash.isEmpty(),
                  "CIMD §4.1: it has no secret");
    fuzz::require(!client->redirectUris.isEmpty()
                      && std::all_of(client->redirectUris.begin(), client->redirectUris.end(),
                                     [](const QString &uri) {
                                         return oauth::checkRegisteredRedirectUri(uri).has_value();
                                     }),
                  "every redirect URI is checked");
    return 0;
}
