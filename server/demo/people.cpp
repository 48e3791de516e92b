// SPDX-License-Identifier: GPL-3.0-or-later
#include <demo/people.h>

#include <algorithm>
#include <functional>

namespace gatehouse::demo {

using namespace Qt::StringLiterals;

namespace {

std::optional<Person> firstWhere(const std::function<bool(const Person &)> &wanted)
{
    const auto people = samplePeople();
    const auto found = std::find_if(people.begin(), people.end(), wanted);
    return found == people.end() ? std::nullopt : std::optional(*found);
}

} // namespace

std::vector<Person> samplePeople()
{
    const QStringList permissions{u"read:todos"_s, u"write:todos"_s, u"read:billing"_s};
    return {
        {u"alice"_s,
         u"auth0|alice"_s,
         u"Alice Martin"_s,
         u"Alice"_s,
         u"alice@demo.example"_s,
         permissions,
         {u"Book the train to Hamburg"_s, u"Send the invoice for October"_s,
          u"Water the plants in the office"_s, u"Read the draft of the contract"_s,
          u"Call the dentist"_s}},
        {u"bob"_s,
         u"auth0|bob"_s,
         u"Bob Keller"_s,
         u"Bob"_s,
         u"bob@demo.example"_s,
         permissions,
         {u"Order a new keyboard"_s, u"Prepare the talk for Thursday"_s,
          u"Return the books to the library"_s}},
    };
}

std::optional<Person> personByKey(const QString &key)
{
    return firstWhere([&](const Person &person) { return person.key == key; });
}

std::optional<Person> personBySubject(const QString &subject)
{
    return firstWhere([&](const Person &person) { return person.subject == subject; });
}

} // namespace gatehouse::demo
