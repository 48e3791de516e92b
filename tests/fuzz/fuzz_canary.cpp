// SPDX-License-Identifier: GPL-3.0-or-later
// Breaks on one word, which the fuzzer must find from an empty corpus: shows that it looks, and
// that `run` notices.
#include "fuzz_target.h"

using namespace gatehouse;

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const auto input = fuzz::inputOf(data, size);
    int good = 0;
    for (const char c : QByteArray("gate")) {
        if (good >= input.size() || input.at(good) != c)
            return 0;
        ++good;
    }
    fuzz::require(false, "the canary was found");
    return 0;
}
