# SPDX-License-Identifier: GPL-3.0-or-later
# Run by cpack before it packs: everybody may enter the directories, whatever the umask of who makes the package.
file(CHMOD_RECURSE ${CPACK_TEMPORARY_DIRECTORY} DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
