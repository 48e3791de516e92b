// SPDX-License-Identifier: GPL-3.0-or-later
// Form bodies and queries, as POST /token and GET /authorize read them.
#include "fuzz_target.h"

#include <http/form.h>

#include <QUrl>

using namespace Qt::StringLiterals;
using namespace gatehouse;

namespace {

const QStringList kRepeatable{u"resource"_s};
const QStringList kNames{u"client_id"_s, u"code"_s, u"scope"_s, u"resource"_s, u"a"_s};

QByteArray encoded(const QString &name, const QString &value)
{
    return QUrl::toPercentEncoding(name) + '=' + QUrl::toPercentEncoding(value);
}

} // namespace

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const auto input = fuzz::inputOf(data, size);
    const auto form = http::FormParameters::parse(input, kRepeatable);
    if (!form)
        return 0;
    QByteArray again;
    for (const auto &name : kNames) {
        const auto values = form->values(name);
        fuzz::require(form->contains(name) == !values.isEmpty(), "what is there has a value");
        fuzz::require(values.size() <= 1 || kRepeatable.contains(name),
                      "RFC 6749 §3.1: no parameter stands twice");
        for (const auto &value : values) {
            fuzz::require(!value.isEmpty(), "RFC 6749 §3.1: a parameter without value is left out");
            fuzz::require(!value.contains(QChar(0)), "no NUL gets in");
            fuzz::require(value.isValidUtf16(), "text is text");
            again += '&' + encoded(name, value);
        }
        if (form->contains(name) && !kRepeatable.contains(name)) {
            fuzz::require(!http::FormParameters::parse(input + '&' + encoded(name, u"x"_s)),
                          "RFC 6749 §3.1: a second one, however it is written, is refused");
        }
    }
    const auto reread = http::FormParameters::parse(again, kRepeatable);
    fuzz::require(reread.has_value(), "what was read can be written and read again");
    for (const auto &name : kNames)
        fuzz::require(reread->values(name) == form->values(name), "and is the same");
    return 0;
}
