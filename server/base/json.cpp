// SPDX-License-Identifier: GPL-3.0-or-later
#include <base/json.h>

#include <QJsonDocument>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace gatehouse {

using namespace Qt::StringLiterals;

namespace {

/// How many letters make one of the other when they are put in, left out or replaced.
qsizetype distance(const QString &from, const QString &to)
{
    std::vector<qsizetype> row(size_t(to.size()) + 1);
    std::iota(row.begin(), row.end(), 0);
    for (const auto letter : from) {
        auto diagonal = std::exchange(row[0], row[0] + 1);
        for (size_t i = 1; i < row.size(); ++i) {
            const auto replaced = diagonal + (to[qsizetype(i) - 1] == letter ? 0 : 1);
            diagonal = row[i];
            row[i] = std::min({replaced, row[i] + 1, row[i - 1] + 1});
        }
    }
    return row.back();
}

/// The known key that was most likely meant; empty when none is like it.
QString nearest(const QString &key, const QStringList &known)
{
    constexpr qsizetype kMostSlips = 2;
    QString found;
    auto least = kMostSlips + 1;
    for (const auto &candidate : known) {
        if (std::abs(candidate.size() - key.size()) > kMostSlips || candidate.size() <= kMostSlips)
            continue;
        if (const auto slips = distance(key, candidate); slips < least) {
            least = slips;
            found = candidate;
        }
    }
    return found;
}

} // namespace

Result<QJsonObject> parseJsonObject(const QByteArray &text)
{
    QJsonParseError error;
    const auto document = QJsonDocument::fromJson(text, &error);
    if (error.error != QJsonParseError::NoError) {
        const auto line = text.left(error.offset).count('\n') + 1;
        return fail(
            Error{u"The JSON is not valid: %1 in line %2."_s.arg(error.errorString()).arg(line)});
    }
    if (!document.isObject())
        return fail(Error{u"The JSON text must be an object."_s});
    return document.object();
}

QByteArray toCompactJson(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

QByteArray toCompactJson(const QJsonArray &array)
{
    return QJsonDocument(array).toJson(QJsonDocument::Compact);
}

JsonReader::JsonReader(QJsonObject object, QString path, QStringList &errors)
    : m_object(std::move(object)), m_path(std::move(path)), m_errors(&errors)
{
}

QString JsonReader::requiredString(QLatin1String key)
{
    const auto value = take(key);
    if (value.isString() && !value.toString().isEmpty())
        return value.toString();
    complain(key, value.isUndefined() ? u"is missing"_s : u"must be a string that is not empty"_s);
    return {};
}

std::optional<QString> JsonReader::optionalString(QLatin1String key)
{
    const auto value = take(key);
    if (value.isUndefined())
        return std::nullopt;
    if (!value.isString()) {
        complain(key, u"must be a string"_s);
        return std::nullopt;
    }
    return value.toString();
}

std::optional<qint64> JsonReader::optionalInteger(QLatin1String key, qint64 min, qint64 max)
{
    const auto value = take(key);
    if (value.isUndefined())
        return std::nullopt;
    const double number = value.toDouble(std::nan(""));
    if (std::isnan(number) || number != std::floor(number) || number < double(min)
        || number > double(max)) {
        complain(key, u"must be a whole number from %1 to %2"_s.arg(min).arg(max));
        return std::nullopt;
    }
    return static_cast<qint64>(number);
}

QStringList JsonReader::optionalStrings(QLatin1String key)
{
    const auto value = take(key);
    if (value.isUndefined())
        return {};
    QStringList strings;
    const auto array = value.toArray();
    bool fine = value.isArray();
    for (const auto &element : array) {
        fine = fine && element.isString();
        strings.append(element.toString());
    }
    if (!fine) {
        complain(key, u"must be a list of strings"_s);
        return {};
    }
    return strings;
}

std::optional<JsonReader> JsonReader::optionalObject(QLatin1String key)
{
    const auto value = take(key);
    if (value.isUndefined())
        return std::nullopt;
    if (!value.isObject()) {
        complain(key, u"must be an object"_s);
        return std::nullopt;
    }
    return JsonReader(value.toObject(), pathTo(key), *m_errors);
}

std::vector<JsonReader> JsonReader::optionalObjects(QLatin1String key)
{
    std::vector<JsonReader> readers;
    const auto value = take(key);
    if (value.isUndefined())
        return readers;
    if (!value.isArray())
        complain(key, u"must be a list of objects"_s);
    const auto array = value.toArray();
    for (qsizetype i = 0; i < array.size(); ++i) {
        const auto path = u"%1[%2]"_s.arg(pathTo(key)).arg(i);
        if (array.at(i).isObject())
            readers.emplace_back(array.at(i).toObject(), path, *m_errors);
        else
            m_errors->append(path + u": must be an object"_s);
    }
    return readers;
}

void JsonReader::refuseUnknownKeys()
{
    const auto keys = m_object.keys();
    for (const auto &key : keys) {
        if (m_known.contains(key))
            continue;
        auto complaint = (m_path.isEmpty() ? key : m_path + u'.' + key) + u": is not known here"_s;
        if (const auto meant = nearest(key, m_known); !meant.isEmpty())
            complaint += u", but \"%1\" is"_s.arg(meant);
        m_errors->append(complaint);
    }
}

void JsonReader::complain(QLatin1String key, const QString &what)
{
    m_errors->append(pathTo(key) + u": "_s + what);
}

QString JsonReader::pathTo(QLatin1String key) const
{
    return m_path.isEmpty() ? QString(key) : m_path + u'.' + key;
}

QJsonValue JsonReader::take(QLatin1String key)
{
    m_known.append(key);
    return m_object.value(key);
}

} // namespace gatehouse
