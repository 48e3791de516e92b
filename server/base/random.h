// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

namespace gatehouse {

/// Unpredictable bytes. Constructed by the composition root, outlives every user.
class RandomSource {
public:
    virtual ~RandomSource() = default;
    [[nodiscard]] virtual QByteArray bytes(int count) = 0;
};

/// The operating system's generator; ends the process when it fails rather than return weak bytes.
class SystemRandom final : public RandomSource {
public:
    [[nodiscard]] QByteArray bytes(int count) override;
};

/// 256 random bits as 43 characters of base64url: tokens, codes, state, nonces, cookies, sessions.
[[nodiscard]] QByteArray randomToken(RandomSource &);
/// About 95 random bits as 16 letters and digits: identifiers that people type and that guard
/// nothing.
[[nodiscard]] QString randomId(RandomSource &);
/// Four characters without look-alikes, to be compared by eye between browser and window.
[[nodiscard]] QString randomMatchingCode(RandomSource &);

} // namespace gatehouse
