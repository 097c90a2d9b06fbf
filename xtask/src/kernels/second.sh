#!/bin/sh
# Runs the attacks, as root and as an ordinary user, says how each ended, and switches the machine off.
export PATH=/bin HOME=/tmp
exec </dev/null >/dev/console 2>&1
ifconfig lo 127.0.0.1 up
cat /proc/version
judge='cd /tmp; part=$(cat /part.txt); xtask hostile --runner /bin/cloudabi-run --guests /guests ${part:+"$part"}'
sh -c "$judge"
echo "as root: ended with $?"
su -s /bin/sh nobody -c "$judge"
echo "as an ordinary user: ended with $?"
poweroff -f
