// SPDX-License-Identifier: GPL-3.0-or-later
#include "tour.h"

#include <QtCore/QCommandLineParser>
#include <QtCore/QCoreApplication>
#include <QtCore/QTextStream>

using namespace Qt::StringLiterals;

/// Exits with 0 when every step worked, 1 when one failed, 2 for wrong usage.
int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    QCommandLineParser parser;
    parser.setApplicationDescription(u"Plays the main job of Gatehouse against a new instance."_s);
    parser.addHelpOption();
    const QCommandLineOption binary(u"binary"_s, u"The gatehouse executable."_s, u"path"_s);
    const QCommandLineOption workDir(u"work-dir"_s, u"An empty directory for data and log."_s,
                                     u"path"_s);
    parser.addOptions({binary, workDir});
    parser.process(application);
    if (!parser.isSet(binary) || !parser.isSet(workDir)) {
        QTextStream(stderr) << parser.helpText();
        return 2;
    }
    return gatehouse::tour::Tour(parser.value(binary), parser.value(workDir)).run() ? 0 : 1;
}
