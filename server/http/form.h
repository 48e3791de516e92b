// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/result.h>

#include <QHash>
#include <QString>

#include <optional>

namespace gatehouse::http {

/// Parameters of a query or an application/x-www-form-urlencoded body.
class FormParameters {
public:
    /// Decodes "+" before percent sequences. RFC 6749 §3.1: a parameter that stands twice is an
    /// error; one without a value counts as left out. `repeatable` names may stand more than once
    /// (RFC 8707 §2: resource). Text that is not UTF-8 and NUL are errors.
    [[nodiscard]] static Result<FormParameters> parse(const QByteArray &encoded,
                                                      const QStringList &repeatable = {});

    [[nodiscard]] QString value(const QString &name) const { return m_values.value(name).value(0); }
    [[nodiscard]] QStringList values(const QString &name) const { return m_values.value(name); }
    [[nodiscard]] bool contains(const QString &name) const { return m_values.contains(name); }
    [[nodiscard]] std::optional<QString> optional(const QString &name) const;

private:
    QHash<QString, QStringList> m_values;
};

} // namespace gatehouse::http
