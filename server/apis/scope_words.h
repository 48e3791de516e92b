// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <apis/operation.h>
#include <base/result.h>

#include <QCoreApplication>
#include <QHash>
#include <QSet>

namespace gatehouse::apis {

/// What a scope lets a client do, for its mark in approvals.
enum class ScopeEffect { Reads, Changes, Deletes };

/// What scopes mean in plain words: the API's own description, else its name read by a few rules.
/// Filled once from the imported APIs; outlives its users.
class ScopeWords {
    Q_DECLARE_TR_FUNCTIONS(ScopeWords)

public:
    /// An error when another API has a scope of the same name: a person could not tell them apart.
    [[nodiscard]] Result<std::monostate> add(const ImportedApi &api);

    /// "Read your todos", one line of at most 80 characters, plain text.
    [[nodiscard]] QString scopeWords(const QString &scope) const;
    /// Deletes: only DELETE needs it; Reads: nothing but GET and HEAD; else Changes.
    [[nodiscard]] ScopeEffect effect(const QString &scope) const;
    /// Every scope that an operation needs, in the order of the APIs.
    [[nodiscard]] QStringList known() const { return m_known; }
    /// The title of the API that the scope belongs to, for grouping; empty when unknown.
    [[nodiscard]] QString apiTitle(const QString &scope) const;

private:
    struct Meaning {
        QString api;
        QString apiTitle;
        QString description;
        QSet<QByteArray> methods;
    };

    [[nodiscard]] QString byRule(const QString &scope, const Meaning &meaning) const;
    [[nodiscard]] QString writingWords(const QString &things, const Meaning &meaning) const;

    QStringList m_known;
    QHash<QString, Meaning> m_meanings;
};

} // namespace gatehouse::apis
