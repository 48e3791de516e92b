// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <apis/request_builder.h>
#include <base/secret.h>

#include <QNetworkAccessManager>
#include <QNetworkReply>

#include <memory>
#include <vector>

namespace gatehouse::apis {

/// Sends requests with a person's token so that it reaches the API alone: no redirects, no cookies,
/// no stored credentials, no cache. Lives as long as its ApiCaller.
class ApiNetwork {
public:
    /// Nothing when the token does not fit into a header (RFC 6750 §2.1: visible ASCII).
    [[nodiscard]] std::unique_ptr<QNetworkReply> send(const ApiRequest &request,
                                                      const Secret &token);

private:
    struct Manager {
        std::unique_ptr<QNetworkAccessManager> network;
        int running = 0;
    };

    [[nodiscard]] Manager &leastBusy();

    std::vector<std::unique_ptr<Manager>> m_managers;
};

} // namespace gatehouse::apis
