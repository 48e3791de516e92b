// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

#include <optional>
#include <vector>

namespace gatehouse::demo {

/// One of the made-up people of the demo: who they are at the tenant and what they start with.
struct Person {
    QString key; ///< what the sign-in page posts
    QString subject; ///< the tenant's `sub`, in Auth0's form
    QString name;
    QString givenName;
    QString email;
    QStringList permissions; ///< what the Todos API may be asked for on their behalf
    QStringList todos; ///< titles of the sample todos
};

/// Everyone, in the order of the sign-in page.
[[nodiscard]] std::vector<Person> samplePeople();
[[nodiscard]] std::optional<Person> personByKey(const QString &key);
[[nodiscard]] std::optional<Person> personBySubject(const QString &subject);

} // namespace gatehouse::demo
