# Through a file: every process can read the arguments of others.
cat > /tmp/login <<EOF
[client]
host=mysql
user=livepods
password=$(cat /secrets/password)
[mysqldump]
# Both need rights beyond the database itself; loose, since MariaDB and older servers know neither.
loose-set-gtid-purged=OFF
loose-skip-masking-policies
EOF
# The network lets a pod out only a second or two after its start.
for _ in $(seq 30); do mysqladmin --defaults-file=/tmp/login ping && break; sleep 1; done
