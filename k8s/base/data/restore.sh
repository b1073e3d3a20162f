set -euo pipefail
. /scripts/login.sh
name=$(ls /backups/kube-*.sql.gz | tail -n 1)
gunzip -c "${name:?there is no backup}" | mysql --defaults-file=/tmp/login kube
echo "restored $name"
