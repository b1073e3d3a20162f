set -euo pipefail
. "$(dirname "$0")/login.sh"
name=kube-$(date -u +%Y%m%dT%H%M%SZ).sql.gz
# One transaction sees one moment, and stops nobody.
mysqldump --defaults-file="$login" --single-transaction --no-tablespaces "$MYSQL_DBNAME" | gzip > unfinished
mv unfinished "$name"
for old in $(ls -r kube-*.sql.gz | tail -n +8); do rm "$old"; done
echo "made $name"
