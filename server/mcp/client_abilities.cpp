// SPDX-License-Identifier: GPL-3.0-or-later
#include <mcp/client_abilities.h>

namespace gatehouse::mcp {

using namespace Qt::StringLiterals;

namespace {

bool isUrlMode(const QJsonObject &params)
{
    return params.value("mode"_L1).toString() == "url"_L1;
}

} // namespace

ClientAbilities ClientAbilities::parse(const QJsonObject &capabilities, Revision revision)
{
    ClientAbilities abilities;
    abilities.samples = capabilities.value("sampling"_L1).isObject();
    abilities.listsRoots = capabilities.value("roots"_L1).isObject();
    const auto elicitation = capabilities.value("elicitation"_L1);
    if (!elicitation.isObject() || !knowsElicitation(revision))
        return abilities;
    const auto modes = elicitation.toObject();
    const bool namesModes =
        knowsElicitationModes(revision) && (modes.contains("form"_L1) || modes.contains("url"_L1));
    abilities.elicitsForms = !namesModes || modes.value("form"_L1).isObject();
    abilities.elicitsUrls = namesModes && modes.value("url"_L1).isObject();
    return abilities;
}

bool ClientAbilities::allow(const QString &method, const QJsonObject &params) const
{
    if (method == "elicitation/create"_L1)
        return isUrlMode(params) ? elicitsUrls : elicitsForms;
    if (method == "sampling/createMessage"_L1)
        return samples;
    return method == "roots/list"_L1 && listsRoots;
}

quint8 ClientAbilities::toBits() const
{
    return quint8(int(elicitsForms) | int(elicitsUrls) << 1 | int(samples) << 2
                  | int(listsRoots) << 3);
}

ClientAbilities ClientAbilities::fromBits(quint8 bits)
{
    return {(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0};
}

QJsonObject capabilitiesFor(const QString &method, const QJsonObject &params)
{
    if (method == "elicitation/create"_L1) {
        const auto mode = isUrlMode(params) ? u"url"_s : u"form"_s;
        return {{u"elicitation"_s, QJsonObject{{mode, QJsonObject()}}}};
    }
    if (method == "sampling/createMessage"_L1)
        return {{u"sampling"_s, QJsonObject()}};
    return {{u"roots"_s, QJsonObject()}};
}

} // namespace gatehouse::mcp
