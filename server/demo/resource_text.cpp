// SPDX-License-Identifier: GPL-3.0-or-later
#include <demo/resource_text.h>

#include <QFile>

namespace gatehouse::demo {

using namespace Qt::StringLiterals;

QByteArray resourceText(const QString &name)
{
    QFile file(u":/gatehouse/demo/"_s + name);
    if (!file.open(QIODevice::ReadOnly))
        qFatal("a compiled-in text is missing: %s", qUtf8Printable(name));
    return file.readAll();
}

} // namespace gatehouse::demo
