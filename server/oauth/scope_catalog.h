// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QStringList>

namespace gatehouse::oauth {

/// The scopes that exist over all APIs. Built once from the configuration; outlives its users.
struct ScopeCatalog {
    QStringList known; ///< every scope that an operation needs: may be asked for
    QStringList defaults; ///< advertised, and granted to a client that names none
    QHash<QString, QString> words; ///< "Read your todos"

    [[nodiscard]] QString inWords(const QString &scope) const
    {
        return words.value(
            scope, QStringLiteral("Use \"%1\". The API does not say what this means.").arg(scope));
    }
};

} // namespace gatehouse::oauth
