#!/bin/bash
# Makes the data folder at the first start, then the accounts that the variables of the official mysql image name; runs the server.
set -euo pipefail

data=/var/lib/mysql
if [ ! -d "$data/mysql" ]; then
  mariadb-install-db --no-defaults --datadir="$data" --auth-root-authentication-method=normal --skip-test-db
fi
accounts=$(mktemp)
cat > "$accounts" <<SQL
CREATE DATABASE IF NOT EXISTS \`$MYSQL_DATABASE\`;
CREATE USER IF NOT EXISTS '$MYSQL_USER'@'%' IDENTIFIED BY '$(cat "$MYSQL_PASSWORD_FILE")';
GRANT ALL ON \`$MYSQL_DATABASE\`.* TO '$MYSQL_USER'@'%';
ALTER USER root@localhost IDENTIFIED BY '$(cat "$MYSQL_ROOT_PASSWORD_FILE")';
SQL
# --log-warnings=1: the health check signs in as nobody, which is worth no line.
exec mariadbd --no-defaults --datadir="$data" --socket=/run/mysqld/mysqld.sock --bind-address=0.0.0.0 --skip-name-resolve --log-warnings=1 \
  --init-file="$accounts" "$@"
