#!/bin/sh
# Run a command inside a root file system that stays read-only, with a rig's directories in it.
# usage, in a mount namespace of one's own (unshare -m):
#   enter.sh ROOT UID:GID DIRECTORY NAME:TARGET... -- COMMAND...
# Every mount ends with the namespace, that is with the command: nothing is left to unmount.
set -eu
root=$1 user=$2 directory=$3
shift 3
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/tmp"
while [ "$1" != -- ]; do
    mount --bind "$directory/${1%%:*}" "$root${1#*:}"
    shift
done
shift
ulimit -n "$(ulimit -Hn)" # a waiting call takes a dozen files
exec chroot --userspec="$user" "$root" "$@"
