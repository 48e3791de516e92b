// SPDX-License-Identifier: GPL-3.0-or-later
#include <service/pause.h>

#include <base/logging.h>
#include <store/instance_store.h>

#include <algorithm>

namespace gatehouse {

namespace {

constexpr auto kPausedUntil = "paused-until";
constexpr auto kUntilResumed = "resumed";

} // namespace

Pause::Pause(Clock &clock, store::InstanceStore &instance, QObject *parent)
    : QObject(parent), m_clock(clock), m_instance(instance)
{
}

Result<std::monostate> Pause::load()
{
    const auto stored = m_instance.value(QString::fromLatin1(kPausedUntil));
    if (!stored)
        return fail(stored.error());
    const auto text = stored->value_or(QString());
    if (text == QLatin1String(kUntilResumed)) {
        apply({true, {}});
    } else if (const auto until = fromMilliseconds(text.toLongLong()); until > m_clock.now()) {
        apply({true, until});
    }
    return std::monostate();
}

Result<std::monostate> Pause::begin(std::optional<std::chrono::milliseconds> duration)
{
    PauseState state{true, {}};
    if (duration)
        state.until = m_clock.now() + *duration;
    return keep(state).map([&](std::monostate) {
        apply(state);
        return std::monostate();
    });
}

Result<std::monostate> Pause::end()
{
    return keep({}).map([this](std::monostate) {
        apply({});
        return std::monostate();
    });
}

void Pause::endInTime()
{
    if (!m_state.until || *m_state.until > m_clock.now())
        return;
    if (const auto ended = end(); !ended)
        qCWarning(lcApp) << "access stays paused:" << ended.error().message;
}

void Pause::apply(const PauseState &state)
{
    m_state = state;
    const auto number = ++m_number;
    qCInfo(lcApp) << (state.paused ? "access is paused" : "access is not paused");
    Q_EMIT changed();
    if (!state.until)
        return;
    const auto left = std::max(*state.until - m_clock.now(), Instant::duration(0));
    m_clock.after(left, this, [this, number] {
        // Only the latest pause ends by itself.
        if (number == m_number)
            endInTime();
    });
}

Result<std::monostate> Pause::keep(const PauseState &state)
{
    QString value;
    if (state.paused) {
        value = state.until ? QString::number(toMilliseconds(*state.until))
                            : QString::fromLatin1(kUntilResumed);
    }
    return m_instance.setValue(QString::fromLatin1(kPausedUntil), value);
}

} // namespace gatehouse
