// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <cstdio>
#include <cstdlib>

namespace gatehouse::fuzz {

/// Ends the run, which keeps the input, unless `holds`.
inline void require(bool holds, const char *what)
{
    if (holds)
        return;
    std::fprintf(stderr, "broken: %s\n", what);
    std::abort();
}

/// A copy of its own size, so that reading past its end is noticed.
inline QByteArray inputOf(const unsigned char *data, size_t size)
{
    return {reinterpret_cast<const char *>(data), static_cast<qsizetype>(size)};
}

} // namespace gatehouse::fuzz

/// What libFuzzer calls with every input.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);
