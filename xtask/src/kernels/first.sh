#!/bin/sh
# The first process of the machine. What the kernel has unpacked cannot be left behind by a program, so everything moves to
# a file system that can.
mount -t tmpfs tmpfs /new
for name in abi bin lib lib64 etc guests second.sh part.txt; do cp -a "/$name" "/new/$name"; done
cd /new
mkdir -p dev proc sys tmp root
chmod 1777 tmp
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t devtmpfs devtmpfs dev
mkdir -p dev/pts
mount -t devpts devpts dev/pts
exec switch_root /new /second.sh
