// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace gatehouse::fuzz {

/// Public keys whose private halves nobody has any more, and all that was ever signed with them.
constexpr auto kKeySet = R"({
 "keys": [
  {
   "kty": "RSA",
   "n": "t--HmQYwRaIowlalUGzb__jf1f0kUYSiMTPOF_yHZ2iBHe5yEhKt1jFzoWDjL3JCY3zt9TmOPySRYYpYTWF1Xj5iJD1_mfZrMvzzFA3A8789_SIaFtEQNm26adxqszx8YPxygJ0R8qP5RHTA09z1rrNT681yKIeNcbDSHLLFAxxMgdZyXf-uGo0TQiJOwOgF6Xy-jNKgwsPkqOuWf5TT6IaME3bJUdMTuPEAcw1YSNgZJAzZx0KsMv9istMkkQoZ-t1O3WhNn4P6T0wC1eJZPrPYFsuwF6lLlL7Ha4Q9sk9xuaVDUVe8Qnqjk03TtaOpikP1j5ZBd00k3c2ctHlvfQ",
   "e": "AQAB",
   "kid": "rsa",
   "use": "sig"
  },
  {
   "kty": "EC",
   "x": "rd6oxiPsAFOa6YMHQUlbL7UNxrJ8vCRJmI-mr3swC5U",
   "y": "5xsVOsYtRivbQkaLGkib3GPY5TeRlI3ax4EK1o2kIAs",
   "crv": "P-256",
   "kid": "ec",
   "use": "sig",
   "alg": "ES256"
  }
 ]
})";

constexpr const char *kSignedTokens[] = {
    "eyJhbGciOiJSUzI1NiIsImtpZCI6InJzYSIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2FjbWUuZXhhbXB"
    "sZS8iLCJzdWIiOiJhdXRoMHxhbGljZSIsImF1ZCI6ImdhdGVob3VzZS1jbGllbnQiLCJleHAiOjQxMDI0NDQ4MDA"
    "sImlhdCI6MTc2NzIyNTYwMCwibm9uY2UiOiJ0aGUtbm9uY2UiLCJuYW1lIjoiQWxpY2UifQ.JHfPY4MvgQeivsCX"
    "i1cx6sppUwF-M_V1YWoZvk2Gv-Nn_kTmXNIiDny6Zotpob5gbdxpzICvY1e7UrDPx7E4KJumAvOV09Vu8BxpFcvc"
    "KCJ1z5-FUbekUeEUA3fXFSAvYWFQgbV_LeVUOiGlnZMCLOHILg52DgYPF-dfB0ppyPETADb4ACago8GO4YcsftgC"
    "LKyyM_HnsKrerywURJE27cPqNCqJiFJN4N5ecUoCoyKA14Kmu0o60SkepdG6N5cvvzZ7iZeLL43nmxsD0yXbbT38"
    "4SoxS7GAqQoq5nkJ_U3dcFK9zCNch1NPTOynuW5ZktYBKhU64OAmeC5rVnHEeg",
    "eyJhbGciOiJQUzI1NiIsImtpZCI6InJzYSIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2FjbWUuZXhhbXB"
    "sZS8iLCJzdWIiOiJhdXRoMHxhbGljZSIsImF1ZCI6ImdhdGVob3VzZS1jbGllbnQiLCJleHAiOjQxMDI0NDQ4MDA"
    "sImlhdCI6MTc2NzIyNTYwMCwibm9uY2UiOiJ0aGUtbm9uY2UiLCJuYW1lIjoiQWxpY2UifQ.d-upiofsu_YPNjAU"
    "UiIkkOEMM52qeia45mFhNoeJ-DUzpYtw4LztI6PYWwmTpD7LsZwPkygyujaFQ7QTI3gcsjAJqMKW5113yhn5f3F7"
    "7EKpqVP38VbEwZ-FIyMsts6NfxAU1GKofPjB9bfhsD1Hup9Q8MNApd26JF7OA0QSTQfvUj4FytYyzJmGPiXKg1Bf"
    "9utGim96fg95W_DZFC0r8UTBJSbpIty_LTBaXuypxPdnTjjZagm3QQkicbZSnRD8DwPUJAcMHzGePCQBHuevPYrJ"
    "9gktEUg9BuoRlBqMvxi9Y2ULIRmBKxar3-8ZxdBC7CYvlrPqwdJ-sGWyDecDJw",
    "eyJhbGciOiJFUzI1NiIsImtpZCI6ImVjIiwidHlwIjoiSldUIn0.eyJpc3MiOiJodHRwczovL2FjbWUuZXhhbXBs"
    "ZS8iLCJzdWIiOiJhdXRoMHxhbGljZSIsImF1ZCI6ImdhdGVob3VzZS1jbGllbnQiLCJleHAiOjQxMDI0NDQ4MDAs"
    "ImlhdCI6MTc2NzIyNTYwMCwibm9uY2UiOiJ0aGUtbm9uY2UiLCJuYW1lIjoiQWxpY2UifQ.PGVEs7vMfIAI9V59q"
    "n0b9oHog9mE5tS6Ic9SP2LL9RL_TyqvbKfnlz929nIPKDK4xOCfE0s47CrZ8MRPbvAuwA",
};

} // namespace gatehouse::fuzz
