set -euo pipefail
. "$(dirname "$0")/login.sh"
name=$(ls kube-*.sql.gz | tail -n 1)
gunzip -c "${name:?there is no backup}" | mysql --defaults-file="$login" "$MYSQL_DBNAME"
echo "restored $name"
