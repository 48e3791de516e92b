// SPDX-License-Identifier: GPL-3.0-or-later
#include <apis/scope_words.h>

#include <base/text.h>

#include <QRegularExpression>

namespace gatehouse::apis {

using namespace Qt::StringLiterals;

namespace {

struct Parts {
    QString verb;
    QString things;
};

/// "read:todos", "todos.read", "todos:*" and our own "api:todos:read".
Parts partsOf(const QString &scope)
{
    static const QSet<QString> verbs{u"read"_s,   u"write"_s, u"create"_s, u"update"_s,
                                     u"delete"_s, u"admin"_s, u"manage"_s, u"*"_s};
    static const QRegularExpression separators(u"[:.]"_s);
    auto parts = scope.split(separators, Qt::SkipEmptyParts);
    if (parts.size() == 3 && parts.first() == "api"_L1)
        parts.removeFirst();
    if (parts.size() != 2)
        return {};
    if (verbs.contains(parts.at(0)))
        return {parts.at(0), parts.at(1)};
    if (verbs.contains(parts.at(1)))
        return {parts.at(1), parts.at(0)};
    return {};
}

/// The first sentence of a description.
QString firstSentence(const QString &description)
{
    static const QRegularExpression end(u"[.!?](\\s|$)|\\n"_s);
    const auto text = description.trimmed();
    const auto found = end.match(text);
    return shownText(found.hasMatch() ? text.left(found.capturedStart()) : text);
}

} // namespace

Result<std::monostate> ScopeWords::add(const ImportedApi &api)
{
    for (const auto &operation : api.operations) {
        for (const auto &scope : operation.scopes) {
            auto &meaning = m_meanings[scope];
            if (!meaning.api.isEmpty() && meaning.api != api.config.name) {
                return fail(Error{u"The scope \"%1\" exists in two APIs: %2 and %3."_s.arg(
                                      scope, meaning.api, api.config.name)}
                                .withRemedy(u"Give one of the APIs scopes of its own."_s));
            }
            if (!m_known.contains(scope))
                m_known.append(scope);
            meaning.api = api.config.name;
            meaning.apiTitle = shownText(api.title);
            meaning.description = firstSentence(api.scopeDescriptions.value(scope));
            meaning.methods.insert(operation.method);
        }
    }
    return {};
}

QString ScopeWords::scopeWords(const QString &scope) const
{
    const auto meaning = m_meanings.value(scope);
    if (!meaning.description.isEmpty())
        return meaning.description;
    if (scope == "openid"_L1)
        return tr("Know which account you use");
    if (scope == "profile"_L1)
        return tr("See your name");
    if (scope == "email"_L1)
        return tr("See your email address");
    const auto words = byRule(scope, meaning);
    if (!words.isEmpty())
        return words;
    return tr("Use \"%1\". The API does not say what this means.").arg(shownText(scope));
}

ScopeEffect ScopeWords::effect(const QString &scope) const
{
    const auto methods = m_meanings.value(scope).methods;
    if (methods == QSet<QByteArray>{"DELETE"})
        return ScopeEffect::Deletes;
    const bool onlyReads =
        !methods.isEmpty() && (methods - QSet<QByteArray>{"GET", "HEAD"}).isEmpty();
    return onlyReads ? ScopeEffect::Reads : ScopeEffect::Changes;
}

QString ScopeWords::apiTitle(const QString &scope) const
{
    return m_meanings.value(scope).apiTitle;
}

QString ScopeWords::byRule(const QString &scope, const Meaning &meaning) const
{
    const auto [verb, name] = partsOf(scope);
    const auto things = shownText(name);
    if (verb == "read"_L1)
        return tr("Read your %1").arg(things);
    if (verb == "write"_L1)
        return writingWords(things, meaning);
    if (verb == "create"_L1)
        return tr("Add your %1").arg(things);
    if (verb == "update"_L1)
        return tr("Change your %1").arg(things);
    if (verb == "delete"_L1)
        return tr("Delete your %1").arg(things);
    if (!verb.isEmpty())
        return tr("Do everything with your %1").arg(things);
    return {};
}

/// Names only what the operations behind the scope can do.
QString ScopeWords::writingWords(const QString &things, const Meaning &meaning) const
{
    const auto &methods = meaning.methods;
    const bool adds = methods.contains("POST");
    const bool changes = methods.contains("PUT") || methods.contains("PATCH");
    const bool deletes = methods.contains("DELETE");
    const int which = (adds ? 1 : 0) + (changes ? 2 : 0) + (deletes ? 4 : 0);
    switch (which) {
    case 1:
        return tr("Add to your %1").arg(things);
    case 2:
        return tr("Change your %1").arg(things);
    case 3:
        return tr("Add and change your %1").arg(things);
    case 4:
        return tr("Delete your %1").arg(things);
    case 5:
        return tr("Add and delete your %1").arg(things);
    case 6:
        return tr("Change and delete your %1").arg(things);
    default:
        return tr("Add, change and delete your %1").arg(things);
    }
}

} // namespace gatehouse::apis
