// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/error.h>

#include <tl/expected.hpp>

#include <functional>

namespace gatehouse {

/// A value, or the reason why there is none. "Absent" is not an error: Result<std::optional<T>>.
template <typename T, typename E = Error>
using Result = tl::expected<T, E>;

template <typename E>
[[nodiscard]] auto fail(E error)
{
    return tl::unexpected<E>(std::move(error));
}

/// Receives a result later, exactly once, on the thread that asked. Whoever takes one also takes a
/// QObject context; once that context is destroyed the callback is dropped.
template <typename T, typename E = Error>
using Callback = std::function<void(Result<T, E>)>;

} // namespace gatehouse
