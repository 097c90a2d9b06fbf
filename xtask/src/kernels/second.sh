#!/bin/sh
# Runs the conformance kit and the attacks, as root and as an ordinary user, says how each ended, and switches the machine off.
export PATH=/bin HOME=/tmp
exec </dev/null >/dev/console 2>&1
ifconfig lo 127.0.0.1 up
cat /proc/version
export CLOUDABI_RUN=/bin/cloudabi-run CLOUDABI_GUESTS=/guests CLOUDABI_DEFINITION=/abi
kit='cd /tmp; conformance every_cell_of_the_table'
judge='cd /tmp; part=$(cat /part.txt); xtask hostile --runner /bin/cloudabi-run --guests /guests ${part:+"$part"}'
part=$(cat /part.txt)
if [ -z "$part" ]; then
    sh -c "$kit"
    echo "conformance as root: ended with $?"
    su -s /bin/sh nobody -c "$kit"
    echo "conformance as an ordinary user: ended with $?"
fi
sh -c "$judge"
echo "attacks as root: ended with $?"
su -s /bin/sh nobody -c "$judge"
echo "attacks as an ordinary user: ended with $?"
poweroff -f
