// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <utility>

namespace gatehouse {

/// What an error is about, where somebody acts on it: a banner with a button of its own.
enum class ErrorKind { Other, Port, KeychainLocked, NoKeychain, Database, Settings };

/// Why something could not be done. `message` is one plain sentence for a person and carries no
/// secret; `remedy` says what they can do; `detail` is for the log only and never reaches the wire.
struct Error {
    QString message;
    QString remedy = {};
    QString detail = {};
    ErrorKind kind = ErrorKind::Other;

    [[nodiscard]] Error withRemedy(QString text) &&
    {
        remedy = std::move(text);
        return std::move(*this);
    }
    [[nodiscard]] Error withDetail(QString text) &&
    {
        detail = std::move(text);
        return std::move(*this);
    }
    [[nodiscard]] Error withKind(ErrorKind about) &&
    {
        kind = about;
        return std::move(*this);
    }
    /// Message and remedy as one text for a terminal.
    [[nodiscard]] QString forPerson() const
    {
        return remedy.isEmpty() ? message : message + QLatin1Char('\n') + remedy;
    }
};

} // namespace gatehouse
