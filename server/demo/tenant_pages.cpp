// SPDX-License-Identifier: GPL-3.0-or-later
#include <demo/tenant_pages.h>

#include <demo/people.h>
#include <demo/resource_text.h>

#include <kainjow/mustache.hpp>

#include <algorithm>

namespace gatehouse::demo {

using namespace Qt::StringLiterals;
using kainjow::mustache::data;
using kainjow::mustache::mustache;
using kainjow::mustache::object;

namespace {

/// Fills a template; mustache escapes every {{value}} for HTML.
http::HttpResponse render(int status, const QString &name, const data &values)
{
    mustache page(resourceText(name).toStdString());
    return http::HttpResponse::page(status, QByteArray::fromStdString(page.render(values)));
}

data personData(const Person &person)
{
    return data(object{{"key", person.key.toStdString()},
                       {"initial", person.givenName.left(1).toStdString()},
                       {"name", person.givenName.toStdString()},
                       {"email", person.email.toStdString()},
                       {"todos", std::to_string(person.todos.size())}});
}

std::vector<Person> peopleWithHint(const QString &loginHint)
{
    auto people = samplePeople();
    std::stable_partition(people.begin(), people.end(), [&](const Person &person) {
        return person.email.compare(loginHint, Qt::CaseInsensitive) == 0;
    });
    return people;
}

} // namespace

http::HttpResponse signInPage(const QByteArray &transaction, const QByteArray &host,
                              const QString &loginHint)
{
    data people(data::type::list);
    for (const auto &person : peopleWithHint(loginHint))
        people.push_back(personData(person));
    data values(data::type::object);
    values.set("people", people);
    values.set("transaction", transaction.toStdString());
    values.set("host", host.toStdString());
    return render(200, u"demo-sign-in.html"_s, values);
}

http::HttpResponse problemPage(int status, const QString &what, const QByteArray &host)
{
    data values(data::type::object);
    values.set("what", what.toStdString());
    values.set("host", host.toStdString());
    return render(status, u"demo-problem.html"_s, values);
}

http::HttpResponse signedOutPage(const QByteArray &host)
{
    data values(data::type::object);
    values.set("host", host.toStdString());
    return render(200, u"demo-signed-out.html"_s, values);
}

http::HttpResponse pageStyle()
{
    auto response = http::HttpResponse::text(200, resourceText(u"demo.css"_s));
    response.headers.set("Content-Type", "text/css; charset=utf-8");
    return response;
}

} // namespace gatehouse::demo
