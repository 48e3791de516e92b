// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <base/clock.h>
#include <base/random.h>
#include <base/result.h>
#include <demo/demo_options.h>

#include <memory>
#include <variant>

namespace gatehouse::demo {

class DevelopmentTenant;
class TodosApi;

/// The embedded demo: the development tenant and the Todos API behind it. Made by the composition
/// root with --demo, before Gatehouse itself starts, and lives as long as the service, on the
/// server thread. Gatehouse sees only what writeDemoConfiguration() wrote.
class Demo {
public:
    struct Deps {
        Clock &clock;
        RandomSource &random;
    };

    Demo(Deps deps, DemoOptions options);
    ~Demo();

    /// Starts both servers, or neither; the error names who holds a port.
    [[nodiscard]] Result<std::monostate> start();
    void stop();

    [[nodiscard]] QString issuer() const { return m_options.issuer(); }

private:
    Deps m_deps;
    DemoOptions m_options;
    std::unique_ptr<DevelopmentTenant> m_tenant;
    std::unique_ptr<TodosApi> m_api;
};

} // namespace gatehouse::demo
