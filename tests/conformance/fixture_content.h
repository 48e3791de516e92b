// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <mcp/features.h>

namespace gatehouse::conformance {

/// One red pixel, in Base64.
[[nodiscard]] QString pngImage();
/// A sound of no length, in Base64.
[[nodiscard]] QString wavSound();

/// Content blocks.
/// @{
[[nodiscard]] QJsonObject textBlock(const QString &text);
[[nodiscard]] QJsonObject imageBlock();
[[nodiscard]] QJsonObject soundBlock();
[[nodiscard]] QJsonObject resourceBlock(const QString &uri, const QString &mimeType,
                                        const QString &text);
/// @}

/// The object in this file of data/; ends the program when there is none.
[[nodiscard]] QJsonObject readData(const QString &fileName);
/// A schema of an object with these properties, all of them required.
[[nodiscard]] QJsonObject objectSchema(const QJsonObject &properties = {});
/// {"type": name}
[[nodiscard]] QJsonObject typed(const QString &name);

/// A listed tool without arguments.
[[nodiscard]] mcp::Tool makeTool(const QString &name, const QString &description, mcp::Run run);
/// Ends the program when it is refused: a fixture that is lacking would fail far from its cause.
void add(mcp::Features &features, mcp::Tool tool);

} // namespace gatehouse::conformance
