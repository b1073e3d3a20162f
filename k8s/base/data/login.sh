# Through a file: every process can read the arguments of others.
printf '[client]\nhost=mysql\nuser=livepods\npassword=%s\n' "$(cat /secrets/password)" > /tmp/login
# The network lets a pod out only a second or two after its start.
for _ in $(seq 30); do mysqladmin --defaults-file=/tmp/login ping && break; sleep 1; done
