# Where and how the clients of MySQL log in, as the services do: MYSQL_CONNECTION, MYSQL_USERPASSWORD_FILE, MYSQL_TLS and so on.
# Through a file: every process can read the arguments of others.
login=$(mktemp)
trap 'rm -f "$login"' EXIT
quoted() {
  local value=${1//\\/\\\\}
  printf '"%s"' "${value//\"/\\\"}"
}
tls() {
  case ${MYSQL_TLS:-off} in
    off) return ;;
    require) echo 'ssl-mode=REQUIRED' ;;
    verify-ca) echo 'ssl-mode=VERIFY_CA' ;;
    verify) echo 'ssl-mode=VERIFY_IDENTITY' ;;
    *)
      echo "MYSQL_TLS is $MYSQL_TLS: off, require, verify-ca or verify is allowed" >&2
      exit 78
      ;;
  esac
  # Else the well-known authorities of the image.
  echo "ssl-ca=${MYSQL_TLS_CA_FILE:-/etc/pki/tls/certs/ca-bundle.crt}"
  [ -z "${MYSQL_TLS_CERT_FILE:-}" ] || echo "ssl-cert=$MYSQL_TLS_CERT_FILE"
  [ -z "${MYSQL_TLS_KEY_FILE:-}" ] || echo "ssl-key=$MYSQL_TLS_KEY_FILE"
}
userpassword=$(cat "$MYSQL_USERPASSWORD_FILE")
{
  echo '[client]'
  echo "host=$MYSQL_CONNECTION"
  echo "port=$MYSQL_PORT"
  echo "user=$(quoted "${userpassword%%:*}")"
  echo "password=$(quoted "${userpassword#*:}")"
  tls
  echo '[mysqldump]'
  # Both need rights beyond the database itself; loose, since MariaDB and older servers know neither.
  echo 'loose-set-gtid-purged=OFF'
  echo 'loose-skip-masking-policies'
} > "$login"
# The network lets a pod out only a second or two after its start.
for _ in $(seq 30); do timeout 2 bash -c ": < /dev/tcp/$MYSQL_CONNECTION/$MYSQL_PORT" && break; sleep 1; done
