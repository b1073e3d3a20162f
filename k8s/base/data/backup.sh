set -euo pipefail
. /scripts/login.sh
name=/backups/kube-$(date -u +%Y%m%dT%H%M%SZ).sql.gz
# One transaction sees one moment, and stops nobody.
mysqldump --defaults-file=/tmp/login --single-transaction --no-tablespaces kube | gzip > /backups/unfinished
mv /backups/unfinished "$name"
for old in $(ls -r /backups/kube-*.sql.gz | tail -n +8); do rm "$old"; done
echo "made $name"
