// SPDX-License-Identifier: GPL-3.0-or-later
#include <base/platform/descriptor.h>

#include <fcntl.h>
#include <unistd.h>

namespace gatehouse::platform {

void Descriptor::close()
{
    if (isOpen())
        ::close(int(std::exchange(m_value, kNone)));
}

Descriptor duplicate(qintptr descriptor)
{
    return Descriptor(::fcntl(int(descriptor), F_DUPFD_CLOEXEC, 0));
}

} // namespace gatehouse::platform
