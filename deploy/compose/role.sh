#!/bin/bash
# Run once, by the image of PostgreSQL, on an empty volume: the role of the context and its database.
# The superuser loses the password that the image insists on: from then on it gets in through the socket alone.
set -euo pipefail
psql --no-psqlrc --set ON_ERROR_STOP=1 --set name="$CONTEXT" --set password="$POSTGRES_PASSWORD" \
    --username "$POSTGRES_USER" --dbname postgres <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE CONNECT ON DATABASE :"name" FROM PUBLIC;
ALTER ROLE CURRENT_USER PASSWORD NULL;
SQL
