// SPDX-License-Identifier: GPL-3.0-or-later
#include <app/program.h>
#include <conformance/fixtures.h>

int main(int argc, char *argv[])
{
    return gatehouse::app::runProgram(argc, argv, gatehouse::conformance::addFixtures);
}
