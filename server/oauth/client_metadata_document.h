// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/ids.h>
#include <base/result.h>
#include <store/records.h>

#include <QUrl>

/// The rules of OAuth Client ID Metadata Documents
/// (draft-ietf-oauth-client-id-metadata-document-01, "CIMD" in comments): a client whose ID is the
/// address of a document that describes it. Pure functions; ClientResolver puts them together with
/// the network.
namespace gatehouse::oauth {

/// Whether an ID is meant as a web address, acceptable or not. IDs that are given out here never
/// look like one (CIMD §6.9).
[[nodiscard]] bool isWebAddress(const ClientId &id);

/// The address to read (CIMD §3): https, a host name, a path without dot segments, no user and no
/// fragment. The error is a sentence for the person.
[[nodiscard]] Result<QUrl> parseDocumentAddress(const ClientId &id);

/// What the document at the address `id` says: a client of the kind MetadataDocument, without times
/// (CIMD §4.1, MCP 2025-11-25 "Client ID Metadata Documents"). The error says which rule it breaks.
[[nodiscard]] Result<store::Client> parseClientDocument(const ClientId &id, const QByteArray &body);

/// The host that vouches for what the client says of itself, as ASCII, with its port unless that is
/// 443; empty for every other kind of client.
[[nodiscard]] QString documentHost(const store::Client &client);
[[nodiscard]] QString documentHost(const std::optional<store::Client> &client);

} // namespace gatehouse::oauth
